package admin

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzNetwork reads anything as an address or network. What is one comes back in a
// form that is its own shortest, and everything else is the operator's mistake.
func FuzzNetwork(f *testing.F) {
	for _, seed := range []string{"192.0.2.7", "192.0.2.7/24", "::1", "2001:db8::/32", "::ffff:1.2.3.4/96", "::ffff:0:0/90", "fe80::1%eth0/64", " 1.2.3.4 ", "1.2.3.4/33", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := network(text)
		if err != nil {
			require.Equal(t, Invalid, KindOf(err))
			return
		}
		assert.Equal(t, p, p.Masked())
		assert.False(t, p.Addr().Is4In6())
		assert.Empty(t, p.Addr().Zone())
		again, err := network(p.String())
		require.NoError(t, err)
		assert.Equal(t, p, again)
	})
}

// FuzzNews reads anything as a line for the ticker.
func FuzzNews(f *testing.F) {
	f.Add("Drag races on Saturday")
	f.Add(" \n\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		line, err := news(text, maxMessage)
		if err != nil {
			require.Equal(t, Invalid, KindOf(err))
			return
		}
		assert.LessOrEqual(t, len(line), maxMessage)
		for _, c := range []byte(line) {
			assert.True(t, c >= ' ' && c <= '~')
		}
	})
}
