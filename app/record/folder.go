package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"mcos/app/record/tape"
)

// Running is a recording that is being made.
type Running struct {
	ID string `json:"id"`
	Order
	Began    time.Time `json:"began"`
	Messages int64     `json:"messages"`
}

// File is a recording in the folder.
type File struct {
	ID       string    `json:"id"`
	Bytes    int64     `json:"bytes"`
	Changed  time.Time `json:"changed"`
	Secrets  bool      `json:"with_secrets"`
	Recorded bool      `json:"running"` // it is being made
}

// ErrUnknown says that there is no such recording.
var ErrUnknown = errors.New("there is no such recording")

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Folder is where recordings are kept.
type Folder string

// Path is the file of a recording. It returns ErrUnknown for what cannot be an id.
func (d Folder) Path(id string) (string, error) {
	if !idForm.MatchString(id) {
		return "", fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	return filepath.Join(string(d), id+suffix), nil
}

// Files lists the recordings, the oldest first. A missing folder is an empty one.
func (d Folder) Files() ([]File, error) {
	found, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return []File{}, nil
	}
	if err != nil {
		return nil, err
	}
	list := []File{}
	for _, f := range found {
		id, ok := strings.CutSuffix(f.Name(), suffix)
		if !ok || !f.Type().IsRegular() || !idForm.MatchString(id) {
			continue
		}
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, File{ID: id, Bytes: info.Size(), Changed: info.ModTime(), Secrets: strings.Contains(id, secretMark)})
	}
	slices.SortFunc(list, func(a, b File) int {
		if c := a.Changed.Compare(b.Changed); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

// Open opens a recording for reading. It returns ErrUnknown when there is none.
func (d Folder) Open(id string) (*os.File, error) {
	path, err := d.Path(id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return f, err
}

// Remove removes a recording. It returns ErrUnknown when there is none.
func (d Folder) Remove(id string) error {
	path, err := d.Path(id)
	if err != nil {
		return err
	}
	if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return err
}

// room removes the oldest recordings that do not run, until one more file fits.
func (r *Recorder) room() error {
	dir := Folder(r.o.Dir)
	files, err := dir.Files()
	if err != nil {
		return err
	}
	running := func(f File) bool {
		return slices.ContainsFunc(r.recordings, func(rec *recording) bool { return rec.id == f.ID })
	}
	var total int64
	for _, f := range files {
		if running(f) {
			total += max(f.Bytes, r.o.Config.MaxFile) // it may still grow so far
		} else {
			total += f.Bytes
		}
	}
	for _, f := range files {
		if total <= r.o.Config.MaxTotal-r.o.Config.MaxFile {
			return nil
		}
		if running(f) {
			continue
		}
		if err := dir.Remove(f.ID); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
		total -= f.Bytes
		r.o.Log.WithField("recording", f.ID).Info("an old recording was removed to make room (record.max_total_bytes)")
	}
	return nil
}

// Files lists the recordings of this server, the running ones marked.
func (r *Recorder) Files() ([]File, error) {
	running, err := r.Running()
	if err != nil {
		return nil, err
	}
	files, err := Folder(r.o.Dir).Files()
	for i := range files {
		files[i].Recorded = slices.ContainsFunc(running, func(rec Running) bool { return rec.ID == files[i].ID })
	}
	return files, err
}

// Folder is where this server keeps its recordings.
func (r *Recorder) Folder() Folder { return Folder(r.o.Dir) }

// Summary is what a recording holds.
type Summary struct {
	Messages    int       `json:"messages"`
	Connections int       `json:"connections"`
	Personas    []string  `json:"personas"`
	Unknown     int       `json:"unknown"` // messages that nobody knows
	From        time.Time `json:"from,omitzero"`
	Until       time.Time `json:"until,omitzero"`
	Cut         bool      `json:"cut"` // its end is missing
}

// Counter makes the summary of a recording while that is read. The zero value is ready.
type Counter struct {
	sum             Summary
	conns, personas map[string]bool
}

// Add counts one entry; they come in their order.
func (c *Counter) Add(e *tape.Entry) {
	if c.conns == nil {
		c.conns, c.personas, c.sum.From = map[string]bool{}, map[string]bool{}, e.Time
	}
	c.sum.Until = e.Time
	if e.Conn != "" {
		c.conns[e.Conn] = true
	}
	if e.Persona != "" && !c.personas[e.Persona] {
		c.personas[e.Persona] = true
		c.sum.Personas = append(c.sum.Personas, e.Persona)
	}
	if !e.IsMessage() {
		return
	}
	c.sum.Messages++
	if e.Name == "" {
		c.sum.Unknown++
	}
}

// Summary is what has been counted; cut tells that the end of the recording is missing.
func (c *Counter) Summary(cut bool) Summary {
	s := c.sum
	s.Connections, s.Cut = len(c.conns), cut
	s.Personas = append([]string{}, s.Personas...)
	return s
}
