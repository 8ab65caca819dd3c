package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math/bits"
	"os"
)

// The format of a bbolt file, as far as it is needed to see that every reference
// in it stays inside. bbolt maps the file into memory and follows references
// blindly, so a damaged one would end the process. Numbers are in the byte order
// of the machine.
const (
	pageHeaderSize = 16 // id u64, flags u16, count u16, overflow u32
	metaSize       = 64
	elementSize    = 16 // of a branch or a leaf page

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	bucketElement = 0x01 // flag of a leaf element whose value is a bucket
	bucketHeader  = 16   // root page u64 (0: the page follows inline), sequence u64

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = ^uint64(0)

	minPageSize = 1 << 10
	maxPageSize = 1 << 16

	// maxDepth is far above what real files have: a page holds two keys or more.
	maxDepth = 64
)

var order = binary.NativeEndian

// meta is one of the two pages that say which state of the file is valid.
type meta struct {
	pageSize uint32
	root     uint64 // page of the root bucket
	freelist uint64 // page of the list of free pages
	pages    uint64 // pages in use, free ones included
	txid     uint64
}

// parseMeta reads a meta page; it is not ok when it was written only in part or
// is none.
func parseMeta(page []byte) (m meta, ok bool) {
	if len(page) < pageHeaderSize+metaSize {
		return m, false
	}
	b := page[pageHeaderSize : pageHeaderSize+metaSize]
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8]) // never fails
	if order.Uint32(b) != boltMagic || order.Uint32(b[4:]) != boltVersion || order.Uint64(b[56:]) != sum.Sum64() {
		return m, false
	}
	m = meta{
		pageSize: order.Uint32(b[8:]),
		root:     order.Uint64(b[16:]),
		freelist: order.Uint64(b[32:]),
		pages:    order.Uint64(b[40:]),
		txid:     order.Uint64(b[48:]),
	}
	sane := m.pageSize >= minPageSize && m.pageSize <= maxPageSize && bits.OnesCount32(m.pageSize) == 1 && m.txid < 1<<63
	return m, sane
}

// readMeta finds the meta page that is in force: the newer one that is whole.
func readMeta(r io.ReaderAt, size int64) (meta, error) {
	at := func(pos int64) (meta, bool) {
		var b [pageHeaderSize + metaSize]byte
		if _, err := r.ReadAt(b[:], pos); err != nil {
			return meta{}, false
		}
		return parseMeta(b[:])
	}
	first, ok0 := at(0)
	if ok0 {
		second, ok1 := at(int64(first.pageSize))
		if ok1 && second.pageSize != first.pageSize {
			return meta{}, fmt.Errorf("%w: its two heads give page sizes %d and %d", ErrCorrupt, first.pageSize, second.pageSize)
		}
		if ok1 && second.txid > first.txid {
			return second, nil
		}
		return first, nil
	}
	for pos := int64(minPageSize); pos <= maxPageSize && pos < size; pos *= 2 {
		if second, ok := at(pos); ok && int64(second.pageSize) == pos {
			return second, nil
		}
	}
	return meta{}, fmt.Errorf("%w: it has no valid head", ErrForeign)
}

// structure walks over all pages of a file.
type structure struct {
	r    io.ReaderAt
	meta meta
	seen []uint64 // one bit per page
}

// checkStructure checks that bbolt can open and read the file without leaving
// its bounds: every page is inside the file, of the right type and used once,
// every key and value is inside its page, keys are in order. It reads the whole
// tree, not what is free.
func checkStructure(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return checkPages(f, info.Size())
}

func checkPages(r io.ReaderAt, size int64) error {
	if size == 0 {
		return fmt.Errorf("%w: it is empty", ErrForeign)
	}
	m, err := readMeta(r, size)
	if err != nil {
		return err
	}
	// bbolt reads 4096 bytes to find the first head, whatever the page size.
	if inFile := uint64(size) / uint64(m.pageSize); m.pages > inFile || m.pages < 4 || size < 4096 {
		return fmt.Errorf("%w: it has %d bytes and should have %d pages of %d bytes", ErrCorrupt, size, m.pages, m.pageSize)
	}
	s := &structure{r: r, meta: m, seen: make([]uint64, m.pages/64+1)}
	if err := s.tree(m.root, nil, nil, 0); err != nil {
		return err
	}
	return s.freelist()
}

// claim notes that a page with its overflow pages is in use.
func (s *structure) claim(id, overflow uint64) error {
	if id < 2 || id >= s.meta.pages || overflow >= s.meta.pages-id {
		return fmt.Errorf("%w: page %d with %d more is outside the file of %d pages", ErrCorrupt, id, overflow, s.meta.pages)
	}
	for p := id; p <= id+overflow; p++ {
		if s.seen[p/64]&(1<<(p%64)) != 0 {
			return fmt.Errorf("%w: page %d is used twice", ErrCorrupt, p)
		}
		s.seen[p/64] |= 1 << (p % 64)
	}
	return nil
}

// page reads a page with its overflow pages and claims them.
func (s *structure) page(id uint64) ([]byte, error) {
	if err := s.claim(id, 0); err != nil {
		return nil, err
	}
	size := int64(s.meta.pageSize)
	pos := int64(id) * size
	data := make([]byte, size)
	if _, err := s.r.ReadAt(data, pos); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	if self := order.Uint64(data); self != id {
		return nil, fmt.Errorf("%w: page %d says it is page %d", ErrCorrupt, id, self)
	}
	overflow := uint64(order.Uint32(data[12:]))
	if overflow == 0 {
		return data, nil
	}
	if id+1 >= s.meta.pages {
		return nil, fmt.Errorf("%w: page %d goes on behind the end of the file", ErrCorrupt, id)
	}
	if err := s.claim(id+1, overflow-1); err != nil {
		return nil, err
	}
	data = append(data, make([]byte, int64(overflow)*size)...)
	if _, err := s.r.ReadAt(data[size:], pos+size); err != nil {
		return nil, fmt.Errorf("read page %d: %w", id, err)
	}
	return data, nil
}

// tree checks the pages below one page. Keys must not be smaller than least and
// must be smaller than limit, where these are given.
func (s *structure) tree(id uint64, least, limit []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: page %d is %d levels deep", ErrCorrupt, id, depth)
	}
	data, err := s.page(id)
	if err != nil {
		return err
	}
	switch flags := order.Uint16(data[8:]); flags {
	case branchPage:
		return s.branch(id, data, least, limit, depth)
	case leafPage:
		return s.leaf(id, data, least, limit, depth)
	default:
		return fmt.Errorf("%w: page %d has type %#x instead of a tree page's", ErrCorrupt, id, flags)
	}
}

// branch checks a branch page. Element: pos u32, key size u32, page u64.
func (s *structure) branch(id uint64, data, least, limit []byte, depth int) error {
	n, err := countElements(id, data)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%w: branch page %d is empty", ErrCorrupt, id)
	}
	keys := make([][]byte, n)
	for i := range n {
		at := pageHeaderSize + i*elementSize
		keys[i], err = slice(data, at, order.Uint32(data[at:]), order.Uint32(data[at+4:]))
		if err == nil {
			err = inOrder(keys[i], least, limit, i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0)
		}
		if err != nil {
			return fmt.Errorf("element %d of page %d: %w", i, id, err)
		}
	}
	for i := range n {
		next := limit
		if i+1 < n {
			next = keys[i+1]
		}
		child := order.Uint64(data[pageHeaderSize+i*elementSize+8:])
		if err := s.tree(child, keys[i], next, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks a leaf page. Element: flags u32, pos u32, key size u32, value size
// u32; the value follows the key.
func (s *structure) leaf(id uint64, data, least, limit []byte, depth int) error {
	n, err := countElements(id, data)
	if err != nil {
		return err
	}
	var last []byte
	for i := range n {
		at := pageHeaderSize + i*elementSize
		flags, pos := order.Uint32(data[at:]), order.Uint32(data[at+4:])
		ksize, vsize := order.Uint32(data[at+8:]), order.Uint32(data[at+12:])
		key, err := slice(data, at, pos, ksize)
		if err == nil {
			err = inOrder(key, least, limit, i > 0 && bytes.Compare(last, key) >= 0)
		}
		var value []byte
		if err == nil {
			value, err = slice(data, at, pos, ksize, vsize)
		}
		if err == nil && flags > bucketElement {
			err = fmt.Errorf("%w: flags %#x", ErrCorrupt, flags)
		}
		if err == nil && flags == bucketElement {
			err = s.bucket(id, value[ksize:], depth)
		}
		if err != nil {
			return fmt.Errorf("element %d of page %d: %w", i, id, err)
		}
		last = key
	}
	return nil
}

// bucket checks a bucket inside a leaf page: its own tree, or a small page in the
// value itself.
func (s *structure) bucket(id uint64, value []byte, depth int) error {
	if len(value) < bucketHeader {
		return fmt.Errorf("%w: bucket of %d bytes", ErrCorrupt, len(value))
	}
	if root := order.Uint64(value); root != 0 {
		return s.tree(root, nil, nil, depth+1)
	}
	inline := value[bucketHeader:]
	if len(inline) < pageHeaderSize || order.Uint16(inline[8:]) != leafPage || depth > maxDepth {
		return fmt.Errorf("%w: bad small bucket", ErrCorrupt)
	}
	return s.leaf(id, inline, nil, nil, depth+1)
}

// freelist checks the page that lists the free pages. Without one, bbolt finds
// them out by itself.
func (s *structure) freelist() error {
	if s.meta.freelist == noFreelist {
		return nil
	}
	data, err := s.page(s.meta.freelist)
	if err != nil {
		return fmt.Errorf("list of free pages: %w", err)
	}
	if flags := order.Uint16(data[8:]); flags != freelistPage {
		return fmt.Errorf("%w: page %d has type %#x instead of the list of free pages", ErrCorrupt, s.meta.freelist, flags)
	}
	ids := data[pageHeaderSize:]
	count := uint64(order.Uint16(data[10:]))
	if count == 0xFFFF { // the real count comes first
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids))/8 {
		return fmt.Errorf("%w: list of %d free pages on %d bytes", ErrCorrupt, count, len(ids))
	}
	for i := range count {
		if err := s.claim(order.Uint64(ids[i*8:]), 0); err != nil {
			return fmt.Errorf("list of free pages: %w", err)
		}
	}
	return nil
}

// countElements returns how many elements a page has and checks that it holds
// their headers.
func countElements(id uint64, data []byte) (int, error) {
	n := int(order.Uint16(data[10:]))
	if room := (len(data) - pageHeaderSize) / elementSize; n > room {
		return 0, fmt.Errorf("%w: page %d has %d elements on %d bytes", ErrCorrupt, id, n, len(data))
	}
	return n, nil
}

// slice returns the bytes that start pos behind the element at offset at and have
// the sum of the sizes.
func slice(data []byte, at int, pos uint32, sizes ...uint32) ([]byte, error) {
	start := uint64(at) + uint64(pos)
	end := start
	for _, size := range sizes {
		end += uint64(size)
	}
	if end > uint64(len(data)) {
		return nil, fmt.Errorf("%w: bytes %d to %d of a page of %d", ErrCorrupt, start, end, len(data))
	}
	return data[start:end], nil
}

// inOrder checks the place of a key among its neighbours.
func inOrder(key, least, limit []byte, notAboveLast bool) error {
	if len(key) == 0 {
		return fmt.Errorf("%w: empty key", ErrCorrupt)
	}
	if notAboveLast || least != nil && bytes.Compare(key, least) < 0 || limit != nil && bytes.Compare(key, limit) >= 0 {
		return fmt.Errorf("%w: key %x is out of order", ErrCorrupt, key)
	}
	return nil
}
