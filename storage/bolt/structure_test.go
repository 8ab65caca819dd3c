package bolt

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"mcos/storage"
	"mcos/storage/storagetest"
)

// sound checks a file by our own rules.
func sound(data []byte) error { return checkPages(bytes.NewReader(data), int64(len(data))) }

// What bbolt itself thinks of a file must be what we think of it, over the life
// of a store: growing, shrinking, with large values and many small ones.
func TestStructureAcceptsWhatBoltWrites(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path)
	for n := 1; n <= 120; n++ {
		play(t, s, n, n)
		if n%10 == 0 {
			require.NoError(t, s.Update(func(tx storage.Tx) error {
				return tx.PutBlob(fmt.Sprint("b", n%30), make([]byte, n*5000))
			}))
		}
		require.NoError(t, sound(readFile(t, path)), "after step %d", n)
	}
	require.NoError(t, s.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	}))
}

func TestStructureAcceptsManyFreePages(t *testing.T) {
	if !soak() {
		t.Skip("writes 300 MB")
	}
	path := tempPath(t)
	s := mustOpen(t, path)
	// More than 65535 free pages are counted in another place.
	require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("b", make([]byte, 66000*pageSize)) }))
	require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("b", nil) }))
	play(t, s, 1, 2)
	require.NoError(t, s.Close())
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, checkStructure(f))
	require.Equal(t, "2", stepIn(t, path))
}

// The same with few pages: the form is allowed for any number.
func TestFreelistWithLongCount(t *testing.T) {
	image := smallStore(t)
	m, err := readMeta(bytes.NewReader(image), int64(len(image)))
	require.NoError(t, err)
	page := image[int(m.freelist)*pageSize:][:pageSize]
	count := order.Uint16(page[10:])
	require.Positive(t, count)
	copy(page[pageHeaderSize+8:], bytes.Clone(page[pageHeaderSize:pageSize-8]))
	order.PutUint16(page[10:], 0xFFFF)
	order.PutUint64(page[pageHeaderSize:], uint64(count))
	require.NoError(t, sound(image))
	require.True(t, survives(t, image))
	order.PutUint64(page[pageHeaderSize:], uint64(pageSize/8))
	require.ErrorIs(t, sound(image), ErrCorrupt)
	order.PutUint64(page[pageHeaderSize:], 1<<63)
	require.False(t, survives(t, image))
}

// A page may be listed as free once, and only if it is in no tree.
func TestPagesUsedTwice(t *testing.T) {
	image := smallStore(t)
	m, err := readMeta(bytes.NewReader(image), int64(len(image)))
	require.NoError(t, err)
	ids := image[int(m.freelist)*pageSize+pageHeaderSize:]
	first := order.Uint64(ids)
	for _, id := range []uint64{first, m.root, m.freelist} {
		bad := bytes.Clone(image)
		order.PutUint64(bad[int(m.freelist)*pageSize+pageHeaderSize+8:], id)
		err := sound(bad)
		require.ErrorIs(t, err, ErrCorrupt)
		require.ErrorContains(t, err, fmt.Sprintf("page %d is used twice", id))
	}
}

// One wrong bit anywhere in a head makes it invalid, and the other one counts.
func TestHeadChecksum(t *testing.T) {
	image := smallStore(t)
	size := int64(len(image))
	good, err := readMeta(bytes.NewReader(image), size)
	require.NoError(t, err)
	newer := int(good.txid % 2)
	for i := range metaSize {
		bad := bytes.Clone(image)
		bad[newer*pageSize+pageHeaderSize+i] ^= 1 << (i % 8)
		m, err := readMeta(bytes.NewReader(bad), size)
		require.NoError(t, err)
		require.Equal(t, good.txid-1, m.txid, "byte %d", i)
		bad[(1-newer)*pageSize+pageHeaderSize+i] ^= 1
		_, err = readMeta(bytes.NewReader(bad), size)
		require.ErrorIs(t, err, ErrForeign, "byte %d of both", i)
	}
}

func TestStructureAcceptsAFileWithoutFreelist(t *testing.T) {
	path := made(t, 5)
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{NoFreelistSync: true})
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketNames[metaBucket]).Put([]byte("x"), nil) }))
	require.NoError(t, db.Close())
	require.Equal(t, "5", stepIn(t, path))
}

// smallStore is the image of a store with several levels of pages.
func smallStore(t testing.TB) []byte {
	path := made(t, 12)
	s := mustOpen(t, path)
	require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("big", make([]byte, 3*pageSize)) }))
	require.NoError(t, s.Close())
	return readFile(t, path)
}

// survives opens an image that may be damaged and, if that works, uses all of it.
// Errors are fine; a panic, or worse, ends the test.
func survives(t *testing.T, image []byte) (opened bool) {
	t.Helper()
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, image, 0o600))
	s, err := Open(fast(path))
	if err != nil {
		require.True(t, bytes.Equal(image, readFile(t, path)), "refused and yet changed")
		return false
	}
	_ = s.Verify()
	_, _ = storagetest.ReadState(s, storagetest.StepBlob)
	for n := 13; n < 16; n++ {
		_ = s.Update(func(tx storage.Tx) error { return storagetest.Step(tx, n) })
	}
	_ = s.Verify()
	require.NoError(t, s.Close())
	return true
}

// Every header field of every page, set to values that hurt, is noticed or does
// no harm.
func TestDamagedPages(t *testing.T) {
	image := smallStore(t)
	random := rand.New(rand.NewPCG(1, 2))
	opened, refused := 0, 0
	values := [][]byte{{0, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF}}
	if soak() {
		values = append(values, []byte{1, 0, 0, 0}, []byte{byte(random.Uint32()), 0x10, 0, 0})
	}
	for page := range len(image) / pageSize {
		for _, offset := range []int{0, 8, 10, 12, 16, 20, 24, 28, 32, 40, 44, 72} {
			for _, value := range values {
				bad := bytes.Clone(image)
				copy(bad[page*pageSize+offset:], value)
				if survives(t, bad) {
					opened++
				} else {
					refused++
				}
			}
		}
	}
	t.Logf("%d opened, %d refused", opened, refused)
	require.Positive(t, opened, "damage to free pages does not matter")
	require.Positive(t, refused)
}

func TestTruncatedFiles(t *testing.T) {
	image := smallStore(t)
	for size := 0; size < len(image); size += 1000 {
		survives(t, image[:size])
	}
}

// setHead writes a head with a right checksum and wrong contents.
func setHead(image []byte, change func(head []byte)) []byte {
	image = bytes.Clone(image)
	for page := range 2 {
		head := image[page*pageSize+pageHeaderSize:][:metaSize]
		change(head)
		sum := fnv.New64a()
		sum.Write(head[:metaSize-8])
		order.PutUint64(head[56:], sum.Sum64())
	}
	return image
}

// A head that was forged, checksum and all, leads nowhere either.
func TestForgedHeads(t *testing.T) {
	image := smallStore(t)
	pages := uint64(len(image) / pageSize)
	const txid = 48
	for field, values := range map[int][]uint64{
		16:   {0, 1, 2, pages, pages + 1, 1 << 40, ^uint64(0)}, // root
		32:   {0, 1, 2, 3, pages, 1 << 40, ^uint64(0) - 1},     // list of free pages
		40:   {0, 1, 2, 3, 4, pages + 1, 1 << 62, ^uint64(0)},  // number of pages
		txid: {0, 1<<63 - 1, 1 << 63, ^uint64(0)},              // transaction id
	} {
		for _, value := range values {
			survives(t, setHead(image, func(head []byte) { order.PutUint64(head[field:], value) }))
		}
	}
	for _, size := range []uint32{0, 1, 512, 1000, 1024, 2048, 8192, 65536, 1 << 20, 1 << 31, ^uint32(0)} {
		require.False(t, survives(t, setHead(image, func(head []byte) { order.PutUint32(head[8:], size) })), "page size %d", size)
	}
}

// Whatever is changed in the pages of a store, it is refused or can be used
// without a panic.
func FuzzDamagedStore(f *testing.F) {
	image := smallStore(f)
	f.Add(uint32(4*pageSize), []byte{1, 2, 3})
	f.Add(uint32(3*pageSize+8), []byte{1, 0, 0xFF, 0xFF, 0xFF})
	f.Add(uint32(pageSize+16), []byte{0})
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		bad := bytes.Clone(image)
		copy(bad[int(at)%len(bad):], patch)
		survives(t, bad)
	})
}

// Arbitrary bytes are no store, and that is all there is to say about them.
func FuzzForeignFile(f *testing.F) {
	image := smallStore(f)
	f.Add(image)
	f.Add(image[:pageSize*2])
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = sound(data)
	})
}
