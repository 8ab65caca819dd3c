package change

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mcos/installer/client/guard"
)

// maxRecord is the largest undo record that is read, in bytes.
const maxRecord = 64 << 20

// Header says what an undo record is about.
type Header struct {
	Version    int       `json:"version"`
	Time       time.Time `json:"time"`
	Host       string    `json:"host,omitempty"` // the server that the game was led to
	WebPort    int       `json:"web_port,omitempty"`
	GameDir    string    `json:"game_dir,omitempty"`
	Thumbprint string    `json:"thumbprint,omitempty"`
}

const recordVersion = 1

// Entry is one item that was changed: how it was before the first change, and what
// it was changed to last.
type Entry struct {
	Item   Item  `json:"item"`
	Before State `json:"before"`
	After  State `json:"after"`

	earlier []State // what it was changed to before After, by the same record
}

// line is one line of the record: exactly one of these.
type line struct {
	Header *Header `json:"header,omitempty"`
	Entry  *Entry  `json:"entry,omitempty"`
	Done   bool    `json:"done,omitempty"`
}

// Journal is an undo record in a file: one JSON text a line, each on disk before the
// change that it describes is made. A last line cut off by a crash is ignored, as its
// change was not made yet.
type Journal struct {
	path    string
	header  Header
	entries []Entry        // in the order of the first change
	index   map[string]int // of entries by Item.id
	done    bool
	length  int64 // of what could be read
	exists  bool
	guarded bool // only administrators may have written it
}

// OpenJournal reads the record at path, to look at it; one that is not there is empty.
func OpenJournal(path string) (*Journal, error) { return open(path, false) }

// OpenGuarded reads the record at path, to follow it with the rights of an
// administrator: one that somebody else could have written is refused with
// guard.ErrUntrusted, and a new one is made so that nobody else can change it.
func OpenGuarded(path string) (*Journal, error) {
	if err := guard.Check(path); err != nil {
		return nil, fmt.Errorf("the undo record is not to be trusted: %w", err)
	}
	return open(path, true)
}

func open(path string, guarded bool) (*Journal, error) {
	j := &Journal{path: path, index: map[string]int{}, guarded: guarded}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the undo record: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRecord {
		return nil, fmt.Errorf("the undo record %s is too large to be one", path)
	}
	j.exists = true
	return j, j.read(bufio.NewReader(f))
}

func (j *Journal) read(r *bufio.Reader) error {
	for {
		raw, err := r.ReadBytes('\n')
		if err != nil {
			return nil //nolint:nilerr // the end, or a last line without end: its change was not made
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			// Only the last line can be damaged by a crash.
			if _, more := r.ReadByte(); more != nil {
				return nil //nolint:nilerr // see above
			}
			return fmt.Errorf("the undo record %s is damaged: %w", j.path, err)
		}
		if l.Header != nil && l.Header.Version != recordVersion {
			return fmt.Errorf("the undo record %s was made by another version of this program (%d); use that one to undo", j.path, l.Header.Version)
		}
		j.length += int64(len(raw))
		j.take(l)
	}
}

func (j *Journal) take(l line) {
	switch {
	case l.Header != nil:
		j.header, j.done = *l.Header, false
	case l.Entry != nil:
		j.done = false
		id := l.Entry.Item.id()
		if i, known := j.index[id]; known {
			e := &j.entries[i]
			e.earlier = append(e.earlier, e.After)
			e.After = l.Entry.After
			return
		}
		j.index[id] = len(j.entries)
		j.entries = append(j.entries, *l.Entry)
	case l.Done:
		j.done = true
	}
}

// Empty tells whether nothing was changed.
func (j *Journal) Empty() bool { return len(j.entries) == 0 }

// Complete tells whether the last run came to its end.
func (j *Journal) Complete() bool { return j.done }

// Header is what the last run was about.
func (j *Journal) Header() Header { return j.header }

// Entries are the changes so far, in their order.
func (j *Journal) Entries() []Entry { return j.entries }

// Dropped are the changes that put back what earlier runs changed and these do not
// want, newest first.
func (j *Journal) Dropped(wanted []Change) []Change {
	keep := map[string]bool{}
	for _, c := range wanted {
		keep[c.id()] = true
	}
	var out []Change
	for _, e := range slices.Backward(j.entries) {
		if !keep[e.Item.id()] && !e.Item.Equal(e.After, e.Before) {
			out = append(out, Change{Item: e.Item, Want: e.Before, Why: "no longer wanted: as it was before"})
		}
	}
	return out
}

// Exists tells whether there is a record at all.
func (j *Journal) Exists() bool { return j.exists }

// Path is where the record lies.
func (j *Journal) Path() string { return j.path }

// append writes a line to the disk, and only then takes it.
func (j *Journal) append(l line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := j.write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing the undo record: %w", err)
	}
	j.take(l)
	return nil
}

func (j *Journal) write(text []byte) error {
	if bytes.Count(text, []byte("\n")) != 1 {
		return errors.New("a line of the record must be one line")
	}
	f, err := j.file()
	if err != nil {
		return err
	}
	// A cut-off last line must not run into the next one.
	err = f.Truncate(j.length)
	if err == nil {
		_, err = f.WriteAt(text, j.length)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		_ = f.Truncate(j.length) // half a line helps nobody
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if !j.exists {
		j.exists = true
		syncDir(filepath.Dir(j.path))
	}
	j.length += int64(len(text))
	return nil
}

// file opens the record for writing, and makes it first where needed.
func (j *Journal) file() (*os.File, error) {
	switch {
	case j.exists:
		return os.OpenFile(j.path, os.O_RDWR, 0o644)
	case j.guarded:
		return guard.Create(j.path)
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o644)
}

// Remove deletes the record: everything in it was undone.
func (j *Journal) Remove() error {
	err := missingIsFine(os.Remove(j.path))
	if err == nil {
		_ = os.Remove(filepath.Dir(j.path)) // when it is empty
		*j = Journal{path: j.path, index: map[string]int{}, guarded: j.guarded}
	}
	return err
}

// syncDir flushes a folder, where the system can; the new name in it must survive a
// power cut.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
