package mcots

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

const testLimit = 64 << 10

// securedOpener gives an Opener at key stream offset 0.
func securedOpener(t testing.TB) *Opener {
	t.Helper()
	o := NewOpener(testLimit)
	require.NoError(t, o.Secure(testKey))
	return o
}

func securedSealer(t testing.TB) *Sealer {
	t.Helper()
	s := NewSealer()
	require.NoError(t, s.Secure(testKey))
	return s
}

func seal(t testing.TB, s *Sealer, f wire.Frame) []byte {
	t.Helper()
	raw, err := s.Seal(nil, f)
	require.NoError(t, err)
	return raw
}

func TestOpenCapturedFrames(t *testing.T) {
	o := NewOpener(testLimit)
	f, err := o.Open(unhex(`3100544f4d430100000000
		b6016cb45400150000000000000000000000000000000044722042726f776e000000000071170000`))
	require.NoError(t, err)
	assert.Equal(t, uint16(438), f.Number)
	assert.Equal(t, uint32(1), f.Seq)
	assert.True(t, f.Plain)
	assert.False(t, f.Last || f.Heartbeat)
	c, err := MsgConnect.Decode(f.Body)
	require.NoError(t, err)
	assert.Equal(t, Connect{CustomerID: 5551212, PersonaID: 21, PersonaName: "Dr Brown", ClientVersion: 6001}, *c)

	require.NoError(t, o.Secure(testKey))
	f, err = o.Open(unhex("3000544f4d430300000008d1fe456bd56d720f06ac2f7981a708e41bf69bbca24249aa1213d69f0fc70900da9e327aa91af6"))
	require.NoError(t, err)
	assert.Equal(t, wire.Frame{
		Number: 105, Seq: 3,
		Body: unhex("6cb454001500000000000000000000000000000044722042726f776e000000000071170000"),
	}, f)

	f, err = o.Open(unhex("1300544f4d4305000000083cb9c0693db0be0ba375"))
	require.NoError(t, err)
	assert.Equal(t, wire.Frame{Number: 324, Seq: 5, Body: make([]byte, 8)}, f, "the key stream goes on at offset 39")
}

func TestSealCapturedFrames(t *testing.T) {
	s := NewSealer()
	raw := seal(t, s, wire.Frame{Number: 101, Seq: 1, Plain: true, Body: encode(t, Accept(MsgConnect.Message))[2:]})
	assert.Equal(t, unhex("1900 544f4d43 01000000 00 6500 b601 00000000 00000000 00000000"), raw)

	require.NoError(t, s.Secure(testKey))
	buf := make([]byte, 3, 256)
	raw, err := s.Seal(buf, wire.Frame{Number: 213, Seq: 3, Body: image(70, put{0, "b2e06369 0101"}, put{30, "05"})})
	require.NoError(t, err)
	assert.Equal(t, append(make([]byte, 3), unhex(`5100544f4d430300000008
		6dfe9b3fe204660e06ac2f7981a708e41bf69bbca2420dd83251a4f078a90900df9e320bbe1af678b8c0693db0be0ba3
		751a97956f9b279be16f5e34f0300404d1eadec9d4b5f3bd`)...), raw)
	assert.Same(t, &buf[0], &raw[0], "room in dst is used")
}

func TestFlags(t *testing.T) {
	body := unhex("01000000 00000000")
	tests := []struct {
		name    string
		secured bool
		frame   wire.Frame
		flags   byte
	}{
		{"before the key", false, wire.Frame{Number: 141, Seq: 1, Body: body, Plain: true}, 0},
		{"encrypted", true, wire.Frame{Number: 106, Seq: 9, Body: body}, 0x08},
		{"outside the encryption", true, wire.Frame{Number: 106, Seq: 9, Body: body, Plain: true}, 0},
		{"last", true, wire.Frame{Number: 102, Seq: 9, Body: body, Last: true}, 0x18},
		{"heartbeat", true, wire.Frame{Seq: 9, Body: body, Heartbeat: true, Plain: true}, 0x80},
		{"empty heartbeat", true, wire.Frame{Seq: 9, Body: []byte{}, Heartbeat: true, Plain: true}, 0x80},
		{"no body", true, wire.Frame{Number: 106, Seq: 9, Body: []byte{}}, 0x08},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, o := NewSealer(), NewOpener(testLimit)
			if tt.secured {
				s, o = securedSealer(t), securedOpener(t)
			}
			raw := seal(t, s, tt.frame)
			assert.Equal(t, tt.flags, raw[10])
			assert.Equal(t, len(raw)-2, int(binary.LittleEndian.Uint16(raw)))
			got, err := o.Open(raw)
			require.NoError(t, err)
			assert.Equal(t, tt.frame, got)
		})
	}
}

// TestEachFrameByItsOwnFlag mixes plain, encrypted and heartbeat frames: only
// encrypted ones may move the key stream, and a heartbeat never is one, whatever
// its other flags or the sender's wish.
func TestEachFrameByItsOwnFlag(t *testing.T) {
	frames := []wire.Frame{
		{Number: 105, Seq: 3, Body: []byte("first")},
		{Number: 141, Seq: 4, Body: []byte("in clear"), Plain: true},
		{Seq: 5, Body: []byte("beat"), Heartbeat: true},
		{Number: 106, Seq: 6, Body: []byte("second")},
	}
	s, o := securedSealer(t), securedOpener(t)
	reference := cipher.NewRC4(testKey.RC4Key())
	for _, f := range frames {
		raw := seal(t, s, f)
		switch {
		case f.Heartbeat:
			assert.Equal(t, byte(flagHeartbeat), raw[flagsAt])
			raw[flagsAt] |= byte(flagEncrypted | flagCompressed)
			f.Plain = true
		case !f.Plain:
			plain := append(binary.LittleEndian.AppendUint16(nil, f.Number), f.Body...)
			reference.XOR(plain, plain)
			assert.Equal(t, plain, raw[headerSize:])
		}
		got, err := o.Open(raw)
		require.NoError(t, err)
		assert.Equal(t, f, got)
	}
}

func TestUnknownAndTransportFlagsAreIgnored(t *testing.T) {
	f, err := NewOpener(testLimit).Open(unhex("1300 544f4d43 01000000 65 8d00 08000000 00000000")) // 0x01, 0x04, 0x20, 0x40
	require.NoError(t, err)
	assert.Equal(t, uint16(141), f.Number)
	assert.Len(t, f.Body, 8)
}

func TestBadFrames(t *testing.T) {
	tests := []struct {
		name string
		raw  string
		err  error
	}{
		{"length below the header", "0800 544f4d43 01000000", ErrLength},
		{"bad signature", "1300 544f4d44 01000000 00 8d00 08000000 00000000", ErrSignature},
		{"other protocol", "474554202f20485454502f312e310d0a", ErrSignature},
		{"cut", "1300 544f4d43 01000000 00 8d00 08000000 000000", ErrLength},
		{"header cut", "0900 544f4d43 010000", ErrLength},
		{"two frames", "0b00 544f4d43 01000000 00 8d00 0b00 544f4d43 01000000 00 8d00", ErrLength},
		{"nothing", "", ErrLength},
		{"no body", "0900 544f4d43 01000000 00", ErrBody},
		{"half a number", "0a00 544f4d43 01000000 00 8d", ErrBody},
		{"encrypted without key", "1300 544f4d43 01000000 08 8d00 08000000 00000000", ErrNotSecured},
		{"compressed, no prefix", "0a00 544f4d43 01000000 02 0d", ErrBody},
		{"compressed, no stream", "0b00 544f4d43 01000000 02 0d00", ErrBody},
		{"compressed, bad stream", "1100 544f4d43 01000000 02 0d00 0704 82 24 25 8f", ErrBody},
		{"compressed, cut stream", "1100 544f4d43 01000000 02 0d00 0004 82 24 25 8f", ErrBody},
		{"compressed, more than the prefix says", "1300 544f4d43 01000000 02 0c00 00 04 82 24 25 8f 80 7f", ErrBody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewOpener(testLimit).Open(unhex(tt.raw))
			require.ErrorIs(t, err, tt.err)
		})
	}
}

func TestCompressedBody(t *testing.T) {
	// The stream 00 04 82 24 25 8f 80 7f is a published example: "AIAIAIAIAIAIA".
	for _, prefix := range []string{"0d00", "0e00", "ffff"} { // exact and generous
		f, err := NewOpener(testLimit).Open(unhex("1300 544f4d43 07000000 06" + prefix + "00 04 82 24 25 8f 80 7f"))
		require.NoError(t, err)
		assert.Equal(t, wire.Frame{Number: 0x4941, Seq: 7, Plain: true, Body: []byte("AIAIAIAIAIA")}, f)
	}
	_, err := NewOpener(testLimit).Open(unhex("0f00 544f4d43 01000000 02 0000 00 04 01 ff"))
	require.ErrorIs(t, err, ErrBody, "an empty stream holds no message number")
}

func TestCompressedRoundTrip(t *testing.T) {
	s, o := securedSealer(t), securedOpener(t)
	s.CompressFrom(100)
	frames := []struct {
		body       []byte
		compressed bool
	}{
		{bytes.Repeat([]byte("map "), 5000), true},
		{make([]byte, 97), false},
		{make([]byte, 98), true},
		{make([]byte, 65533), true},
	}
	for i, tt := range frames {
		want := wire.Frame{Number: 234, Seq: uint32(i + 1), Body: tt.body}
		raw := seal(t, s, want)
		assert.Equal(t, tt.compressed, raw[10]&0x02 != 0)
		if tt.compressed {
			assert.Less(t, len(raw), headerSize+2+len(tt.body))
		}
		got, err := o.Open(raw)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	s.CompressFrom(0)
	assert.Equal(t, byte(0x08), seal(t, s, wire.Frame{Number: 234, Body: make([]byte, 500)})[10])

	s.CompressFrom(1)
	_, err := s.Seal(nil, wire.Frame{Number: 234, Body: make([]byte, 65534)})
	require.ErrorIs(t, err, ErrLength)
}

func TestLargestBody(t *testing.T) {
	s, o := securedSealer(t), NewOpener(MaxFrame)
	require.NoError(t, o.Secure(testKey))
	dst := []byte{1, 2, 3}
	out, err := s.Seal(dst, wire.Frame{Number: 1, Body: make([]byte, MaxBody-1)})
	require.ErrorIs(t, err, ErrLength)
	assert.Equal(t, dst, out)

	want := wire.Frame{Number: 1, Seq: 2, Body: make([]byte, MaxBody-2)}
	raw := seal(t, s, want)
	assert.Len(t, raw, MaxFrame)
	got, err := o.Open(raw)
	require.NoError(t, err, "the refused frame has not moved the cipher")
	assert.Equal(t, want, got)
}

// TestSecureAgain starts both directions anew in the middle of a stream.
func TestSecureAgain(t *testing.T) {
	o, s := securedOpener(t), securedSealer(t)
	want := wire.Frame{Number: 105, Seq: 3, Body: []byte("first")}
	first := seal(t, s, want)
	_, err := o.Open(bytes.Clone(first))
	require.NoError(t, err)
	require.NoError(t, o.Secure(testKey))
	require.NoError(t, s.Secure(testKey))
	again := seal(t, s, want)
	assert.Equal(t, first, again, "offset 0 of the key stream")
	got, err := o.Open(again)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestSize(t *testing.T) {
	o := NewOpener(100)
	tests := []struct {
		buf  string
		size int
		err  error
	}{
		{"", 0, nil},
		{"13", 0, nil},
		{"1300", 0, nil},
		{"1300 544f4d", 0, nil},
		{"1300 544f4d43", 21, nil},
		{"1300 544f4d43 01000000 00 8d00 08000000 00000000 1300", 21, nil},
		{"0900 544f4d43", 11, nil},
		{"6200 544f4d43", 100, nil},
		{"6300", 0, ErrLength},
		{"ffff", 0, ErrLength},
		{"0800", 0, ErrLength},
		{"1300 55", 0, ErrSignature},
		{"1300 544f4d00", 0, ErrSignature},
	}
	for _, tt := range tests {
		size, err := o.Size(unhex(tt.buf))
		assert.Equal(t, tt.size, size, tt.buf)
		assert.ErrorIs(t, err, tt.err, tt.buf)
	}
}

// TestClientSequence follows the captured sessions: "s" is a frame sent, with the
// sequence it carried, "r" a frame received.
func TestClientSequence(t *testing.T) {
	tests := []struct {
		name   string
		events []int // positive: sent with this sequence, 0: received
	}{
		{"main session", []int{
			1, 0, 3, 0, 5, 0, 0, 8, 0, 0xA, 0, 0xC, 0, 0xE, 0, 0x10, 0, 0x12, 0, 0x14, 0, 0x16, 0x17, 0, 0x19, 0x1A, 0, 0x1C, 0x1D,
		}},
		{"requests ahead of replies", []int{1, 0, 3, 4, 5, 0, 0, 8}},
	}
	for _, tt := range tests {
		var s ClientSequence
		for i, event := range tt.events {
			if event == 0 {
				s.Received()
				continue
			}
			assert.Equal(t, uint32(event), s.Next(), "%s, event %d", tt.name, i)
		}
	}
}
