package mcots

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// requestSeeds are real and constructed requests, number included.
var requestSeeds = []string{
	"b6016cb45400150000000000000000000000000000000044722042726f776e000000000071170000",
	"69006cb45400e80300000800000068000000290000005275737479000000000000000071170000",
	"69006cb45400ed5f840008000000690000007503000044722042726f776e000000000071170000", // a rust paint
	"6d0001044d6172747900000000000000000000000000000000000000000000000000",
	"0a01ed5f84001b000000a7f2ffffa5ceffffffffffff5252d4ff",
	"8d000800000000000000",
	"6a000000000000000000",
	"44010000000000000000",
	"91000100000000000000",
	"6d000201474152414745310003000000370000343200000000000000000000000000",
	"0a0115000000050000000d45acffa5ceffffffffffff00d8ffff",
	"4001e803000000000000",
	"8e0008000000680000002900000000000000",
	"b2000000000002000e0000000f000000",
	"b500671200000f00000001000000",
	"e600020000006400000000000000000000000000000000000000000000040200040000010001000000000000000000000000",
	"da0058000000010000000300",
	"e8005800000015000000010000000100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000800000000000000",
	"ea005700bebafeca15000000801600008005000040000000000004000000aabbccdd",
	"f0005800000002001001000011010000321e",
	"f10058000000050001000000000000190200000000000032",
	"b201678a000058000000f37ab814afa53c9e13eaf01d15000000e069dec51d9959ae00000000",
	"b80100003236",
	"ec014661737420616e64206661697200",
}

// FuzzDecode decodes any body as any request: no panic, and what was decoded
// survives being written and read again.
func FuzzDecode(f *testing.F) {
	var requests []*wire.Message
	index := map[uint16]int{}
	for _, m := range Registry.All() {
		if m.Dir == wire.ToServer {
			index[m.Number] = len(requests)
			requests = append(requests, m)
		}
	}
	for _, seed := range requestSeeds {
		raw := unhex(seed)
		f.Add(uint8(index[uint16(raw[0])|uint16(raw[1])<<8]), raw[numberSize:])
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		m := requests[int(which)%len(requests)]
		again, err := recodeErr(m, body)
		if err != nil {
			var where *wire.Error
			require.ErrorAs(t, err, &where)
			return
		}
		assert.Equal(t, again, recode(t, m, again), m.String())
		useBody(t, m, body)
	})
}

// useBody calls what the structs offer beyond their fields.
func useBody(t *testing.T, m *wire.Message, body []byte) {
	v := bodies[m.Layout().Type()]()
	_, err := m.Layout().Decode(body, v)
	require.NoError(t, err)
	switch v := v.(type) {
	case *RepairParts:
		if _, ids, ok := v.Targets(); ok {
			assert.LessOrEqual(t, 4*len(ids), len(body))
		}
	case *InstallPart:
		v.Attachment()
	case *InRaceDamage:
		parts, _ := v.Parts()
		assert.LessOrEqual(t, len(parts)*damageSlotSize, len(v.Slots))
	case *PostRaceDamage:
		assert.LessOrEqual(t, 8*len(v.Parts()), len(v.Records))
	case *CRCPreRace:
		v.FirstPlayer()
	}
}

// FuzzFrames feeds any stream in pieces of any size: no panic, no frame beyond
// the limit, and the same frames and error as in one piece.
func FuzzFrames(f *testing.F) {
	stream, _ := mixedStream(f)
	f.Add(stream, true, uint16(7))
	f.Add(stream, false, uint16(1))
	f.Add(unhex("1300 544f4d43 01000000 00 8d00 08000000 00000000"), false, uint16(5))
	f.Add(unhex("1300 544f4d43 07000000 06 0d00 00 04 82 24 25 8f 80 7f"), false, uint16(3))
	f.Add(unhex("3000544f4d430300000008d1fe456bd56d720f06ac2f7981a708e41bf69bbca24249aa1213d69f0fc70900da9e327aa91af6"), true, uint16(20))
	f.Fuzz(func(t *testing.T, stream []byte, secured bool, step uint16) {
		opener := func() *Opener {
			if secured {
				return securedOpener(t)
			}
			return NewOpener(testLimit)
		}
		whole := reader{opener: opener()}
		wholeErr := whole.feed(stream)
		pieces := reader{opener: opener()}
		var pieceErr error
		for rest := stream; len(rest) > 0 && pieceErr == nil; {
			n := min(max(1, int(step)), len(rest))
			pieceErr = pieces.feed(rest[:n])
			rest = rest[n:]
		}
		assert.Equal(t, whole.frames, pieces.frames)
		assert.Equal(t, wholeErr == nil, pieceErr == nil)
		for _, frame := range whole.frames {
			assert.LessOrEqual(t, len(frame.Body), maxExploded)
		}
	})
}

// FuzzRoundTrip seals any frame and opens it again.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint16(105), uint32(3), []byte("body"), true, false, false, uint16(0))
	f.Add(uint16(234), uint32(3), bytes.Repeat([]byte("map"), 100), false, true, false, uint16(10))
	f.Add(uint16(0), uint32(9), []byte{}, true, false, true, uint16(1))
	f.Fuzz(func(t *testing.T, number uint16, seq uint32, body []byte, plain, last, heartbeat bool, compress uint16) {
		s, o := securedSealer(t), NewOpener(MaxFrame)
		require.NoError(t, o.Secure(testKey))
		s.CompressFrom(int(compress))
		want := wire.Frame{Number: number, Seq: seq, Body: body, Plain: plain || heartbeat, Last: last, Heartbeat: heartbeat}
		if heartbeat {
			want.Number = 0
		}
		raw, err := s.Seal(nil, want)
		if err != nil {
			require.ErrorIs(t, err, ErrLength)
			return
		}
		size, err := o.Size(raw)
		require.NoError(t, err)
		require.Equal(t, len(raw), size)
		got, err := o.Open(raw)
		require.NoError(t, err)
		if len(body) == 0 {
			got.Body = body
		}
		assert.Equal(t, want, got)
	})
}
