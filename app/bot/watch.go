package bot

import (
	"sync"

	"mcos/protocol/nps"
)

// maxSeen bounds the sightings of one session.
const maxSeen = 1000

// watch collects what the server sends on its own over all connections of a session.
type watch struct {
	onEvent func(Event)
	running sync.WaitGroup

	mu     sync.Mutex
	names  map[uint32]string
	seen   []Sighting
	counts map[string]int
}

func (w *watch) init(onEvent func(Event)) {
	w.onEvent, w.names, w.counts, w.seen = onEvent, map[uint32]string{}, map[string]int{}, []Sighting{}
}

// know remembers a user's name.
func (w *watch) know(user uint32, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[user] = name
}

// follow reads the events of a connection until it ends.
func (w *watch) follow(events <-chan Event) {
	w.running.Go(func() {
		for e := range events {
			w.event(e)
			if w.onEvent != nil {
				w.onEvent(e)
			}
		}
	})
}

func (w *watch) event(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Message == nil {
		w.counts["unknown"]++
		return
	}
	w.counts[e.Message.Name]++
	switch body := e.Body.(type) {
	case *nps.UserJoinedBody:
		w.names[body.User] = body.Name
		w.sight(body.User, "joined")
	case *nps.UserCommBody:
		w.sight(body.User, "left")
	case *nps.RelayBody:
		w.sight(body.Sender, "said")
	}
}

func (w *watch) sight(user uint32, what string) {
	if len(w.seen) < maxSeen {
		w.seen = append(w.seen, Sighting{User: user, Name: w.names[user], What: what})
	}
}

// report waits until all connections have ended and fills in what was collected.
func (w *watch) report(s *Summary) {
	w.running.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	s.Seen, s.Events = w.seen, w.counts
}
