package nps_test

import (
	"testing"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// The hot path of a race: a position packet comes in, its filter goes, it goes out.
func BenchmarkRelay(b *testing.B) {
	in, out := nps.NewLobbySealer(), nps.NewLobbySealer()
	open := nps.NewLobbyOpener(nps.DefaultLobbyCap)
	check(b, in.Secure(testKey))
	check(b, out.Secure(testKey))
	check(b, open.Secure(testKey))
	var blob [48]byte
	sent := nps.RelayUserBody{Sender: 21, User: 21, Blob: blob[:]}
	var received nps.RelayUserBody
	var forward nps.RelayBody
	buf, raw, sealed := make([]byte, 0, 128), make([]byte, 0, 128), make([]byte, 0, 128)
	b.ReportAllocs()
	for b.Loop() {
		body, err := nps.RelayNotSingle.With(&sent).AppendBody(buf)
		check(b, err)
		raw, err = in.Seal(raw[:0], wire.Frame{Number: 0x97, Body: body})
		check(b, err)
		f, err := open.Open(raw)
		check(b, err)
		_, err = nps.RelayNotSingle.Layout().Decode(f.Body, &received)
		check(b, err)
		forward = nps.RelayBody{Comm: received.Comm, Sender: received.Sender, Blob: received.Blob}
		p, _ := nps.Delivered(f.Number, &forward)
		body, err = p.AppendBody(buf)
		check(b, err)
		sealed, err = out.Seal(sealed[:0], wire.Frame{Number: p.Message.Number, Body: body})
		check(b, err)
	}
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}
