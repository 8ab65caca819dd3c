package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files in assets/icons are what this program draws; whoever changes the
// drawing runs it again.
func TestFilesAreUpToDate(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeAll(dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2*len(faces)+len(appSizes))
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("..", "..", "assets", "icons", e.Name()))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), "%s differs: run go run ./packaging/icons", e.Name())
	}
}

func TestSignsDiffer(t *testing.T) {
	seen := map[string]string{}
	for name, f := range faces {
		// Without colour: one must be able to tell them apart by shape.
		shape := ""
		for y := -0.6; y < 0.6; y += 0.05 {
			for x := -0.6; x < 0.6; x += 0.05 {
				shape += map[bool]string{true: "#", false: "."}[f.sign(x, y)]
			}
		}
		assert.Empty(t, seen[shape], "%s looks like another", name)
		seen[shape] = name
	}
}

func TestICODirectory(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "icons", "app.ico"))
	require.NoError(t, err)
	le := binary.LittleEndian
	require.Equal(t, len(icoSizes), int(le.Uint16(data[4:])))
	end := 6 + 16*len(icoSizes)
	for i, size := range icoSizes {
		entry := data[6+16*i:]
		assert.Equal(t, uint8(size), entry[0])
		length, offset := int(le.Uint32(entry[8:])), int(le.Uint32(entry[12:]))
		assert.Equal(t, end, offset, "images follow each other without a gap")
		if size < pngFrom {
			assert.Equal(t, uint32(40), le.Uint32(data[offset:]), "a bitmap")
			assert.Equal(t, uint32(2*size), le.Uint32(data[offset+8:]), "height of image and mask")
		} else {
			assert.Equal(t, "\x89PNG", string(data[offset:offset+4]))
		}
		end += length
	}
	assert.Len(t, data, end)
}
