package client

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/memhost"
)

// program is a file with the version resource of a program and nothing else.
func program(v [4]uint16) string {
	const base, where, rsrc = 0x1000, 0x200, 0x100
	b := make([]byte, where+rsrc)
	put := func(at int, n uint32) { binary.LittleEndian.PutUint32(b[at:], n) }
	copy(b, "MZ")
	put(0x3c, 0x40)
	copy(b[0x40:], "PE\x00\x00\x00\x00\x01")
	put(0x54, 0xe0)
	put(0x58, 0x10b)
	put(0x58+92, 16)
	put(0x58+96+16, base)
	s := 0x58 + 0xe0
	put(s+12, base)
	put(s+16, rsrc)
	put(s+20, where)
	for level, next := range []uint32{0x20 | 1<<31, 0x40 | 1<<31, 0x60} {
		put(where+level*0x20+12, 1<<16)
		put(where+level*0x20+16, 16)
		put(where+level*0x20+20, next)
	}
	put(where+0x60, base+0x80)
	put(where+0x64, 0x80)
	put(where+0x80+40, 0xfeef04bd)
	put(where+0x80+48, uint32(v[0])<<16|uint32(v[1]))
	put(where+0x80+52, uint32(v[2])<<16|uint32(v[3]))
	return string(b)
}

func TestVersion(t *testing.T) {
	for _, c := range []struct {
		exe, content string
		says         string
		outdated     bool
	}{
		{"MCity.exe", program([4]uint16{1, 0, 151, 0}), "the last one known", false},
		{"MCity.exe", program([4]uint16{1, 0, 0, 151}), "the last one known", false},
		{"MCity.exe", program([4]uint16{1, 0, 120, 0}), "lacks its last update, 1.0.151", true},
		{"MCity.exe", program([4]uint16{6, 1, 0, 0}), "version 6.1.0.0", false},
		{"MCity.exe", "MZ", "damaged", false},
		{"MCity.exe", program([4]uint16{})[:0x200], "does not tell its version", false},
		{"MCity_d.exe", program([4]uint16{1, 0, 100, 0}), "debug build", false},
	} {
		h := memhost.New()
		h.Put(gameDir+`\`+c.exe, c.content, false)
		game, ok := Look(h, gameDir)
		require.True(t, ok)
		f, err := Examine(h, game)
		require.NoError(t, err)
		assert.Contains(t, f.Update, c.says)
		assert.Equal(t, c.outdated, f.Outdated, c.says)
		assert.Empty(t, f.Offers)
	}
}

func TestExamine(t *testing.T) {
	h := computer()
	h.Put(gameDir+`\Data\DB\Online.mdb`, "db", false)
	game, _ := Look(h, gameDir)
	f, err := Examine(h, game)
	require.NoError(t, err)
	assert.Equal(t, 2, f.ReadOnly)
	assert.Equal(t, gameDir+`\Data\DB\Online.mdb`, f.Catalog)
	assert.Equal(t, []Offer{
		{"The movies at the start can be set aside.", "--no-movies"},
		{"The picture is 640x480; the game can do up to 1280x960.", "--resolution 1024x768"},
		{"The game fills the screen; it can run in a window.", "--windowed yes"},
	}, f.Offers)

	require.NoError(t, patch(patcher(t, h), server(t, "a.example", "A")))
	f, err = Examine(h, game)
	require.NoError(t, err)
	assert.Zero(t, f.ReadOnly)
	assert.Empty(t, f.Offers, "what was taken is not offered again")
}

func TestMissing(t *testing.T) {
	h := memhost.New()
	require.Contains(t, Missing(h)[0], "not registered")
	h.EnsureKey(jetKey)
	h.EnsureKey(daoKey)
	require.Contains(t, Missing(h)[0], "not registered")
	h.EnsureKey(daoClass)
	require.Contains(t, Missing(h)[0], `C:\Windows\System32\MSJET35.DLL is not there`)
	h.Put(`C:\Windows\SysWOW64\MSJET35.DLL`, "", false)
	require.Contains(t, Missing(h)[0], `dao350.dll is not there`)
	h.Put(`C:\Program Files (x86)\Common Files\Microsoft Shared\DAO\dao350.dll`, "", false)
	require.Empty(t, Missing(h))
}
