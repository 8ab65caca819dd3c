package play

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/natefinch/atomic"
)

// Memory is what the tray knows of the player from one start to the next. It lies in
// a small file; one that cannot be read is forgotten, as it holds nothing that the
// player could not answer again.
type Memory struct {
	path string

	mu   sync.Mutex
	data remembered
}

type remembered struct {
	Game Choice `json:"game"`
	// Visited are the servers whose sign-up page was offered.
	Visited []string `json:"visited,omitempty"`
}

// Choice names an installation.
type Choice struct {
	Prefix string `json:"prefix,omitempty"` // Wine prefix, "" on Windows
	Dir    string `json:"dir"`              // Windows path
}

// OpenMemory reads the file at path; it need not exist.
func OpenMemory(path string) *Memory {
	m := &Memory{path: path}
	text, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(text, &m.data) != nil {
		m.data = remembered{}
	}
	return m
}

// Game is the chosen installation; its Dir is "" when none was chosen.
func (m *Memory) Game() Choice {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.data.Game
}

// Choose keeps the choice of an installation.
func (m *Memory) Choose(c Choice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data.Game = c
	return m.save()
}

// Visited tells whether the sign-up page of a server was offered already.
func (m *Memory) Visited(server string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.data.Visited, server)
}

// maxVisited bounds the list; the oldest are forgotten.
const maxVisited = 100

// Visit keeps that the sign-up page of a server was offered.
func (m *Memory) Visit(server string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.data.Visited, server) {
		return nil
	}
	m.data.Visited = append(m.data.Visited, server)
	m.data.Visited = m.data.Visited[max(0, len(m.data.Visited)-maxVisited):]
	return m.save()
}

func (m *Memory) save() error {
	text, err := json.MarshalIndent(m.data, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
		return err
	}
	return atomic.WriteFile(m.path, bytes.NewReader(append(text, '\n')))
}
