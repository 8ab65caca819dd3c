package dcl_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/dcl"
)

var (
	modes = []dcl.Mode{dcl.Binary, dcl.ASCII}
	dicts = []dcl.Dict{dcl.Dict1024, dcl.Dict2048, dcl.Dict4096}
)

const (
	raceText = "race race race, ready?\r\n"
	rawBytes = "\x00\x01\x7f\x80\xff\xfe\x00\x01\x7f\x80\xff\xfe"
)

// allBytes is every byte value once, so that an ASCII stream of it uses the whole literal table.
var allBytes = func() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

// The streams were made by two independent compressors, which choose their copies differently.
var vectors = []struct {
	name, stream, plain string
}{
	{"binary 1024, first", "00048224258f807f", "AIAIAIAIAIAIA"},
	{"binary 1024, second", "00048224edcdd35fc03f", "AIAIAIAIAIAIA"},
	{"binary 2048, first", "00058224250f01ff", "AIAIAIAIAIAIA"},
	{"binary 2048, second, padded", "00058224edcda33f01ff00", "AIAIAIAIAIAIA"},
	{"binary 4096, first", "00068224250f02fe01", "AIAIAIAIAIAIA"},
	{"binary 4096, second", "00068224edcd437f04fc03", "AIAIAIAIAIAIA"},
	{"ASCII 1024, first", "01046241f208f807", "AIAIAIAIAIAIA"},
	{"ASCII 1024, second", "010462c1de3cfd05fc03", "AIAIAIAIAIAIA"},
	{"ASCII 2048, first", "01056241f210f00f", "AIAIAIAIAIAIA"},
	{"ASCII 4096, second", "010662c1de3cf447c03f", "AIAIAIAIAIAIA"},
	{"binary text", "00069abca1f3460e882169e8e401f1c40d9b346eca02fe01", "Motor City Online"},
	{"ASCII text", "0104c8baa26b5e6429e03cd7302dc30ef807", "Motor City Online"},
	{"binary text with copies", "0005e484195306249d60d94e993064f2fc68a010f00f", raceText},
	{"ASCII text with copies, first", "01069ac3b07d3a81bf9dedd0c181381171c03f", raceText},
	{"ASCII text with copies, second", "01069ac3b07d4fcc09fe96b6430707e244c401ff00", raceText},
	{"binary bytes", "00040004f803e89f7fbd02fe01", rawBytes},
	{"ASCII bytes", "01052009fc810e2001000080f512f00f", rawBytes},
	{"long copies, binary", "0004000004f01f01fcf40ae007f0007e000fe007f0004d000ff807", strings.Repeat("\x00", 3000)},
	{"long copies, ASCII", "010420099201fc47003fbd02f8013c801fc003f8013c4013c003fe01", strings.Repeat("\x00", 3000)},
	{"every literal, ASCII", "" +
		"01062009fc811ff0053ec01b78014fe0019718b8033722e00a5c803370028ec001d8033b600b6c8035b002248125b000e6c00c987a50c20126a000c62" +
		"0874d48000b6c7c291e4c5c090e3616260c0c74e8d0801148a08105e2c0508c2a12ba2850a108400c4c3e328f8b04a21c360b110cc8a083062290401" +
		"854600011e83b4c06dda6512916082198644327814c531519023c787020054110007a4017e800128038200688022280302004080202003fc007f0023" +
		"c0037c00570021c003bc006b0022c0033c00430020c003d4007d00234003540055002140039400690022400314004100204003e8007e002380036800" +
		"560026da00534810650076a4015a80065a0041481029007724016c80069200524810410076240148800612004048100e0077c8017f0006ec00538010" +
		"760076c8015b00066c004180103a007748016d00018801a4007d000544005a000c80012a004100104001e800314002c0003400372400648012800128" +
		"000c001300014000180012000100008f807", allBytes},
	{"nothing", "000401ff", ""},
	{"bytes behind the end are ignored", "00048224258f807f" + "cdcdcdcd", "AIAIAIAIAIAIA"},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestExplodeVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			stream := unhex(t, v.stream)
			got, err := dcl.Explode(nil, stream, len(v.plain))
			require.NoError(t, err)
			assert.Equal(t, v.plain, string(got))

			got, err = dcl.Explode([]byte("before "), stream, 65535)
			require.NoError(t, err)
			assert.Equal(t, "before "+v.plain, string(got), "the output is appended")

			if v.plain != "" {
				_, err = dcl.Explode(nil, stream, len(v.plain)-1)
				assert.ErrorIs(t, err, dcl.ErrTooLong)
			}
		})
	}
}

func TestExplodeErrors(t *testing.T) {
	for _, tc := range []struct {
		name, stream string
		want         error
	}{
		{"empty", "", dcl.ErrTruncated},
		{"half a header", "00", dcl.ErrTruncated},
		{"header only", "0004", dcl.ErrTruncated},
		{"mode 2", "02048224258f807f", dcl.ErrHeader},
		{"dictionary 3", "00038224258f807f", dcl.ErrHeader},
		{"dictionary 7", "00078224258f807f", dcl.ErrHeader},
		{"end code cut", "00048224258f80", dcl.ErrTruncated},
		{"copy before any output", "000407", dcl.ErrTruncated},
		{"distance 1 at byte 0", "0004ffffff", dcl.ErrDistance},
		{"distance 2 at byte 1", "00048226ffff", dcl.ErrDistance},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := []byte("kept")
			for _, dst := range [][]byte{before, append(make([]byte, 0, 100), before...)} {
				got, err := dcl.Explode(dst, unhex(t, tc.stream), 64)
				require.ErrorIs(t, err, tc.want)
				assert.Equal(t, "kept", string(got))
			}
		})
	}
}

// A stream cut anywhere before its last bits is truncated, whatever it held.
func TestExplodeTruncatedEverywhere(t *testing.T) {
	for _, v := range vectors[:len(vectors)-1] {
		stream := unhex(t, v.stream)
		if stream[len(stream)-1] == 0 {
			stream = stream[:len(stream)-1] // this byte is padding
		}
		for cut := range stream {
			_, err := dcl.Explode(nil, stream[:cut], 4096)
			assert.ErrorIs(t, err, dcl.ErrTruncated, "%s cut at %d", v.name, cut)
		}
	}
}

// A copy must not reach into what the caller's slice held before.
func TestExplodeDoesNotReadTheCallersBytes(t *testing.T) {
	_, err := dcl.Explode([]byte("secret"), unhex(t, "0004ffffff"), 64)
	assert.ErrorIs(t, err, dcl.ErrDistance)
}

func TestExplodeLimitBelowZero(t *testing.T) {
	_, err := dcl.Explode(nil, unhex(t, "00048224258f807f"), -1)
	assert.ErrorIs(t, err, dcl.ErrTooLong)
}

// Memory follows what a stream holds, not the limit of the caller and not what a hostile stream would like.
func TestExplodeMemory(t *testing.T) {
	small := unhex(t, "00048224258f807f")
	got, err := dcl.Explode(nil, small, 1<<30)
	require.NoError(t, err)
	assert.LessOrEqual(t, cap(got), 16)

	bomb, err := dcl.Implode(nil, make([]byte, 32<<20), dcl.Binary, dcl.Dict4096)
	require.NoError(t, err)
	truncated := bomb[:len(bomb)-8]
	for _, tc := range []struct {
		name   string
		stream []byte
		limit  int
		want   error
	}{
		{"too long", bomb, 65535, dcl.ErrTooLong},
		{"truncated after 32 MB", truncated, 1 << 30, dcl.ErrTruncated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := dcl.Explode(nil, tc.stream, tc.limit)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, tc.want)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(65536))
		})
	}

	room := make([]byte, 0, 64)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := dcl.Explode(room, small, 64); err != nil {
			t.Fatal(err)
		}
	}), "a buffer with room is used as it is")
}

func TestImplodeErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		mode dcl.Mode
		dict dcl.Dict
	}{{"mode", 2, dcl.Dict1024}, {"small dictionary", dcl.Binary, 3}, {"large dictionary", dcl.ASCII, 7}} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := dcl.Implode([]byte("kept"), []byte("data"), tc.mode, tc.dict)
			require.ErrorIs(t, err, dcl.ErrHeader)
			assert.Equal(t, "kept", string(got))
		})
	}
}

func TestDictSize(t *testing.T) {
	assert.Equal(t, 1024, dcl.Dict1024.Size())
	assert.Equal(t, 2048, dcl.Dict2048.Size())
	assert.Equal(t, 4096, dcl.Dict4096.Size())
}

// roundTrip compresses in every mode with every dictionary and reads it back.
func roundTrip(t *testing.T, plain []byte) {
	t.Helper()
	for _, mode := range modes {
		for _, dict := range dicts {
			stream, err := dcl.Implode([]byte("x"), plain, mode, dict)
			require.NoError(t, err)
			require.Equal(t, []byte{'x', byte(mode), byte(dict)}, stream[:3])
			got, err := dcl.Explode(nil, stream[1:], len(plain))
			require.NoError(t, err, "mode %d, dictionary %d", mode, dict)
			require.True(t, bytes.Equal(plain, got), "mode %d, dictionary %d", mode, dict)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	noise := make([]byte, 20000)
	random.Read(noise)
	few := make([]byte, 20000)
	for i := range few {
		few[i] = "abc"[random.Intn(3)]
	}
	samples := map[string][]byte{
		"nothing": nil, "one byte": {0}, "two bytes": {1, 1}, "noise": noise, "three letters": few,
		"zeros": make([]byte, 70000), "all bytes": []byte(allBytes), "text": []byte(strings.Repeat(raceText, 100)),
	}
	// Repeats at and around the ends of the windows: the longest distances, and the first ones beyond.
	for _, period := range []int{255, 256, 257, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097} {
		samples[fmt.Sprintf("period %d", period)] = bytes.Repeat(noise[:period], 4)
	}
	for name, plain := range samples {
		t.Run(name, func(t *testing.T) { roundTrip(t, plain) })
	}
}

// The compressor must find what is there: a repeat within the window costs almost nothing.
func TestImplodeCompresses(t *testing.T) {
	noise := make([]byte, 4096)
	rand.New(rand.NewSource(2)).Read(noise)
	for _, dict := range dicts {
		block := noise[:dict.Size()]
		once, err := dcl.Implode(nil, block, dcl.Binary, dict)
		require.NoError(t, err)
		twice, err := dcl.Implode(nil, append(bytes.Clone(block), block...), dcl.Binary, dict)
		require.NoError(t, err)
		assert.Less(t, len(twice)-len(once), 50, "dictionary %d", dict)
	}
	text, err := dcl.Implode(nil, []byte("Motor City Online"), dcl.ASCII, dcl.Dict1024)
	require.NoError(t, err)
	assert.Equal(t, "0104c8baa26b5e6429e03cd7302dc30ef807", hex.EncodeToString(text), "literals leave no choice")
}

func FuzzRoundTrip(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(v.plain))
	}
	f.Fuzz(func(t *testing.T, plain []byte) { roundTrip(t, plain) })
}

func FuzzExplode(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.stream), uint16(len(v.plain)))
	}
	f.Fuzz(func(t *testing.T, stream []byte, limit uint16) {
		got, err := dcl.Explode(nil, stream, int(limit))
		if err != nil {
			require.Nil(t, got)
			return
		}
		require.LessOrEqual(t, len(got), int(limit))
		require.LessOrEqual(t, cap(got), int(limit))
		again, err := dcl.Explode(make([]byte, 0, limit), stream, int(limit))
		require.NoError(t, err)
		require.True(t, bytes.Equal(got, again), "with and without room")
		_, err = dcl.Explode(nil, stream, len(got)-1)
		require.ErrorIs(t, err, dcl.ErrTooLong)
	})
}

// benchmarkText resembles a compressible upload: numbers that change little from one record to the next.
func benchmarkText() []byte {
	random := rand.New(rand.NewSource(3))
	plain := make([]byte, 0, 32000)
	for i := 0; len(plain) < 32000; i++ {
		plain = fmt.Appendf(plain, "%06d,%04d,%03d;", i*17, 1000+random.Intn(50), random.Intn(8))
	}
	return plain
}

func BenchmarkExplode(b *testing.B) {
	for _, mode := range modes {
		b.Run(fmt.Sprintf("mode%d", mode), func(b *testing.B) {
			plain := benchmarkText()
			stream, err := dcl.Implode(nil, plain, mode, dcl.Dict4096)
			require.NoError(b, err)
			room := make([]byte, 0, 65535)
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dcl.Explode(room, stream, 65535); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExplodeMeasured(b *testing.B) {
	plain := benchmarkText()
	stream, err := dcl.Implode(nil, plain, dcl.Binary, dcl.Dict4096)
	require.NoError(b, err)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dcl.Explode(nil, stream, 65535); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImplode(b *testing.B) {
	plain := benchmarkText()
	room := make([]byte, 0, 65535)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dcl.Implode(room, plain, dcl.Binary, dcl.Dict4096); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleExplode() {
	stream := []byte{0x00, 0x04, 0x82, 0x24, 0x25, 0x8f, 0x80, 0x7f}
	plain, err := dcl.Explode(nil, stream, 65535)
	fmt.Printf("%s %v\n", plain, err)
	// Output: AIAIAIAIAIAIA <nil>
}
