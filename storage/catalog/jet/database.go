package jet

import (
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// pageSize is the size of a page in bytes; page n lies at n x pageSize.
const pageSize = 2048

// MaxFileBytes is the largest file that is read. The game's has 6 to 7 MB.
const MaxFileBytes = 64 << 20

// Page types: the first byte of a page.
const (
	dataPage       = 1
	definitionPage = 2
	usagePage      = 5
)

// Page 0: the header. Most of it is masked with RC4 under a fixed key.
const (
	versionAt = 0x14
	maskedAt  = 0x18
	maskedLen = 126
	keyAt     = 0x3e
)

var headerMask = []byte{0xc7, 0xda, 0x39, 0x6b}

// catalogPage holds the definition of MSysObjects, the list of all tables.
const catalogPage = 2

// maxTables is more than any database has; the game's has 67 and the system's.
const maxTables = 4096

// ErrFormat says that a file is not a Jet 3 database or is damaged.
var ErrFormat = errors.New("not a readable Access 97 (Jet 3) database")

// errPageType says that a page is of another type than expected.
var errPageType = fmt.Errorf("%w: page of another type", ErrFormat)

// formatError returns an error that wraps ErrFormat.
func formatError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Database is an open database file. It may be used by one goroutine at a time.
// Every table can be read a few times; after that the file counts as hostile.
type Database struct {
	r      io.ReaderAt
	pages  uint32
	key    uint32 // 0 = pages are not encrypted
	budget int    // pages that may still be read, see Open
	tables []entry
}

// entry is a table in MSysObjects.
type entry struct {
	name string
	page uint32
}

// Open reads the header and the list of tables of a database of size bytes. An
// Access 2000 or later file is refused in plain words. Errors about the file's
// contents wrap ErrFormat.
func Open(r io.ReaderAt, size int64) (*Database, error) {
	if size > MaxFileBytes {
		return nil, formatError("%d bytes, more than %d", size, MaxFileBytes)
	}
	d := &Database{r: r, pages: uint32(size / pageSize)}
	// Reading each page once, plus the overflow and memo pages behind single
	// rows, stays far below this.
	d.budget = 64*int(d.pages) + 1024
	if d.pages <= catalogPage {
		return nil, formatError("%d bytes are too short", size)
	}
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	if err := d.readTables(); err != nil {
		return nil, err
	}
	return d, nil
}

// readHeader checks the kind of file and takes the database key.
func (d *Database) readHeader() error {
	page := make([]byte, pageSize)
	if err := d.readRaw(0, page); err != nil {
		return err
	}
	switch name := string(page[4:versionAt]); {
	case page[0] != 0 || !strings.HasPrefix(name, "Standard "):
		return formatError("it does not begin like a database")
	case name != "Standard Jet DB\x00" || page[versionAt] == 1:
		return formatError("this is a newer Access file (Jet 4 or later); the game's own Online.mdb is Jet 3")
	case page[versionAt] != 0:
		return formatError("unknown version %d", page[versionAt])
	}
	mask, err := rc4.NewCipher(headerMask)
	if err != nil {
		return err
	}
	masked := page[maskedAt : maskedAt+maskedLen]
	mask.XORKeyStream(masked, masked)
	d.key = binary.LittleEndian.Uint32(page[keyAt:])
	return nil
}

// readTables reads MSysObjects: type 1 is a table, its definition page is the low
// 24 bits of the id.
func (d *Database) readTables() error {
	list, err := d.openTable("MSysObjects", catalogPage)
	if err != nil {
		return err
	}
	id, name, kind := list.column("Id", typeInt32), list.column("Name", typeText), list.column("Type", typeInt16)
	if id < 0 || name < 0 || kind < 0 {
		return formatError("MSysObjects lacks the columns Id, Name and Type")
	}
	for rows := list.Rows(); ; {
		row, err := rows.Next()
		if err != nil {
			return err
		}
		if row == nil {
			return nil
		}
		if row[kind].Text == "1" && !row[id].Null {
			if len(d.tables) == maxTables {
				return formatError("more than %d tables", maxTables)
			}
			page := uint32(row[id].Int) & 0xffffff
			d.tables = append(d.tables, entry{row[name].Text, page})
		}
	}
}

// Tables returns the names of all tables, the system's own (MSys…) included, in
// the order of the file.
func (d *Database) Tables() []string {
	names := make([]string, len(d.tables))
	for i, e := range d.tables {
		names[i] = e.name
	}
	return names
}

// Table opens a table by its exact name.
func (d *Database) Table(name string) (*Table, error) {
	for _, e := range d.tables {
		if e.name == name {
			return d.openTable(e.name, e.page)
		}
	}
	return nil, formatError("it has no table %q", name)
}

// readPage reads page n into buf and checks its type.
func (d *Database) readPage(n uint32, kind byte, buf []byte) error {
	if err := d.readRaw(n, buf); err != nil {
		return err
	}
	if d.key != 0 {
		var key [4]byte
		binary.LittleEndian.PutUint32(key[:], d.key^n)
		c, err := rc4.NewCipher(key[:])
		if err != nil {
			return err
		}
		c.XORKeyStream(buf, buf)
	}
	if buf[0] != kind {
		return fmt.Errorf("%w: page %d is %d, not %d", errPageType, n, buf[0], kind)
	}
	return nil
}

// readRaw reads page n as it is on disk.
func (d *Database) readRaw(n uint32, buf []byte) error {
	if n >= d.pages {
		return formatError("page %d of %d", n, d.pages)
	}
	if d.budget == 0 {
		return formatError("its pages refer to each other without end")
	}
	d.budget--
	if _, err := d.r.ReadAt(buf[:pageSize], int64(n)*pageSize); err != nil {
		return fmt.Errorf("read page %d: %w", n, err)
	}
	return nil
}

// Rows on data pages: a count and one offset for each row, with two flags.
const (
	rowCountAt  = 8
	rowStartsAt = 10
	rowDeleted  = 0x8000
	rowMoved    = 0x4000 // the row is a pointer to its real place
	rowOffset   = 0x1fff
)

// rowOn returns row i of a data page and the flags of its offset. Rows fill a
// page from its end downwards.
func rowOn(page []byte, i int) ([]byte, uint16, error) {
	if n := rowCount(page); i >= n {
		return nil, 0, formatError("row %d of %d on a page", i, n)
	}
	start := binary.LittleEndian.Uint16(page[rowStartsAt+2*i:])
	end := uint16(pageSize)
	if i > 0 {
		end = binary.LittleEndian.Uint16(page[rowStartsAt+2*i-2:]) & rowOffset
	}
	from := start & rowOffset
	if from > end || end > pageSize || int(from) < rowStartsAt+2*rowCount(page) {
		return nil, 0, formatError("row %d of a page lies from %d to %d", i, from, end)
	}
	return page[from:end], start &^ rowOffset, nil
}

// rowCount returns the number of rows that a data page can really have.
func rowCount(page []byte) int {
	n := int(binary.LittleEndian.Uint16(page[rowCountAt:]))
	return min(n, (pageSize-rowStartsAt)/2)
}

// rowAt reads the row that a pointer names (low byte the row, the rest the page)
// into buf and returns it.
func (d *Database) rowAt(pointer uint32, buf []byte) ([]byte, uint16, error) {
	if err := d.readPage(pointer>>8, dataPage, buf); err != nil {
		return nil, 0, err
	}
	return rowOn(buf, int(pointer&0xff))
}
