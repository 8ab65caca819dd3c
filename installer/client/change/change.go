// Package change makes changes to a computer that can be taken back completely:
// before anything is touched, what was there is written to an undo record and
// flushed to the disk. Everything is described by state, not by action, so applying
// and undoing may be interrupted at any point and simply be done again.
package change

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mcos/installer/client/host"
	"mcos/protocol/plain"
)

// Kind says what an Item is.
type Kind string

// The kinds of things that can be changed.
const (
	RegKey      Kind = "registry key"
	RegValue    Kind = "registry value"
	File        Kind = "file"        // content and read-only flag
	Setting     Kind = "setting"     // the line Name=value of a text file
	Moved       Kind = "moved"       // a file or folder that is at Path, or aside at Name
	WriteFlags  Kind = "write flags" // the read-only flags of all files below the folder Path
	Certificate Kind = "certificate" // trusted by the computer; Name is its thumbprint
	Feature     Kind = "feature"     // an optional part of Windows
	HostsLine   Kind = "hosts line"  // the line Name of the hosts file at Path, on or off
)

// Item is one thing on the computer, independent of its state.
type Item struct {
	Kind Kind      `json:"kind"`
	Hive host.Hive `json:"hive,omitempty"`
	View host.View `json:"view,omitempty"`
	Path string    `json:"path,omitempty"` // of the key, or of the file
	Name string    `json:"name,omitempty"`
}

// State is what an Item is like. The zero State is "not there".
type State struct {
	Present  bool     `json:"present"`
	Type     uint32   `json:"type,omitempty"` // of a registry value
	Data     []byte   `json:"data,omitempty"` // of a value, file, certificate or setting
	ReadOnly bool     `json:"read_only,omitempty"`
	Files    []string `json:"files,omitempty"` // the read-only ones, for WriteFlags
}

// Change is an Item and the State that it shall get.
type Change struct {
	Item
	Want State `json:"want"`
	// Why says in a few words what the change is for.
	Why string `json:"why,omitempty"`
}

func (i Item) key() host.Key { return host.Key{Hive: i.Hive, View: i.View, Path: i.Path} }

// id tells items apart, as Windows does: without case.
func (i Item) id() string {
	return strings.ToLower(fmt.Sprintf("%s|%s|%d|%s|%s", i.Kind, i.Hive, i.View, i.Path, i.Name))
}

// NeedsAdmin tells whether Windows asks for administrator rights for this item by
// its nature. Files depend on their folder; see the plan.
func (i Item) NeedsAdmin() bool {
	switch i.Kind {
	case RegKey, RegValue:
		return i.Hive == host.Machine
	case Certificate, Feature, HostsLine:
		return true
	}
	return false
}

// String names the item for people.
func (i Item) String() string { return plain.Line(i.name(), plain.Long) }

func (i Item) name() string {
	switch i.Kind {
	case RegKey:
		return "registry " + i.regPath()
	case RegValue:
		name := i.Name
		if name == "" {
			name = "(default)"
		}
		return "registry " + i.regPath() + " " + name
	case Setting:
		return i.Path + " " + i.Name
	case HostsLine:
		return i.Path + ` "` + i.Name + `"`
	case WriteFlags:
		return "read-only flags below " + i.Path
	case Certificate:
		return "trusted certificate " + i.Name
	case Feature:
		return "Windows feature " + i.Name
	}
	return i.Path
}

func (i Item) regPath() string {
	text := string(i.Hive) + `\` + i.Path
	if i.View == host.View64 {
		text += " (64-bit view)"
	}
	return text
}

// Describe says for people what a state of this item means.
func (i Item) Describe(s State) string { return plain.Line(i.describe(s), plain.Long) }

func (i Item) describe(s State) string {
	switch {
	case (i.Kind == Feature || i.Kind == HostsLine) && s.Present:
		return "on"
	case i.Kind == Feature, i.Kind == HostsLine && len(s.Data) == 0:
		return "off"
	case i.Kind == Moved && s.Present:
		return "in place"
	case i.Kind == Moved:
		return "set aside as " + host.Base(i.Name)
	case i.Kind == WriteFlags && len(s.Files) == 0:
		return "none"
	case i.Kind == WriteFlags:
		return fmt.Sprintf("on %d files", len(s.Files))
	case !s.Present:
		return "not there"
	case i.Kind == RegValue:
		return describeValue(host.Value{Type: s.Type, Data: s.Data})
	case i.Kind == Setting:
		return string(s.Data)
	case i.Kind == File:
		text := fmt.Sprintf("%d bytes", len(s.Data))
		if s.ReadOnly {
			text += ", read-only"
		}
		return text
	}
	return "there"
}

func describeValue(v host.Value) string {
	if n, ok := v.Number(); ok {
		return fmt.Sprintf("%d", n)
	}
	if v.Type == host.TypeSZ {
		return `"` + v.Text() + `"`
	}
	return fmt.Sprintf("type %d: %s", v.Type, hex.EncodeToString(v.Data))
}

// Equal compares two states of this item.
func (i Item) Equal(a, b State) bool {
	if i.Kind == WriteFlags {
		return slices.Equal(a.Files, b.Files)
	}
	return i.sameContent(a, b) && a.ReadOnly == b.ReadOnly
}

func (i Item) sameContent(a, b State) bool {
	switch i.Kind {
	case RegKey, Moved, Certificate, Feature:
		return a.Present == b.Present
	case WriteFlags:
		return true
	}
	return a.Present == b.Present && a.Type == b.Type && bytes.Equal(a.Data, b.Data)
}

// Read returns the item's state on a computer. An error other than "not there" is
// returned as it is.
func (i Item) Read(h host.Host) (State, error) {
	switch i.Kind {
	case RegKey:
		ok, err := h.KeyExists(i.key())
		return State{Present: ok}, err
	case RegValue:
		v, err := h.Value(i.key(), i.Name)
		return absent(State{Present: true, Type: v.Type, Data: v.Data}, err)
	case File:
		return readFile(h, i.Path)
	case Setting:
		content, err := h.Read(i.Path)
		if err != nil {
			return absent(State{}, err)
		}
		value, ok := findSetting(content, i.Name)
		return State{Present: ok, Data: value}, nil
	case Moved:
		_, err := h.Stat(i.Path)
		return absent(State{Present: true}, err)
	case HostsLine:
		return i.readHostsLine(h)
	case WriteFlags:
		files, err := readOnlyFiles(h, i.Path)
		return State{Present: true, Files: files}, err
	case Certificate:
		der, err := h.Certificate(i.Name)
		return absent(State{Present: true, Data: der}, err)
	case Feature:
		on, err := h.Feature(i.Name)
		return State{Present: on}, err
	}
	return State{}, fmt.Errorf("unknown kind of change %q", i.Kind)
}

func absent(s State, err error) (State, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	return s, nil
}

func readFile(h host.Host, path string) (State, error) {
	info, err := h.Stat(path)
	if err != nil {
		return absent(State{}, err)
	}
	if info.Dir {
		return State{}, fmt.Errorf("%s is a folder, not a file", path)
	}
	content, err := h.Read(path)
	return absent(State{Present: true, Data: content, ReadOnly: info.ReadOnly}, err)
}

// Write gives the item a state. Files behind a link are refused with host.ErrLink.
func (i Item) Write(h host.Host, s State) error {
	for _, path := range i.paths() {
		if err := h.Plain(path); err != nil {
			return err
		}
	}
	switch i.Kind {
	case RegKey:
		return i.writeKey(h, s)
	case RegValue:
		if !s.Present {
			return missingIsFine(h.DeleteValue(i.key(), i.Name))
		}
		return h.SetValue(i.key(), i.Name, host.Value{Type: s.Type, Data: s.Data})
	case File:
		return writeFile(h, i.Path, s)
	case Setting:
		return i.writeSetting(h, s)
	case Moved:
		return i.move(h, s.Present)
	case HostsLine:
		return i.writeHostsLine(h, s)
	case WriteFlags:
		return i.writeFlags(h, s)
	case Certificate:
		if !s.Present {
			return missingIsFine(h.RemoveCertificate(i.Name))
		}
		return h.AddCertificate(s.Data)
	case Feature:
		return h.SetFeature(i.Name, s.Present)
	}
	return fmt.Errorf("unknown kind of change %q", i.Kind)
}

// paths are the files and folders that are touched.
func (i Item) paths() []string {
	switch i.Kind {
	case File, Setting, WriteFlags, HostsLine:
		return []string{i.Path}
	case Moved:
		return []string{i.Path, i.Name}
	}
	return nil
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (i Item) writeKey(h host.Host, s State) error {
	if s.Present {
		return h.CreateKey(i.key())
	}
	return missingIsFine(h.DeleteKey(i.key()))
}
