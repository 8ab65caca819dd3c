//go:build unix

package ask

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stub puts a program into an otherwise empty PATH; it writes its arguments to a file.
func stub(t *testing.T, name, answer string, code string) (args func() string) {
	dir := t.TempDir()
	log := filepath.Join(dir, "args")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + log + "\necho '" + answer + "'\nexit " + code + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700))
	t.Setenv("PATH", dir)
	return func() string {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		return string(text)
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("é", 30)
	assert.Equal(t, word+" "+word+"\n"+word+"\n\nb c", wrap(word+" "+word+" "+word+"\n\nb  c"))
	assert.Empty(t, wrap(""))
}

func TestQuestions(t *testing.T) {
	for _, name := range []string{"zenity", "kdialog"} {
		t.Run(name, func(t *testing.T) {
			args := stub(t, name, "mco.example.org", "0")
			answer, err := Desktop{}.Text(t.Context(), "Which --server?", "preset")
			require.NoError(t, err)
			assert.Equal(t, "mco.example.org", answer)
			assert.Contains(t, args(), "Which --server?")
			assert.Contains(t, args(), "preset")
			dir, err := Desktop{}.Folder(t.Context(), "Where?")
			require.NoError(t, err)
			assert.Equal(t, "mco.example.org", dir)
			yes, err := Desktop{}.Confirm(t.Context(), "Sure?")
			require.NoError(t, err)
			assert.True(t, yes)
			require.NoError(t, Desktop{}.Show(t.Context(), "So it is."))

			stub(t, name, "", "1")
			_, err = Desktop{}.Text(t.Context(), "Which?", "")
			require.ErrorIs(t, err, ErrCancelled)
			yes, err = Desktop{}.Confirm(t.Context(), "Sure?")
			require.NoError(t, err)
			assert.False(t, yes)
			require.NoError(t, Desktop{}.Show(t.Context(), "So it is."))

			stub(t, name, "", "255")
			_, err = Desktop{}.Text(t.Context(), "Which?", "")
			require.ErrorContains(t, err, name+" could not ask")
		})
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Desktop{}.Text(t.Context(), "Which?", "")
	require.ErrorIs(t, err, ErrNoDialogs)
}

// A text reaches the screen as it is, in the way that each program reads; pictures of
// both programs showed these arguments do that.
func TestTextsAreNoMarkup(t *testing.T) {
	const text = "--help <b>a</b> & C:\\new _x_ \x1b[1m\u202e"
	for name, want := range map[string]struct{ entry, rest string }{
		"zenity": {
			"--text=--help <b>a</b> & C:\\\\new __x__ [1m\n", "--no-markup\n--width=420\n--text=--help <b>a</b> & C:\\new _x_ [1m\n",
		},
		"kdialog": {
			"--inputbox\n<qt>--help &lt;b&gt;a&lt;/b&gt; &amp;&amp; C:&#92;new _x_ [1m</qt>\n--\n--preset\n",
			"<qt>--help &lt;b&gt;a&lt;/b&gt; &amp; C:&#92;new _x_ [1m</qt>\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			args := stub(t, name, "x", "0")
			_, err := Desktop{}.Text(t.Context(), text, "--preset\n--x")
			require.NoError(t, err)
			entry := strings.ReplaceAll(args(), "--preset --x", "--preset")
			assert.Contains(t, entry, want.entry)
			_, err = Desktop{}.Confirm(t.Context(), text)
			require.NoError(t, err)
			assert.Contains(t, args(), want.rest)
			require.NoError(t, Desktop{}.Show(t.Context(), text))
			assert.Contains(t, args(), want.rest)
		})
	}
}
