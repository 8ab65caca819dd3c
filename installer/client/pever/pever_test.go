package pever

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program is the smallest program with a version.
func program(v Version) []byte {
	const base, where, rsrc = 0x1000, 0x200, 0x100
	b := make([]byte, where+rsrc)
	put16 := func(at int, n uint16) { binary.LittleEndian.PutUint16(b[at:], n) }
	put32 := func(at int, n uint32) { binary.LittleEndian.PutUint32(b[at:], n) }
	copy(b, "MZ")
	put32(0x3c, 0x40)
	copy(b[0x40:], "PE")
	put16(0x46, 1)    // sections
	put16(0x54, 0xe0) // size of the optional header
	put16(0x58, 0x10b)
	put32(0x58+92, 16)
	put32(0x58+96+16, base)
	s := 0x58 + 0xe0
	copy(b[s:], ".rsrc")
	put32(s+8, rsrc)
	put32(s+12, base)
	put32(s+16, rsrc)
	put32(s+20, where)
	for level, next := range []uint32{0x20, 0x40, 0x60} { // three directories with one entry each
		d := where + level*0x20
		put16(d+14, 1)
		put32(d+16, map[bool]uint32{true: 16, false: 1}[level == 0])
		if level < 2 {
			next |= 1 << 31
		}
		put32(d+20, next)
	}
	put32(where+0x60, base+0x80)
	put32(where+0x64, 0x80)
	put32(where+0x80+40, 0xfeef04bd)
	put32(where+0x80+48, uint32(v[0])<<16|uint32(v[1]))
	put32(where+0x80+52, uint32(v[2])<<16|uint32(v[3]))
	return b
}

func TestFile(t *testing.T) {
	want := Version{1, 0, 151, 0}
	b := program(want)
	got, err := File(b)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, "1.0.151.0", got.String())

	for cut := range b {
		if _, err := File(b[:cut]); err == nil {
			require.Greater(t, cut, 0x280+48, "cut off at %d", cut)
		}
	}
	b[0x210] = 3 // another type of resource
	_, err = File(b)
	require.ErrorIs(t, err, ErrNone)
	_, err = File([]byte("MZ"))
	require.ErrorIs(t, err, ErrFormat)
}

// TestRealProgram reads programs that Wine brings along.
func TestRealProgram(t *testing.T) {
	files, err := filepath.Glob("/usr/lib/*/wine/*-windows/kernel32.dll")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no Wine here")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		v, err := File(b)
		require.NoError(t, err, f)
		assert.NotZero(t, v[0])
	}
}

func FuzzFile(f *testing.F) {
	f.Add(program(Version{1, 2, 3, 4}))
	f.Add([]byte("MZ"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = File(b) })
}
