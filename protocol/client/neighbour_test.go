package client

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var neighbour = Neighbour{
	Name: "The Clocktower", Version: "1.2.3", Players: 7, HTTP: 80, HTTPS: 443, Login: 8226,
	Key: "0123456789abcdef", Certificate: "00112233445566778899AABBCCDDEEFF00112233",
}

func TestNeighbourThereAndBack(t *testing.T) {
	back, err := ParseNeighbour(neighbour.TXT())
	require.NoError(t, err)
	assert.Equal(t, neighbour, back)
}

func TestParseNeighbour(t *testing.T) {
	change := func(old, new string) []string {
		return strings.Split(strings.ReplaceAll(strings.Join(neighbour.TXT(), "\n"), old, new), "\n")
	}
	for name, tc := range map[string]struct {
		txt  []string
		want func(*Neighbour)
	}{
		"unknown key":    {txt: append(neighbour.TXT(), "colour=red", "flag"), want: func(*Neighbour) {}},
		"upper case key": {txt: change("shard=", "SHARD="), want: func(*Neighbour) {}},
		"first one counts": {
			txt: append([]string{"shard=First"}, neighbour.TXT()...), want: func(n *Neighbour) { n.Name = "First" },
		},
		"escape sequence":  {txt: change("Clocktower", "\x1b[31mred\x07"), want: func(n *Neighbour) { n.Name = "The (31mred" }},
		"long name":        {txt: change("The Clocktower", strings.Repeat("x", 300)), want: func(n *Neighbour) { n.Name = strings.Repeat("x", 64) }},
		"no key":           {txt: change("key=0123456789abcdef", "key="), want: func(n *Neighbour) { n.Key = "" }},
		"empty":            {},
		"other format":     {txt: change("txtvers=1", "txtvers=2")},
		"no name":          {txt: change("The Clocktower", "\x00 ")},
		"port no number":   {txt: change("http=80", "http=x")},
		"port too large":   {txt: change("https=443", "https=65536")},
		"port zero":        {txt: change("login=8226", "login=0")},
		"players negative": {txt: change("players=7", "players=-1")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseNeighbour(tc.txt)
			if tc.want == nil {
				require.ErrorIs(t, err, errNoNeighbour)
				return
			}
			require.NoError(t, err)
			want := neighbour
			tc.want(&want)
			assert.Equal(t, want, got)
		})
	}
}

func FuzzParseNeighbour(f *testing.F) {
	f.Add(strings.Join(neighbour.TXT(), "\n"))
	f.Add("txtvers=1\nshard=x\nplayers=0\nhttp=1\nhttps=1\nlogin=1")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNeighbour(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		again, err := ParseNeighbour(n.TXT())
		require.NoError(t, err)
		assert.Equal(t, n, again)
		for _, s := range n.TXT() {
			assert.LessOrEqual(t, len(s), 255)
		}
	})
}
