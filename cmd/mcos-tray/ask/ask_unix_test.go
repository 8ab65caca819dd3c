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
