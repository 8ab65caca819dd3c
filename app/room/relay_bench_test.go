package room_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// The rooms of BenchmarkRelayRooms.
const (
	benchRooms  = 50
	benchRacers = 6
	benchHz     = 20
	benchFrames = 3 * benchHz // of each racer
)

// BenchmarkRelayRooms lets 50 rooms of 6 players send positions 20 times a second
// for three seconds over loopback, all in this process. It reports two times of
// every frame: inside the server, from the read that brought it to the end of the
// last member's write, and end to end, from before the sender's write until each
// receiver's read. Nothing is decoded while it runs: clients keep the bytes, and the
// moments are looked up afterwards. It does so with nobody watching, and with
// everything recorded to a file and shown live, as by the console's page.
func BenchmarkRelayRooms(b *testing.B) {
	b.Run("unwatched", func(b *testing.B) { benchRelayRooms(b, newRecorderOff(b)) })
	b.Run("recorded", func(b *testing.B) { benchRelayRooms(b, newRecorderOn(b)) })
}

func benchRelayRooms(b *testing.B, watch func(*gateway.Options)) {
	rec := newRecorder()
	tr := newTrackOn(b, nil, rec.wrap, watch)
	var rooms [benchRooms][]*benchRacer
	var all []*benchRacer
	for r := range rooms {
		var ps []apptest.Player
		for i := range benchRacers {
			ps = append(ps, tr.player(fmt.Sprintf("P%d", len(all)+i)))
		}
		tr.race(uint32(1000+r), fmt.Sprintf("race %d", r), ps)
		for _, p := range ps {
			c := tr.enter(p, 9000)
			racer := newBenchRacer(b, p, c.Conn, rec.of(c.Conn))
			rooms[r], all = append(rooms[r], racer), append(all, racer)
		}
	}
	for b.Loop() {
		tr.Pass(time.Second) // out of the way of the limit per second
		for _, r := range all {
			r.rewind(b)
		}
		runtime.GC() // the players' logins are not to be paid for by their frames
		var wg sync.WaitGroup
		for i, r := range all {
			wg.Go(r.receive)
			wg.Go(func() { // no two clients tick in step
				r.send(time.Duration(i) * time.Second / benchHz / time.Duration(len(all)))
			})
		}
		wg.Wait()
		var inside, across []time.Duration
		for _, room := range rooms {
			in, ac := measure(b, room)
			inside, across = append(inside, in...), append(across, ac...)
		}
		report(b, "inside", inside)
		report(b, "across", across)
		b.ReportMetric(float64(len(inside)), "frames")
	}
}

func report(b *testing.B, name string, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[p*(len(took)-1)/100].Microseconds()), fmt.Sprintf("%s-p%d-µs", name, p))
	}
}

// benchRacer is one player of the benchmark.
type benchRacer struct {
	apptest.Player
	conn   net.Conn
	server *taped
	sealer *nps.LobbySealer
	opener *nps.LobbyOpener
	body   []byte      // of the next frame; its blob ends with the frame's number
	frame  []byte      // sealed
	sent   []time.Time // before the write of each frame
	got    []byte
	read   tape
	failed error
}

func newBenchRacer(b *testing.B, p apptest.Player, conn net.Conn, server *taped) *benchRacer {
	b.Helper()
	r := &benchRacer{Player: p, conn: conn, server: server, sealer: nps.NewLobbySealer(), opener: nps.NewLobbyClientOpener(1 << 16)}
	require.NoError(b, r.sealer.Secure(p.Key))
	require.NoError(b, r.opener.Secure(p.Key))
	var err error
	r.body, err = nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: p.Persona, User: p.Persona, Blob: make5(41)}).AppendBody(nil)
	require.NoError(b, err)
	return r
}

// delivered is the size on the wire of a frame that arrives: envelope and header of
// 4 bytes each, channel and sender, the blob, filled to whole blocks.
const delivered = 4 + (4+8+41+7)/8*8

func (r *benchRacer) rewind(b *testing.B) {
	b.Helper()
	require.NoError(b, r.conn.SetDeadline(time.Now().Add(30*time.Second)))
	r.server.in.rewind(benchFrames)
	r.server.out.rewind(benchFrames * benchRacers)
	r.read.rewind(benchFrames * benchRacers)
	r.sent = slices.Grow(r.sent[:0], benchFrames)
	r.got = make([]byte, benchFrames*(benchRacers-1)*delivered)
}

func (r *benchRacer) receive() {
	for at := 0; at < len(r.got); {
		n, err := r.conn.Read(r.got[at:])
		if err != nil {
			r.failed = err
			return
		}
		at += n
		r.read.note(n)
	}
}

func (r *benchRacer) send(after time.Duration) {
	time.Sleep(after)
	tick := time.NewTicker(time.Second / benchHz)
	defer tick.Stop()
	for i := range benchFrames {
		<-tick.C
		binary.BigEndian.PutUint32(r.body[len(r.body)-4:], uint32(i))
		r.sent = append(r.sent, time.Now())
		var err error
		r.frame, err = r.sealer.Seal(r.frame[:0], wire.Frame{Number: nps.RelayNotSingle.Number, Body: r.body})
		if err == nil {
			_, err = r.conn.Write(r.frame)
		}
		if err != nil {
			return // the receivers miss it
		}
	}
}

// measure finds the frames of one room on the tapes.
func measure(b *testing.B, room []*benchRacer) (inside, across []time.Duration) {
	b.Helper()
	senders := map[uint32]*benchRacer{}
	last := map[uint32][]time.Time{} // the end of the last write of each frame, by sender
	for _, r := range room {
		require.NoError(b, r.failed, "%s got not every frame", r.Name)
		senders[r.Persona] = r
		last[r.Persona] = make([]time.Time, benchFrames)
		for r.server.out.passed() < len(r.got) { // a write has its mark after the client has its bytes
			runtime.Gosched()
		}
	}
	for _, r := range room {
		for end := delivered; end <= len(r.got); end += delivered {
			f, err := r.opener.Open(r.got[end-delivered : end])
			require.NoError(b, err)
			body, err := nps.RelayAll.Decode(f.Body) // the form in which all are delivered
			require.NoError(b, err)
			sender, number := body.Sender, binary.BigEndian.Uint32(body.Blob[37:])
			across = append(across, r.read.at(end).Sub(senders[sender].sent[number]))
			if at := r.server.out.at(end); at.After(last[sender][number]) {
				last[sender][number] = at
			}
		}
	}
	for _, r := range room {
		for i, at := range last[r.Persona] {
			inside = append(inside, at.Sub(r.server.in.at((i+1)*len(r.frame))))
		}
	}
	return inside, across
}
