package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// stage is how far a racer has come. Racers of one race wait for each other at every stage.
type stage int

const (
	reserved stage = iota + 1 // has a place (230 or 218)
	inRoom                    // is in the race's room
	ready                     // has said so
	told                      // knows where the race is
	loaded                    // is on the race port
	started                   // has the go (233)
	arrived                   // has sent everything
	received                  // has got everything
	settled                   // has the results (237)
	away                      // has left the room
)

func (s stage) String() string {
	names := []string{"reserved", "in the room", "ready", "told", "on the race port", "started", "arrived", "received", "settled", "away"}
	if s < reserved || int(s) > len(names) {
		return fmt.Sprintf("stage %d", int(s))
	}
	return names[s-1]
}

var (
	errHostGone = errors.New("the host is gone")
)

// meeting is where the racers of one race wait for each other. One that has gone is not waited for any more; when the host goes
// before the start, there will be no race.
type meeting struct {
	host uint32

	mu      sync.Mutex
	at      map[uint32]stage // of those who are still there
	changed chan struct{}
}

func newMeeting(host uint32, users []uint32) *meeting {
	m := &meeting{host: host, at: map[uint32]stage{}, changed: make(chan struct{})}
	for _, u := range users {
		m.at[u] = 0
	}
	return m
}

// leave takes a racer out.
func (m *meeting) leave(user uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.at, user)
	m.wake()
}

func (m *meeting) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// present lists who is still there, in no order.
func (m *meeting) present() map[uint32]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	users := map[uint32]bool{}
	for u := range m.at {
		users[u] = true
	}
	return users
}

// reach says that a racer has come to a stage.
func (m *meeting) reach(user uint32, s stage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.at[user]; there {
		m.at[user] = s
	}
	m.wake()
}

// wait waits until everybody, or the host only, has come to a stage.
func (m *meeting) wait(ctx context.Context, s stage, onlyHost bool) error {
	for {
		done, changed, err := m.all(s, onlyHost)
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the others to be %v: %w", s, ctx.Err())
		}
	}
}

func (m *meeting) all(s stage, onlyHost bool) (bool, <-chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.at[m.host]; !there && s <= started {
		return false, nil, errHostGone
	}
	for u, at := range m.at {
		if at < s && (u == m.host || !onlyHost) {
			return false, m.changed, nil
		}
	}
	return true, nil, nil
}

// meet is reach and wait.
func (m *meeting) meet(ctx context.Context, user uint32, s stage) error {
	m.reach(user, s)
	return m.wait(ctx, s, false)
}
