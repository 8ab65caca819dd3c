package tape

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Writer writes a file of entries. It belongs to one goroutine.
type Writer struct {
	w     *bufio.Writer
	bytes int64
	any   bool
	line  []byte
}

// NewWriter starts a file.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriterSize(w, 64<<10)} }

// Write adds an entry. It reaches the file with the next Flush at the latest.
func (w *Writer) Write(e *Entry) error {
	before := ",\n"
	if !w.any {
		before, w.any = "[\n", true
	}
	w.line = e.appendJSON(append(w.line[:0], before...))
	n, err := w.w.Write(w.line)
	w.bytes += int64(n)
	return err
}

// Bytes is how much has been written.
func (w *Writer) Bytes() int64 { return w.bytes }

// Flush hands everything to the file.
func (w *Writer) Flush() error { return w.w.Flush() }

// End closes the array. The file itself is the caller's.
func (w *Writer) End() error {
	end := "\n]\n"
	if !w.any {
		end = "[]\n"
	}
	_, err := w.w.WriteString(end)
	return errors.Join(err, w.w.Flush())
}

// maxLine is the longest entry that is read, in bytes.
const maxLine = 1 << 20

// ErrForm says that a file does not hold recorded entries.
var ErrForm = errors.New("not a recorded session")

// Read calls each with every entry of a file in turn until it returns an error,
// which Read returns. cut tells that the file's end is missing: its writer was
// stopped, or is still at work. The file may be an array, or objects one after
// another.
func Read(r io.Reader, each func(*Entry) error) (cut bool, err error) {
	lines := bufio.NewReaderSize(r, 64<<10)
	array, empty := false, true
	for {
		b, err := lines.Peek(1)
		if errors.Is(err, io.EOF) {
			return array || empty, nil
		}
		if err != nil {
			return false, err
		}
		switch b[0] {
		case '[', ',', ' ', '\t', '\r', '\n':
			array = array || b[0] == '['
			_, _ = lines.Discard(1)
			continue
		case ']':
			return false, nil
		case '{':
		default:
			return false, fmt.Errorf("%w: %q stands where an event should", ErrForm, b)
		}
		empty = false
		raw, whole, err := object(lines)
		if err != nil {
			return false, err
		}
		if !whole {
			return true, nil
		}
		var e Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return false, fmt.Errorf("%w: %w", ErrForm, err)
		}
		if err := each(&e); err != nil {
			return false, err
		}
	}
}

// object reads one JSON object; whole is false when the input ends inside.
func object(r *bufio.Reader) (raw []byte, whole bool, err error) {
	depth, text := 0, false
	for {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		raw = append(raw, c)
		switch {
		case text && c == '\\':
			next, err := r.ReadByte()
			if err != nil {
				return nil, false, nil //nolint:nilerr // the rest is missing, whatever the reason
			}
			raw = append(raw, next)
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return raw, true, nil
			}
		}
		if len(raw) > maxLine {
			return nil, false, fmt.Errorf("%w: an event of more than %d bytes", ErrForm, maxLine)
		}
	}
}

// ReadAll reads all entries of a text.
func ReadAll(text []byte) (entries []Entry, cut bool, err error) {
	cut, err = Read(bytes.NewReader(text), func(e *Entry) error {
		entries = append(entries, *e)
		return nil
	})
	return entries, cut, err
}
