package bot

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
)

// form is an HTML form as a browser would send it.
type form struct {
	action string
	fields []field
}

type field struct{ name, kind, value string }

// The few pieces of HTML that a sign-up page is read for. Pages are the server's own and small; a whole HTML parser would be
// more than they need.
var (
	formTag   = regexp.MustCompile(`(?is)<form\b([^>]*)>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`(?is)<input\b([^>]*)>`)
	attribute = regexp.MustCompile(`(?is)([a-z][a-z0-9-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	errorText = regexp.MustCompile(`(?is)<(?:p|div|span|li)\b[^>]*class\s*=\s*["'](?:[^"']*\s)?error(?:\s[^"']*)?["'][^>]*>(.*?)</(?:p|div|span|li)>`)
	anyTag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// parseForm finds the first form of a page that asks for a password.
func parseForm(page string) (form, bool) {
	for _, m := range formTag.FindAllStringSubmatch(page, -1) {
		f := form{action: attributes(m[1])["action"]}
		asks := false
		for _, in := range inputTag.FindAllStringSubmatch(m[2], -1) {
			a := attributes(in[1])
			f.fields = append(f.fields, field{name: a["name"], kind: strings.ToLower(a["type"]), value: a["value"]})
			asks = asks || strings.EqualFold(a["type"], "password")
		}
		if asks {
			return f, true
		}
	}
	return form{}, false
}

func attributes(tag string) map[string]string {
	all := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		all[strings.ToLower(m[1])] = html.UnescapeString(m[2] + m[3] + m[4])
	}
	return all
}

// fill answers the form: the password goes into every field of that type, the code into a field that is named so, and the name
// into the first other field for text. Fields of other kinds keep their value.
func (f form) fill(a Account) (url.Values, error) {
	values := url.Values{}
	named := false
	for _, in := range f.fields {
		switch {
		case in.name == "" || in.kind == "submit" || in.kind == "button" || in.kind == "reset":
		case in.kind == "password":
			values.Set(in.name, a.Password)
		case in.kind != "" && in.kind != "text":
			values.Set(in.name, in.value)
		case strings.Contains(strings.ToLower(in.name), "code"):
			if a.Code == "" {
				return nil, fmt.Errorf("%w: signing up here needs a code", ErrRefused)
			}
			values.Set(in.name, a.Code)
		case !named:
			values.Set(in.name, a.Name)
			named = true
		default:
			values.Set(in.name, in.value)
		}
	}
	if !named {
		return nil, fmt.Errorf("%w: the sign-up form has no field for the name", ErrMalformed)
	}
	return values, nil
}

// pageError returns what a page marks as an error, as plain text.
func pageError(page string) string {
	m := errorText.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	text := strings.Join(strings.Fields(html.UnescapeString(anyTag.ReplaceAllString(m[1], " "))), " ")
	return strings.ToValidUTF8(text[:min(len(text), 200)], "")
}
