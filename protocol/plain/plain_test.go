package plain

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLine(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":              {"Casa Grande", "Casa Grande"},
		"other alphabets":    {"Zürich 東京 Łódź", "Zürich 東京 Łódź"},
		"colours":            {"\x1b[31mred\x1b[0m", "[31mred[0m"},
		"title of a window":  {"\x1b]0;owned\x07x", "]0;ownedx"},
		"C1 as UTF-8":        {"a\u009b31mb", "a31mb"},
		"C1 as a byte":       {"a\x9b31mb", "a?31mb"},
		"line ends":          {"one\r\ntwo\u2028three\vfour", "one two three four"},
		"turned around":      {"MCity\u202eexe.bat", "MCityexe.bat"},
		"isolates and marks": {"\u2066a\u2069\u200e\u200f\u061c", "a"},
		"invisible":          {"a\u200b\u2060\ufeff\u00ad\u3164\ufe0fb", "ab"},
		"tags":               {"a\U000e0041b", "ab"},
		"private use":        {"a\ue000b", "ab"},
		"tower of marks":     {"a" + strings.Repeat("\u0301", 50) + "b", "a\u0301\u0301\u0301b"},
		"marks alone":        {"\u0301\u0301a", "a"},
		"not UTF-8":          {"caf\xe9 \xff", "caf? ?"},
		"blanks":             {" \u00a0a\t\t b ", "a b"},
		"empty":              {"", ""},
		"nothing to be seen": {"\x00\x1b\u202e", ""},
	} {
		assert.Equal(t, tc.want, Line(tc.in, Long), name)
	}
	assert.Equal(t, "abc…", Line("abcdef", 4))
	assert.Equal(t, "äb…", Line("äb def", 4), "no blank before the dots")
	assert.Equal(t, strings.Repeat("é", 9)+"…", Line(strings.Repeat("é", 1<<20), 10))
}

func TestText(t *testing.T) {
	assert.Equal(t, "one\n  two", Text("one\r\n  two\x1b", Long))
	assert.Equal(t, "a b", Text("a\tb", Long))
	assert.Equal(t, "x\u0301", Text("x\u0301", Long))
	assert.Equal(t, "one…", Text("one\ntwo", 4)[:len("one…")])
}

func TestWords(t *testing.T) {
	got := Words("]]><$(Start-Process calc)`x`\"y\" <b>&amp;</b> %PATH% a|b^c C:\\x \x1b[1m", Long)
	assert.NotContains(t, got, "\x1b")
	assert.False(t, strings.ContainsAny(got, "<>[]{}`\"$&\\|^%"), got)
	assert.Equal(t, "Tom + Jerry's CaSh City", Words("Tom & Jerry's Ca$h City", Long))
}

func TestError(t *testing.T) {
	require.NoError(t, Error(nil))
	err := Error(errors.Join(io.ErrUnexpectedEOF, errors.New("<b>\x1b[31m")))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, "unexpected EOF (b)(31m", err.Error())
}

func TestStrings(t *testing.T) {
	type inner struct{ Name string }
	v := struct {
		Name    string
		Inner   inner
		More    []inner
		Pointer *inner
		Any     any
		Map     map[string][]string
		Bytes   []byte
		When    time.Time
		hidden  string
	}{
		"a\x1b", inner{"b\u202e"}, []inner{{"c\x00"}}, &inner{"d\x7f"}, map[string]any{"e\x1b": []any{"f\x1b", 1.5, nil}},
		map[string][]string{"g\x1b": {"h\nh\x1b"}}, []byte("i\x1b"), time.Unix(1, 0), "j\x1b",
	}
	Strings(&v)
	assert.Equal(t, "a", v.Name)
	assert.Equal(t, "b", v.Inner.Name)
	assert.Equal(t, []inner{{"c"}}, v.More)
	assert.Equal(t, "d", v.Pointer.Name)
	assert.Equal(t, map[string]any{"e": []any{"f", 1.5, nil}}, v.Any)
	assert.Equal(t, map[string][]string{"g": {"h\nh"}}, v.Map)
	assert.Equal(t, []byte("i\x1b"), v.Bytes, "bytes are no text")
	assert.Equal(t, time.Unix(1, 0), v.When)
	assert.Equal(t, "j\x1b", v.hidden)

	type ring struct{ Next *ring }
	round := &ring{}
	round.Next = round
	Strings(round) // ends
	Strings("x")
	Strings((*inner)(nil))
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := Writer(&out)
	for _, part := range []string{"\rdone: 1\n", "a\x1b[2Jb\rc\u202e\td", "\xe6\x9d", "\xb1", "\xe6", "x", "\xc2", "\x9b7\n"} {
		n, err := io.WriteString(w, part)
		require.NoError(t, err)
		assert.Len(t, part, n)
	}
	assert.Equal(t, "\rdone: 1\na[2Jbc\td東?x7\n", out.String())
}

func FuzzPlain(f *testing.F) {
	for _, text := range []string{"", "Casa Grande", "\x1b]0;x\x07", "a\u202eb\u0301\u0301\u0301\u0301", "\xff\xc2", "a\r\n\n  b", "<$(x)>"} {
		f.Add(text, 10)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = min(max(most, 1), 1<<16)
		line, several, words := Line(text, most), Text(text, most), Words(text, most)
		for _, got := range []string{line, several, words, Keep(text)} {
			require.True(t, utf8.ValidString(got))
			for _, r := range got {
				require.True(t, r == '\n' || unicode.IsPrint(r), "%q", r)
			}
		}
		require.NotContains(t, line, "\n")
		require.LessOrEqual(t, utf8.RuneCountInString(line), most)
		require.LessOrEqual(t, utf8.RuneCountInString(several), most)
		require.Equal(t, line, Line(line, most))
		require.Equal(t, several, Text(several, most))
		require.Equal(t, words, Words(words, most))
		require.False(t, strings.ContainsAny(words, "<>`$\"&\\"))

		var at, once bytes.Buffer
		w := Writer(&at)
		for i := range len(text) {
			_, err := w.Write([]byte{text[i]})
			require.NoError(t, err)
		}
		_, err := Writer(&once).Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, strings.ReplaceAll(once.String(), "\r", ""), strings.ReplaceAll(at.String(), "\r", ""), "split anywhere")
	})
}
