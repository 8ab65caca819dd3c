package mcots

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// reader plays the receiving side of a connection: it takes the stream in pieces
// of any size and gives whole frames.
type reader struct {
	opener *Opener
	buf    []byte
	frames []wire.Frame
}

func (r *reader) feed(piece []byte) error {
	r.buf = append(r.buf, piece...)
	for {
		size, err := r.opener.Size(r.buf)
		if err != nil || size == 0 || size > len(r.buf) {
			return err
		}
		f, err := r.opener.Open(bytes.Clone(r.buf[:size]))
		if err != nil {
			return err
		}
		r.frames = append(r.frames, f)
		r.buf = r.buf[size:]
	}
}

// mixedStream gives a stream of every kind of frame and what it holds.
func mixedStream(t testing.TB) ([]byte, []wire.Frame) {
	t.Helper()
	frames := []wire.Frame{
		{Number: 145, Seq: 0x14, Body: unhex("01000000 00000000")},
		{Number: 440, Seq: 0x15, Body: make([]byte, 258)},
		{Seq: 0x16, Body: []byte{1}, Heartbeat: true, Plain: true},
		{Number: 234, Seq: 0x17, Body: make([]byte, 3000)},
		{Number: 141, Seq: 0x18, Body: unhex("08000000 00000000"), Plain: true},
		{Number: 106, Seq: 0x19, Body: []byte{}, Last: true},
	}
	s := securedSealer(t)
	s.CompressFrom(1000)
	var stream []byte
	for _, f := range frames {
		var err error
		stream, err = s.Seal(stream, f)
		require.NoError(t, err)
	}
	return stream, frames
}

func TestSegmentation(t *testing.T) {
	stream, want := mixedStream(t)
	t.Run("glued", func(t *testing.T) {
		r := reader{opener: securedOpener(t)}
		require.NoError(t, r.feed(stream))
		assert.Equal(t, want, r.frames)
	})
	t.Run("byte by byte", func(t *testing.T) {
		r := reader{opener: securedOpener(t)}
		for i := range stream {
			require.NoError(t, r.feed(stream[i:i+1]))
		}
		assert.Equal(t, want, r.frames)
	})
	t.Run("cut once at every byte", func(t *testing.T) {
		for cut := range stream {
			r := reader{opener: securedOpener(t)}
			require.NoError(t, r.feed(stream[:cut]))
			require.NoError(t, r.feed(stream[cut:]))
			require.Equal(t, want, r.frames, "cut at %d", cut)
		}
	})
}

// allocated measures the bytes that f allocates. No test of this package runs in
// parallel, so that nothing else counts.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileFramesCostLittle(t *testing.T) {
	// A stream of zeros compresses by far; the prefix then lies about its size.
	s := NewSealer()
	s.CompressFrom(1)
	bomb := seal(t, s, wire.Frame{Number: 0, Body: make([]byte, 65000)})
	binary.LittleEndian.PutUint16(bomb[headerSize:], 10)

	tests := []struct {
		name string
		raw  []byte
	}{
		{"output longer than the prefix", bomb},
		{"small stream behind a large prefix", unhex("1300 544f4d43 01000000 02 ffff 00 04 82 24 25 8f 80 7f")},
		{"long lobby list in a short message", unhex("0e00 544f4d43 01000000 00 4501 ffff 00")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := NewOpener(testLimit)
			cost := allocated(func() {
				f, err := o.Open(tt.raw)
				if err == nil && f.Number == 325 {
					_, err = MsgLobbies.Decode(f.Body)
					assert.Error(t, err)
				}
			})
			assert.Less(t, cost, uint64(16<<10))
		})
	}
	whole := seal(t, s, wire.Frame{Number: 0, Body: make([]byte, 65000)})
	cost := allocated(func() {
		_, err := NewOpener(testLimit).Open(whole)
		assert.NoError(t, err)
	})
	assert.Less(t, cost, uint64(80<<10), "a legal one costs its output once")
}

func TestOpenAndSealDoNotAllocate(t *testing.T) {
	o, s := securedOpener(t), securedSealer(t)
	dst, body := make([]byte, 0, 4096), make([]byte, 1000)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		raw, err := s.Seal(dst, wire.Frame{Number: 123, Seq: 1, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(raw); err != nil {
			t.Fatal(err)
		}
	}))
}
