package nps_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// The two halves of a framing as the connections of the server use them.
type (
	opener interface {
		Size(buf []byte) (int, error)
		Open(raw []byte) (wire.Frame, error)
		Secure(key cipher.SessionKey) error
	}
	sealer interface {
		Seal(dst []byte, f wire.Frame) ([]byte, error)
		Secure(key cipher.SessionKey) error
	}
)

var testKey = cipher.SessionKey{0x3b, 0x96, 0x75, 0xea, 0x29, 0x36, 0x8d, 0x71}

// cut reads all frames of a stream that arrives in the given pieces.
func cut(t *testing.T, o opener, pieces ...[]byte) []wire.Frame {
	t.Helper()
	var frames []wire.Frame
	var buf []byte
	for _, p := range pieces {
		buf = append(buf, p...)
		for {
			size, err := o.Size(buf)
			require.NoError(t, err)
			if size == 0 || size > len(buf) {
				break
			}
			f, err := o.Open(bytes.Clone(buf[:size]))
			require.NoError(t, err)
			frames = append(frames, f)
			buf = buf[size:]
		}
	}
	require.Empty(t, buf, "bytes are left")
	return frames
}

func secured(t *testing.T, o opener) opener {
	t.Helper()
	require.NoError(t, o.Secure(testKey))
	return o
}

// A stream gives the same frames however it is cut.
func TestSegmentation(t *testing.T) {
	long := unhex(t, "0532 0010 0000 0000 00000010 0054b46c 0503 0018 0101 0000 00000018 0054b46c 00000015 0000002c 0599 000c 0101 0000 0000000c")
	short := unhex(t, "0526 0010 00000015 00000000 0001fdfe 0524 0004")
	s := nps.NewLobbySealer()
	lobby := unhex(t, "0217 0004")
	require.NoError(t, s.Secure(testKey))
	for _, f := range []wire.Frame{
		{Number: 0x30C},
		{Number: 0x128, Body: []byte{0, 0, 0, 0}},
		{Number: 0x217, Plain: true},
		{Number: 0x97, Body: bytes.Repeat([]byte{0x11, 0x01}, 33)},
	} {
		var err error
		lobby, err = s.Seal(lobby, f)
		require.NoError(t, err)
	}
	for _, c := range []struct {
		name   string
		open   func() opener
		stream []byte
		want   []uint16
	}{
		{"long", func() opener { return nps.NewLongOpener(4096) }, long, []uint16{0x532, 0x503, 0x599}},
		{"short", func() opener { return nps.NewShortOpener(4096) }, short, []uint16{0x526, 0x524}},
		{"lobby", func() opener { return secured(t, nps.NewLobbyOpener(4096)) }, lobby, []uint16{0x217, 0x30C, 0x128, 0x217, 0x97}},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := cut(t, c.open(), c.stream)
			var got []uint16
			for _, f := range whole {
				got = append(got, f.Number)
			}
			require.Equal(t, c.want, got)
			for i := 1; i < len(c.stream); i++ {
				require.Equal(t, whole, cut(t, c.open(), c.stream[:i], c.stream[i:]), "cut at byte %d", i)
			}
			single := make([][]byte, len(c.stream))
			for i := range c.stream {
				single[i] = c.stream[i : i+1]
			}
			require.Equal(t, whole, cut(t, c.open(), single...), "byte by byte")
		})
	}
}

func TestSizeRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		open opener
		hex  string
		want int // 0: refused
	}{
		{"long, shortest", nps.NewLongOpener(64), "0532000c", 12},
		{"long, below header", nps.NewLongOpener(64), "0532000b", 0},
		{"long, at cap", nps.NewLongOpener(64), "05320040", 64},
		{"long, above cap", nps.NewLongOpener(64), "05320041", 0},
		{"long client, short header", nps.NewLongClientOpener(64), "02070004", 4},
		{"long client, below header", nps.NewLongClientOpener(64), "02070003", 0},
		{"long client, above cap", nps.NewLongClientOpener(64), "0207ffff", 0},
		{"short, shortest", nps.NewShortOpener(64), "05260004", 4},
		{"short, below header", nps.NewShortOpener(64), "05260000", 0},
		{"short, above cap", nps.NewShortOpener(64), "05260041", 0},
		{"lobby, shortest", nps.NewLobbyOpener(64), "02170004", 4},
		{"lobby, below header", nps.NewLobbyOpener(64), "02170003", 0},
		{"lobby, above cap", nps.NewLobbyOpener(64), "1101ffff", 0},
		{"lobby client, at cap", nps.NewLobbyClientOpener(64), "11010040", 64},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := unhex(t, c.hex)
			for n := range 4 {
				size, err := c.open.Size(head[:n])
				require.NoError(t, err)
				require.Zero(t, size, "%d bytes tell nothing", n)
			}
			size, err := c.open.Size(head)
			if c.want == 0 {
				require.ErrorIs(t, err, nps.ErrLength)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, size)
		})
	}
}

// Open takes exactly one frame, nothing shorter and nothing longer.
func TestOpenNeedsWholeFrame(t *testing.T) {
	for name, o := range map[string]opener{
		"long": nps.NewLongOpener(64), "long client": nps.NewLongClientOpener(64), "short": nps.NewShortOpener(64), "lobby": nps.NewLobbyOpener(64),
	} {
		for _, raw := range [][]byte{nil, {2}, {2, 7, 0}, {2, 7, 0, 13}, unhex(t, "0207 000c 0101 0000 00000000 00")} {
			_, err := o.Open(raw)
			assert.ErrorIs(t, err, nps.ErrLength, "%s: %x", name, raw)
		}
	}
}

// The client side tells the two headers of 8228 apart.
func TestLongClientOpener(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		body      int
		short     bool
	}{
		{"bare", "0207 0004", 0, true},
		{"255 bytes", "0207 00ff" + zeros(251), 251, true},
		{"263 bytes, version 0", "0207 0107 0000 0000 00000107" + zeros(251), 251, false},
		{"version, checksum 0", "0607 000f 0101 0000 00000000 000005", 3, false},
		{"version, checksum", "0614 000e 0101 0000 0000000e 0000", 2, false},
		{"version, shortest", "0602 000c 0101 0000 00000000", 0, false},
		{"11 bytes", "0602 000b 0101 0000 000000", 7, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := nps.NewLongClientOpener(4096).Open(unhex(t, c.hex))
			require.NoError(t, err)
			assert.Len(t, f.Body, c.body)
			assert.Equal(t, c.short, f.Short)
		})
	}
}

func TestSealRefusesTooLong(t *testing.T) {
	lobby := nps.NewLobbySealer()
	require.NoError(t, lobby.Secure(testKey))
	keep := []byte{1, 2, 3}
	for _, c := range []struct {
		name    string
		seal    sealer
		frame   wire.Frame
		longest int
	}{
		{"long", nps.NewLongSealer(), wire.Frame{}, 65535 - 12},
		{"long, short header", nps.NewLongSealer(), wire.Frame{Short: true}, 65535 - 4},
		{"short", nps.NewShortSealer(), wire.Frame{}, 65535 - 4},
		{"lobby, plain", lobby, wire.Frame{Plain: true}, 65535 - 4},
		{"lobby, envelope", lobby, wire.Frame{}, 65528 - 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.frame.Body = make([]byte, c.longest+1)
			out, err := c.seal.Seal(keep, c.frame)
			require.ErrorIs(t, err, nps.ErrLength)
			assert.Equal(t, keep, out)
			c.frame.Body = c.frame.Body[1:]
			out, err = c.seal.Seal(nil, c.frame)
			require.NoError(t, err)
			assert.Equal(t, len(out), int(binary.BigEndian.Uint16(out[2:])))
		})
	}
}

func TestNoCipherHere(t *testing.T) {
	for _, s := range []interface {
		Secure(cipher.SessionKey) error
	}{
		nps.NewLongOpener(1), nps.NewLongClientOpener(1), nps.NewLongSealer(), nps.NewShortOpener(1), nps.NewShortSealer(),
	} {
		assert.ErrorIs(t, s.Secure(testKey), nps.ErrNoCipher, "%T", s)
	}
}

// The worked start of a captured connection (nps-lobby-rooms 3.1).
func TestLobbyCipherChain(t *testing.T) {
	o := secured(t, nps.NewLobbyOpener(nps.DefaultLobbyCap))
	frames := cut(t, o, unhex(t, "1101000c 23f48b6ee2604b9a 1101000c 7e0e18c6f486e39f 1101000c d2efa7a5aed9e73d"))
	assert.Equal(t, []wire.Frame{
		{Number: 0x30C, Body: []byte{}},
		{Number: 0x128, Body: []byte{0, 0, 0, 0}},
		{Number: 0x10C, Body: []byte{0, 0, 0, 1}},
	}, frames)
}

// Before Secure everything is plain; afterwards only what says so.
func TestLobbySealer(t *testing.T) {
	s := nps.NewLobbySealer()
	out, err := s.Seal(nil, wire.Frame{Number: 0x230})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "0230 0004"), out)
	require.NoError(t, s.Secure(testKey))
	out, err = s.Seal([]byte{0xAA}, wire.Frame{Number: 0x120, Body: []byte{1}, Plain: true})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "aa 0120 0005 01"), out)

	o := secured(t, nps.NewLobbyClientOpener(nps.DefaultLobbyCap))
	for n := range 40 {
		body := bytes.Repeat([]byte{0x5A}, n)
		out, err := s.Seal([]byte{0xAA}, wire.Frame{Number: 0x404, Body: body})
		require.NoError(t, err)
		require.Equal(t, byte(0xAA), out[0])
		require.Equal(t, unhex(t, "1101"), out[1:3])
		require.Equal(t, 4+(4+n+7)/8*8, len(out)-1)
		require.Equal(t, len(out)-1, int(binary.BigEndian.Uint16(out[3:])))
		f, err := o.Open(out[1:])
		require.NoError(t, err)
		require.Equal(t, wire.Frame{Number: 0x404, Body: body}, f)
	}
}

// The server fills the last block with zeros.
func TestLobbyFillIsZero(t *testing.T) {
	s := nps.NewLobbySealer()
	require.NoError(t, s.Secure(testKey))
	out, err := s.Seal(bytes.Repeat([]byte{0xFF}, 64)[:0], wire.Frame{Number: 0x404, Body: []byte{7}})
	require.NoError(t, err)
	require.NoError(t, cipher.NewDESDecrypter(testKey.DESKey()).Crypt(out[4:], out[4:]))
	assert.Equal(t, unhex(t, "1101 000c 0404 0005 07 000000"), out)
}

func TestLobbyEnvelopeErrors(t *testing.T) {
	envelope := func(inner string) []byte {
		text := unhex(t, inner)
		raw := append([]byte{0x11, 0x01, 0, byte(4 + len(text))}, text...)
		require.NoError(t, cipher.NewDESEncrypter(testKey.DESKey()).Crypt(raw[4:], raw[4:]))
		return raw
	}
	_, err := nps.NewLobbyOpener(64).Open(envelope("030c0004 00000000"))
	require.ErrorIs(t, err, nps.ErrCipher, "before the login")

	for name, raw := range map[string][]byte{
		"empty":              unhex(t, "1101 0004"),
		"no whole block":     unhex(t, "1101 000b 00000000000000"),
		"block and a half":   append(envelope("030c0004 00000000")[:2], unhex(t, "0010 000000000000000000000000")...),
		"inner length 3":     envelope("030c0003 00000000"),
		"inner length 0":     envelope("030c0000 00000000"),
		"inner length 9":     envelope("030c0009 00000000"),
		"unknown number":     envelope("07770004 00000000"),
		"number of a reply":  envelope("04040004 00000000"),
		"another key's text": unhex(t, "1101 000c 0123456789abcdef"),
	} {
		_, err := secured(t, nps.NewLobbyOpener(64)).Open(raw)
		assert.ErrorIs(t, err, nps.ErrCipher, name)
	}
}

// Once an envelope has proved the key, an unknown number is for the service to
// judge.
func TestUnknownNumberAfterTheFirst(t *testing.T) {
	s := nps.NewLobbySealer()
	require.NoError(t, s.Secure(testKey))
	stream, err := s.Seal(nil, wire.Frame{Number: 0x30C})
	require.NoError(t, err)
	stream, err = s.Seal(stream, wire.Frame{Number: 0x777})
	require.NoError(t, err)
	frames := cut(t, secured(t, nps.NewLobbyOpener(64)), stream)
	require.Len(t, frames, 2)
	assert.Equal(t, uint16(0x777), frames[1].Number)
}

// Sealing into a slice with room and opening cost no memory.
func TestFramingDoesNotAllocate(t *testing.T) {
	body := make([]byte, 268)
	buf := make([]byte, 0, 512)
	lobby, open := nps.NewLobbySealer(), nps.NewLobbyOpener(4096)
	require.NoError(t, lobby.Secure(testKey))
	require.NoError(t, open.Secure(testKey))
	var failure error
	note := func(err error) {
		if err != nil {
			failure = err
		}
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		out, err := lobby.Seal(buf, wire.Frame{Number: 0x97, Body: body})
		note(err)
		n, err := open.Size(out)
		note(err)
		_, err = open.Open(out[:n])
		note(err)
	}), "lobby")
	long, reader := nps.NewLongSealer(), nps.NewLongOpener(4096)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		out, err := long.Seal(buf, wire.Frame{Number: 0x503, Body: body})
		note(err)
		_, err = reader.Open(out)
		note(err)
	}), "long")
	require.NoError(t, failure)
}
