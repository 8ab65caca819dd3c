package schema

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzLoad feeds anything to all three layers. Whatever loads must be allowed,
// and writing it must give a file that loads as the same struct; whatever does
// not load must leave the struct alone and consist of *Error.
func FuzzLoad(f *testing.F) {
	var whole bytes.Buffer
	require.NoError(f, Write(&whole, defaults(), defaults()))
	f.Add(whole.Bytes(), "6", "[{place: 1, extra: {kind: none}}]")
	f.Add([]byte("race: {tracks: [a, b], factors: {x: 1}}\nlimits:\n  ports: {a: [1]}\n"), "0x4", "[]")
	f.Add([]byte("name: |\n  text\nmotto: >-\n  more\n"), "-1", "{}")
	f.Add([]byte("a: &a [*a]\n? [x]\n: y\n"), "", "&a *a")
	f.Add([]byte("race:\n\tmode: x"), "six", "- 1")
	f.Add([]byte("--- a\n--- b\n...\n%YAML 1.2\n"), "1e5", "---\n---")
	f.Fuzz(func(t *testing.T, file []byte, number, table string) {
		c := defaults()
		_, err := Load(c, Options{
			FileName: "f.yaml", YAML: file, EnvPrefix: "MCOS_", Environ: []string{"MCOS_RACE_MAX_HUMANS=" + number},
			Overrides: []Override{{Path: "race.purses", Value: table, Origin: "flag"}},
		})
		if err != nil {
			require.Equal(t, defaults(), c)
			var joined interface{ Unwrap() []error }
			require.ErrorAs(t, err, &joined)
			require.LessOrEqual(t, len(joined.Unwrap()), maxErrors+1)
			for _, one := range joined.Unwrap() {
				var e *Error
				require.ErrorAs(t, one, &e)
				require.NotEmpty(t, e.Error())
			}
			return
		}
		var out bytes.Buffer
		require.NoError(t, Write(&out, c, defaults()))
		again := defaults()
		_, err = Load(again, Options{FileName: "f.yaml", YAML: out.Bytes()})
		require.NoError(t, err, "%s", out.String())
		require.Equal(t, c, again)
	})
}
