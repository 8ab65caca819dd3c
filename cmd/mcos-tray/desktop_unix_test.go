//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read is what a desktop makes of the first word of Exec: the escapes of all values,
// then those of a quoted word, then the field codes.
func read(t *testing.T, word string) string {
	t.Helper()
	unescape := func(text string) string {
		var out strings.Builder
		for i := 0; i < len(text); i++ {
			if text[i] == '\\' && i+1 < len(text) {
				i++
			}
			out.WriteByte(text[i])
		}
		return out.String()
	}
	word = unescape(word)
	require.True(t, len(word) > 1 && word[0] == '"' && word[len(word)-1] == '"', word)
	return strings.ReplaceAll(unescape(word[1:len(word)-1]), "%%", "%")
}

func FuzzDesktopExec(f *testing.F) {
	for _, path := range []string{"/usr/bin/mcos-tray", `/home/x/a "b" $(c)/mcos-tray`, "/a`b`/%f/%%/\\n", "/a\nExec=evil", "/a\x00", "/a\xff"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		word, err := desktopExec(path)
		if err != nil {
			return
		}
		assert.NotContains(t, word, "\n")
		assert.Equal(t, path, read(t, word))
	})
}
