package app

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/natefinch/atomic"

	"mcos/app/config"
	"mcos/app/config/schema"
	"mcos/app/console/pages"
)

// ConfigFile says where the configuration came from, so that the console can show
// and change it.
type ConfigFile struct {
	Path    string
	Environ []string          // as os.Environ
	Flags   []schema.Override // of the command line
}

// settings shows and changes the configuration file.
type settings struct {
	file    ConfigFile
	running config.Config
	mu      sync.Mutex // one change at a time

	// The last view and what it was made of: a file may be long, and the page of
	// the settings is asked for more often than it changes.
	viewMu sync.Mutex
	text   []byte
	view   *pages.SettingsView
}

var _ pages.Settings = (*settings)(nil)

// read reads the file; one that is not there is empty.
func (s *settings) read() ([]byte, error) {
	text, err := os.ReadFile(s.file.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Settings implements pages.Settings.
func (s *settings) Settings() (pages.SettingsView, error) {
	text, err := s.read()
	if err != nil {
		return pages.SettingsView{}, err
	}
	s.viewMu.Lock()
	defer s.viewMu.Unlock()
	if s.view == nil || !bytes.Equal(s.text, text) {
		view := s.describe(text)
		s.text, s.view = text, &view
	}
	return *s.view, nil
}

// describe makes the view of a file's text.
func (s *settings) describe(text []byte) pages.SettingsView {
	view := pages.SettingsView{File: s.file.Path}
	next, result, err := config.Load(s.file.Path, text, s.file.Environ, s.file.Flags)
	if err != nil {
		view.Problem, next = err.Error(), s.running
	}
	values, running := config.Describe(next), config.Describe(s.running)
	for i, e := range config.Describe(config.Default()) {
		source, set := result.Sources[e.Path]
		shown := pages.Setting{Entry: e, Value: values[i].Default, Running: running[i].Default}
		shown.Set = set && shown.Value != e.Default
		if e.Secret {
			shown.Set = set && config.Differ(next, config.Default(), e.Path)
			shown.Waits = config.Differ(next, s.running, e.Path)
		}
		// A place in the file is its name with a line.
		if set && !strings.HasPrefix(source, s.file.Path+":") {
			shown.Fixed = source
		}
		if secretInside(e) {
			shown.Value, shown.Running, shown.Default = "", "", ""
			shown.Fixed = "a table with secrets, which is only changed in the file"
		}
		view.Entries = append(view.Entries, shown)
	}
	return view
}

// secretInside tells whether rows of a table hold secrets.
func secretInside(e schema.Entry) bool {
	return slices.ContainsFunc(e.Columns, func(c schema.Entry) bool { return c.Secret })
}

// ChangeSettings implements pages.Settings.
func (s *settings) ChangeSettings(changes map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := s.read()
	if err != nil {
		return err
	}
	changed, err := config.Edit(s.file.Path, text, changes)
	if err != nil {
		return err
	}
	// With the environment and the flags it must fit together as well.
	if _, _, err := config.Load(s.file.Path, changed, s.file.Environ, s.file.Flags); err != nil {
		return err
	}
	// A server that does not start with the change shows no page to take it back.
	if len(text) > 0 {
		if err := atomic.WriteFile(s.file.Path+".old", bytes.NewReader(text)); err != nil {
			return err
		}
	}
	return atomic.WriteFile(s.file.Path, bytes.NewReader(changed))
}

// configuration is nil when nobody said where the configuration came from.
func (a *App) configuration() pages.Settings {
	if reflect.DeepEqual(a.opts.ConfigFile, ConfigFile{}) {
		return nil
	}
	return &settings{file: a.opts.ConfigFile, running: a.opts.Config}
}
