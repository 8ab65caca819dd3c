package bot

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever a page looks like: the password goes into password fields only.
func FuzzForm(f *testing.F) {
	f.Add(`<form action="/x"><input name="name"><input type="password" name="password"><input type=hidden name=t value='a'></form>`)
	f.Add(`<form><input type=password name=a><input name=code><input name=b></form><p class="error">No <b>way</b></p>`)
	f.Add(`<form <input type="password"`)
	f.Fuzz(func(t *testing.T, page string) {
		require.True(t, !utf8.ValidString(page) || utf8.ValidString(pageError(page)))
		form, ok := parseForm(page)
		if !ok {
			return
		}
		secret := map[string]bool{}
		for _, in := range form.fields {
			secret[in.name] = secret[in.name] || in.kind == "password"
		}
		values, err := form.fill(Account{Name: "marty", Password: "\x00hush", Code: "1985"})
		if err != nil {
			return
		}
		for name := range values {
			require.True(t, secret[name] || values.Get(name) != "\x00hush", "field %q", name)
		}
	})
}

func TestPageError(t *testing.T) {
	for page, want := range map[string]string{
		`<p class="error">Somebody &amp; <b>you</b>
			have it.</p>`: "Somebody & you have it.",
		`<div class='bad error big'>x</div>`: "x",
		`<p class="noerror">x</p>`:           "",
		`<p class="error">`:                  "",
		``:                                   "",
	} {
		assert.Equal(t, want, pageError(page), page)
	}
}
