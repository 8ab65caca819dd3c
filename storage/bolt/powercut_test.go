package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A power cut during a commit leaves any part of its pages on the disk, some of
// them torn. As long as the new head is not whole, that must be the old state.
func TestPowerCut(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path)
	rounds := 10
	if soak() {
		rounds = 200
	}
	random := rand.New(rand.NewPCG(2001, 10))
	for step := 1; step <= 12; step++ {
		before, old := stateOf(t, s), readFile(t, path)
		play(t, s, step, step)
		after, new := stateOf(t, s), readFile(t, path)
		pages, head := changedPages(t, old, new)
		for round := range rounds {
			name := fmt.Sprintf("step %d, round %d", step, round)
			cut := append(bytes.Clone(old), make([]byte, len(new)-len(old))...)
			for _, page := range pages {
				copyPage(cut, new, page, []int{0, pageSize, random.IntN(pageSize)}[random.IntN(3)])
			}
			assert.Equal(t, before, stateOfImage(t, cut), "%s: data written in part", name)
			for _, page := range pages {
				copyPage(cut, new, page, pageSize)
			}
			// All but the checksum, at least, is new.
			torn := pageHeaderSize + metaSize - 8 - random.IntN(8)
			copyPage(cut, new, head, torn)
			assert.Equal(t, before, stateOfImage(t, cut), "%s: head torn after %d bytes", name, torn)
			copyPage(cut, new, head, pageSize)
			assert.Equal(t, after, stateOfImage(t, cut), "%s: all written", name)
		}
	}
}

var pageSize = os.Getpagesize()

// changedPages lists the data pages that differ, and the one head.
func changedPages(t *testing.T, old, new []byte) (data []int, head int) {
	t.Helper()
	head = -1
	for page := range len(new) / pageSize {
		start := page * pageSize
		if start < len(old) && bytes.Equal(old[start:start+pageSize], new[start:start+pageSize]) {
			continue
		}
		if page < 2 {
			require.Equal(t, -1, head, "a commit writes one head")
			head = page
			continue
		}
		data = append(data, page)
	}
	require.GreaterOrEqual(t, head, 0)
	require.NotEmpty(t, data)
	return data, head
}

// copyPage copies the first n bytes of a page.
func copyPage(to, from []byte, page, n int) {
	start := page * pageSize
	copy(to[start:start+n], from[start:])
}

// stateOfImage opens a copy of a store file and reads it.
func stateOfImage(t *testing.T, image []byte) any {
	t.Helper()
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, slices.Clone(image), 0o600))
	s, err := Open(fast(path))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Verify())
	return stateOf(t, s)
}
