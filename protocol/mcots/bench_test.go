package mcots

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// benchSizes are a short request and a whole car.
var benchSizes = map[string]int{"request": 8, "car": 3065}

func BenchmarkSeal(b *testing.B) {
	for name, size := range benchSizes {
		b.Run(name, func(b *testing.B) {
			s := securedSealer(b)
			dst, f := make([]byte, 0, 4096), wire.Frame{Number: 123, Seq: 1, Body: make([]byte, size)}
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := s.Seal(dst, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, size := range benchSizes {
		b.Run(name, func(b *testing.B) {
			o := securedOpener(b)
			raw := seal(b, securedSealer(b), wire.Frame{Number: 123, Seq: 1, Body: make([]byte, size)})
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := o.Size(raw); err != nil {
					b.Fatal(err)
				}
				if _, err := o.Open(raw); err != nil { // garbage after the first round, at the same price
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeGenericRequest(b *testing.B) {
	body := unhex("15000000 00000000")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := MsgGetPlayerInfo.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeVehicleInfo(b *testing.B) {
	p := MsgVehicleInfo.With(&VehicleInfo{PlayerID: 21, Vehicle: Vehicle{VehicleID: 1, SkinID: 47}, Parts: make([]Part, 40)})
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.AppendBody(dst); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeLobbies(b *testing.B) {
	p := MsgLobbies.With(&Lobbies{Lobbies: make([]LobbyInfo, 6)})
	dst, err := p.AppendBody(nil)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.AppendBody(dst[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
