package record

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"mcos/app/record/tape"
)

// Subscription is a live view of the traffic, secrets overwritten.
type Subscription struct {
	filter  Filter
	c       chan tape.Entry
	dropped atomic.Uint64
	r       *Recorder
	left    int // entries that it may still get this time; the goroutine's
}

// atOnce is how many entries a subscription gets each time the queue is emptied: more
// than anybody can read, and few enough not to cost the game anything.
const atOnce = 100

// Subscribe begins to pass on what the filter chooses. buffer is how many entries
// wait for a slow reader; further ones are dropped and counted. Close it at the end.
func (r *Recorder) Subscribe(f Filter, buffer int) (*Subscription, error) {
	s := &Subscription{filter: f, c: make(chan tape.Entry, max(1, buffer)), r: r}
	return s, r.do(func() { r.subs = append(r.subs, s) })
}

// Entries gives the traffic. The channel is closed with the subscription, or when the
// server stops. The data of an entry must not be changed.
func (s *Subscription) Entries() <-chan tape.Entry { return s.c }

// Dropped counts what the reader was too slow for.
func (s *Subscription) Dropped() uint64 { return s.dropped.Load() }

// Close ends the subscription.
func (s *Subscription) Close() {
	_ = s.r.do(func() { // a closed recorder has ended it already
		if i := slices.Index(s.r.subs, s); i >= 0 {
			s.r.subs = slices.Delete(s.r.subs, i, i+1)
			close(s.c)
		}
	})
}

// passing tells whether some subscription will keep the next entry.
func (r *Recorder) passing() bool {
	return slices.ContainsFunc(r.subs, func(s *Subscription) bool { return s.left > 0 })
}

// publish passes an entry on. Its data are not used again.
func (r *Recorder) publish(e *tape.Entry) {
	for _, s := range r.subs {
		if !s.filter.match(e) || s.filter.Persona != "" && !strings.EqualFold(s.filter.Persona, e.Persona) {
			continue
		}
		if s.left == 0 {
			s.dropped.Add(1)
			continue
		}
		select {
		case s.c <- *e:
			s.left--
		default:
			s.dropped.Add(1)
		}
	}
}

// Dropped counts the messages that the recorder could not keep up with.
func (r *Recorder) Dropped() uint64 { return r.dropped.Load() }

// maxRecordings is how many recordings may run at once.
const maxRecordings = 8

// ErrTooMany says that no further recording can be started.
var ErrTooMany = fmt.Errorf("%d recordings run already; stop one first", maxRecordings)

// Start begins a recording.
func (r *Recorder) Start(o Order) (Running, error) {
	var running Running
	var err error
	failed := r.do(func() {
		if len(r.recordings) >= maxRecordings {
			err = ErrTooMany
			return
		}
		rec := &recording{order: o, conns: map[string]*seen{}}
		if err = r.open(rec); err != nil {
			return
		}
		r.recordings = append(r.recordings, rec)
		running = rec.running()
		r.o.Log.WithField("recording", rec.id).Warn("recording started" + warning(o))
	})
	if failed != nil {
		return running, failed
	}
	return running, err
}

func warning(o Order) string {
	if o.WithSecrets {
		return "; it holds passwords, tickets and keys"
	}
	return ""
}

// Stop ends the recording with this id, or all when id is empty, and tells which.
func (r *Recorder) Stop(id string) ([]Running, error) {
	stopped := []Running{}
	err := r.do(func() {
		for _, rec := range slices.Clone(r.recordings) {
			if id == "" || rec.id == id || rec.first == id {
				stopped = append(stopped, rec.running())
				r.finish(rec, "stopped by the operator")
			}
		}
	})
	return stopped, err
}

// Running tells which recordings run.
func (r *Recorder) Running() ([]Running, error) {
	list := []Running{}
	err := r.do(func() {
		for _, rec := range slices.Clone(r.recordings) { // failed takes some out
			if err := rec.flush(); err != nil {
				r.failed(rec, err)
				continue
			}
			list = append(list, rec.running())
		}
	})
	return list, err
}

func (rec *recording) running() Running {
	return Running{ID: rec.id, Order: rec.order, Began: rec.began, Messages: rec.messages}
}
