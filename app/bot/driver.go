package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// maxInbox bounds the messages that are kept for whoever will look for them.
const maxInbox = 4096

// inbox keeps what the server sends on its own, over all connections of a session, until somebody looks for it.
type inbox struct {
	mu      sync.Mutex
	list    []Event
	changed chan struct{}
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

// put is a Script's OnEvent.
func (b *inbox) put(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) >= maxInbox {
		b.list = b.list[1:]
	}
	b.list = append(b.list, e)
	close(b.changed)
	b.changed = make(chan struct{})
}

// clear forgets everything.
func (b *inbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = nil
}

// find looks for the first message that matches, without taking it away.
func (b *inbox) find(match func(Event) bool) (before []Event, e Event, found bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.list {
		if match(e) {
			return append([]Event(nil), b.list[:i]...), e, true, nil
		}
	}
	return nil, Event{}, false, b.changed
}

// await waits for a message that matches, but no longer than patience, and returns it with all that came before it.
func (b *inbox) await(ctx context.Context, patience time.Duration, what string, match func(Event) bool) (before []Event, e Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		before, e, found, changed := b.find(match)
		if found {
			return before, e, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, Event{}, fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}

// take removes the first message that matches.
func (b *inbox) take(match func(Event) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.list {
		if match(e) {
			b.list = append(b.list[:i], b.list[i+1:]...)
			return
		}
	}
}

// seated is a player who stays in a room for as long as it takes: a session of Play that waits in the middle.
type seated struct {
	*Player
	inbox   *inbox
	summary *Summary
	release context.CancelFunc
	done    chan struct{}
	err     error // of Play, when done
}

var errReleased = errors.New("released")

// sit plays a session up to the room and stays there until stand or cut is called.
func sit(ctx context.Context, c *Client, script Script) (*seated, error) {
	hold, release := context.WithCancel(context.Background())
	s := &seated{inbox: newInbox(), release: release, done: make(chan struct{})}
	there := make(chan *Player, 1)
	script.OnEvent = s.inbox.put
	script.InRoom = func(ctx context.Context, p *Player) error {
		there <- p
		select {
		case <-hold.Done():
		case <-ctx.Done():
		case <-p.Lobby.Done():
			return p.Lobby.Err()
		case <-p.Room.Done():
			return p.Room.Err()
		case <-p.Transactions.Done():
			return p.Transactions.Err()
		}
		return nil
	}
	go func() {
		defer close(s.done)
		s.summary, s.err = c.Play(ctx, script)
	}()
	select {
	case s.Player = <-there:
		return s, nil
	case <-s.done:
		release()
		if s.err == nil {
			s.err = errReleased
		}
		return nil, s.err
	}
}

// stand leaves in order and waits for the end of the session.
func (s *seated) stand() error {
	s.release()
	<-s.done
	return s.err
}

// cut breaks all connections as a power failure does, and waits for the end of the session.
func (s *seated) cut() {
	for _, l := range []*link{s.Room.link, s.Transactions.link, s.Lobby.link} {
		l.cut()
	}
	s.release()
	<-s.done
}

// broken reports why the session has ended by itself, if it has.
func (s *seated) broken() error {
	select {
	case <-s.done:
		if s.err == nil {
			return ErrClosed
		}
		return s.err
	default:
		return nil
	}
}
