package room_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mcos/app/apptest"
	"mcos/protocol/nps"
)

// BenchmarkRelayRooms lets 50 rooms of 6 players send positions 20 times a second
// for three seconds over loopback, all in this process, and reports the time from
// a sender's write to a receiver's decoded message: an upper bound of what the
// server adds.
func BenchmarkRelayRooms(b *testing.B) {
	const rooms, racers, hz = 50, 6, 20
	tr := newTrack(b, nil)
	type racer struct {
		apptest.Player
		c *apptest.Client
	}
	var all []racer
	for r := range rooms {
		var ps []apptest.Player
		for i := range racers {
			ps = append(ps, tr.player(fmt.Sprintf("P%d", len(all)+i)))
		}
		tr.race(uint32(1000+r), fmt.Sprintf("race %d", r), ps)
		for _, p := range ps {
			all = append(all, racer{p, tr.enter(p, 9000)})
		}
	}
	for b.Loop() {
		var mu sync.Mutex
		var took []time.Duration
		var wg sync.WaitGroup
		const want = 3 * hz
		for i, r := range all {
			wg.Go(func() { // receiver
				mine := make([]time.Duration, 0, want*(racers-1))
				for range want * (racers - 1) {
					f := r.c.Next()
					sent := int64(binary.BigEndian.Uint64(f.Body[9:]))
					mine = append(mine, time.Duration(time.Now().UnixNano()-sent))
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, mine...)
			})
			wg.Go(func() { // sender; no two clients tick in step
				time.Sleep(time.Duration(i) * time.Second / hz / time.Duration(len(all)))
				tick := time.NewTicker(time.Second / hz)
				defer tick.Stop()
				blob := make([]byte, 41)
				blob[0] = 5
				for range want {
					<-tick.C
					binary.BigEndian.PutUint64(blob[1:], uint64(time.Now().UnixNano()))
					r.c.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: r.Persona, User: r.Persona, Blob: blob}))
				}
			})
		}
		wg.Wait()
		slices.Sort(took)
		at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Microseconds()) }
		b.ReportMetric(at(0.5), "p50-µs")
		b.ReportMetric(at(0.99), "p99-µs")
		b.ReportMetric(float64(len(took)), "frames")
	}
}
