package app

import (
	"math"
	"runtime"
	"sync"
	"time"

	"mcos/app/admin"
)

const (
	// sampleEvery is how often the overview takes a sample; it keeps one hour.
	sampleEvery = 20 * time.Second
	samples     = int(time.Hour / sampleEvery)
)

// history keeps the samples of the last hour.
type history struct {
	mu   sync.Mutex
	list []admin.Sample // the oldest first
	// The counters at the last sample.
	received, sent uint64
	at             time.Time
}

// add appends a sample whose message rates it works out from the counters.
func (h *history) add(s admin.Sample, received, sent uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if seconds := s.Time.Sub(h.at).Seconds(); !h.at.IsZero() && seconds > 0 {
		s.Received = perSecond(received-h.received, seconds)
		s.Sent = perSecond(sent-h.sent, seconds)
	}
	h.received, h.sent, h.at = received, sent, s.Time
	if len(h.list) == samples {
		h.list = append(h.list[:0], h.list[1:]...)
	}
	h.list = append(h.list, s)
}

// perSecond is a rate with one decimal.
func perSecond(n uint64, seconds float64) float64 { return math.Round(float64(n)/seconds*10) / 10 }

func (h *history) overview() admin.Overview {
	h.mu.Lock()
	defer h.mu.Unlock()
	return admin.Overview{Every: int(sampleEvery.Seconds()), Samples: append([]admin.Sample{}, h.list...)}
}

// sample notes how the server is now.
func (a *App) sample() {
	stats := a.gateway.Stats()
	s := admin.Sample{Time: a.opts.Now().UTC(), Players: a.sessions.Playing(), Races: a.races.Open(), Memory: memory()}
	for _, n := range stats.Connections {
		s.Connections += n
	}
	a.history.add(s, stats.Received, stats.Sent)
}

// memory is what this process has got from the operating system, in bytes.
func memory() uint64 {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return mem.Sys - mem.HeapReleased
}
