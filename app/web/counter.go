package web

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Bounds of what strangers can make the server remember or log.
const (
	maxPaths   = 256 // different unknown paths that are counted one by one
	maxLogPath = 128 // bytes of a path
)

// Count is how often one unknown path was asked for.
type Count struct {
	Path  string `json:"path"`
	Count uint64 `json:"count"`
}

// Stats are the counters since the start.
type Stats struct {
	Requests uint64 `json:"requests"`
	Unknown  uint64 `json:"unknown"` // requests for paths that are not served
	// Paths are the unknown paths, most wanted first: this is where a question of
	// the game that nobody knows yet would show up.
	Paths []Count `json:"paths"`
}

type counter struct {
	mu                sync.Mutex
	requests, unknown uint64
	paths             map[string]uint64
}

func (c *counter) add(path string, unknown bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if !unknown {
		return
	}
	c.unknown++
	if _, known := c.paths[path]; known || len(c.paths) < maxPaths {
		c.paths[path]++
	}
}

// Stats reads the counters.
func (s *Service) Stats() Stats {
	c := &s.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	st := Stats{Requests: c.requests, Unknown: c.unknown, Paths: []Count{}}
	for path, n := range c.paths {
		st.Paths = append(st.Paths, Count{path, n})
	}
	slices.SortFunc(st.Paths, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Path, b.Path))
	})
	return st
}

// logPath is the part of a path that may be logged. A client that escapes its
// question mark puts its parameters into the path, so the text ends where they
// could begin.
func logPath(path string) string {
	if i := strings.IndexAny(path, "?&=;"); i >= 0 {
		path = path[:i]
	}
	return path[:min(len(path), maxLogPath)]
}
