package room_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// BenchmarkRelayFrame sends one position frame through a race of six and waits until
// the fifth of the others has it whole: reading, decryption, decoding, addressing,
// encoding, five encryptions, five writes. The clients allocate nothing either, so
// allocs/op is what a relayed frame costs the server.
func BenchmarkRelayFrame(b *testing.B) {
	b.Run("unwatched", func(b *testing.B) { benchRelayFrame(b, newRecorderOff(b)) })
	b.Run("recorded", func(b *testing.B) { benchRelayFrame(b, newRecorderOn(b)) })
}

func benchRelayFrame(b *testing.B, watch func(*gateway.Options)) {
	tr := newTrackOn(b, nil, func(ln net.Listener) net.Listener { return ln }, watch)
	var ps []apptest.Player
	for _, name := range []string{"AAA", "BBB", "CCC", "DDD", "EEE", "FFF"} {
		ps = append(ps, tr.player(name))
	}
	tr.race(1000, "race", ps)
	var others []net.Conn
	var first *apptest.Client
	for i, p := range ps {
		c := tr.enter(p, 9000)
		if i == 0 {
			first = c
			continue
		}
		others = append(others, c.Conn)
	}
	sealer := nps.NewLobbySealer()
	require.NoError(b, sealer.Secure(ps[0].Key))
	body, err := nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: ps[0].Persona, User: ps[0].Persona, Blob: make5(41)}).AppendBody(nil)
	require.NoError(b, err)
	frame := wire.Frame{Number: nps.RelayNotSingle.Number, Body: body}
	// What arrives: envelope and header of 4 bytes each, channel and sender, the blob,
	// filled to whole blocks.
	size := 4 + (4+8+41+7)/8*8
	in, out := make([]byte, size), make([]byte, 0, 256)
	relay := func() {
		tr.Pass(time.Second) // out of the way of the limit per second
		if out, err = sealer.Seal(out[:0], frame); err != nil {
			b.Fatal(err)
		}
		if _, err = first.Conn.Write(out); err != nil {
			b.Fatal(err)
		}
		for _, o := range others {
			if _, err = io.ReadFull(o, in); err != nil {
				b.Fatal(err)
			}
		}
	}
	for range 100 { // buffers and pools are filled
		relay()
	}
	b.ReportAllocs()
	for b.Loop() {
		relay()
	}
}

// make5 is a position blob of n bytes.
func make5(n int) []byte {
	blob := make([]byte, n)
	blob[0] = 5
	return blob
}
