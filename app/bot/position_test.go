package bot

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newRandom() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestPositionBytes(t *testing.T) {
	p := Position{
		Car: 2, Place: [3]float64{-2.25, 1.5, -21.0625}, Velocity: [3]float64{1, -2.5, 0}, Spin: [6]byte{1, 2, 3, 4, 5, 6},
		Turn: [4]float64{0, -0.5, 0, 1}, Slice: -1, Flags: 0x104,
	}
	blob := AppendPosition(nil, 29695, p)
	assert.Equal(t, "05"+"ff730000"+"02"+
		"0280"+"0100"+"1580"+"408010"+ // place: whole parts with the sign on top, then 1/256
		"018200"+"008000"+ // velocity
		"010203040506"+"0000"+"00e0"+"0000"+"0040"+"ffff"+"04010000", hex.EncodeToString(blob))
	tick, frames, err := ParsePosition(blob)
	require.NoError(t, err)
	assert.EqualValues(t, 29695, tick)
	assert.Equal(t, []Position{p}, frames)
}

// The captured relay B (nps-lobby-rooms 7.5) has these values; its bytes are made from the layout by hand.
func TestCapturedPosition(t *testing.T) {
	blob, err := hex.DecodeString("05" + "ff730000" + "00" + "0280" + "0100" + "1580" + "42b810" + "000000" + "000000" + "000000000000" +
		"0000" + "bed2" + "0000" + "412d" + "ffff" + "04010000" + "abcdef")
	require.NoError(t, err)
	tick, frames, err := ParsePosition(blob)
	require.NoError(t, err)
	require.Len(t, frames, 1, "trailing bytes are junk")
	assert.EqualValues(t, 29695, tick)
	p := frames[0]
	assert.InDeltaSlice(t, []float64{-2.258, 1.719, -21.063}, p.Place[:], 0.002)
	assert.InDeltaSlice(t, []float64{0, -0.7071, 0, 0.7071}, p.Turn[:], 0.0001)
	assert.EqualValues(t, -1, p.Slice)
	assert.EqualValues(t, 0x104, p.Flags)
}

func TestPositionLimits(t *testing.T) {
	p := Position{Place: [3]float64{1e9, -1e9, 0.9999}, Velocity: [3]float64{1e9, -1e9, 0}, Turn: [4]float64{7, -7, 0, 0}}
	_, frames, err := ParsePosition(AppendPosition(nil, 0, p))
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{32768, -32768, 1}, frames[0].Place[:], 0.005)
	assert.InDeltaSlice(t, []float64{128, -128, 0}, frames[0].Velocity[:], 0.005)
	assert.Equal(t, [4]float64{1, -1, 0, 0}, frames[0].Turn)
}

func TestParsePositionRefuses(t *testing.T) {
	for _, blob := range [][]byte{nil, {5}, {5, 0, 0, 0}, {4, 0, 0, 0, 0}} {
		_, _, err := ParsePosition(blob)
		assert.ErrorIs(t, err, errNotPosition)
	}
	_, _, err := ParsePosition(AppendPosition(nil, 0, Position{Car: 6}))
	assert.ErrorIs(t, err, errCar)
	_, frames, err := ParsePosition([]byte{5, 0, 0, 0, 0})
	assert.NoError(t, err)
	assert.Empty(t, frames)
}

func TestOnTrackStaysInItsLane(t *testing.T) {
	for slot := range uint8(6) {
		for passed := time.Duration(0); passed < time.Minute; passed += time.Second {
			_, frames, err := ParsePosition(AppendPosition(nil, 0, onTrack(passed, slot)))
			require.NoError(t, err)
			p := frames[0]
			lane := p.Place[0]*p.Place[0] + p.Place[2]*p.Place[2]
			want := 200 + 4*float64(slot)
			assert.InDelta(t, want*want, lane, 5)
			assert.Equal(t, slot, p.Car)
		}
	}
}

func FuzzParsePosition(f *testing.F) {
	f.Add(AppendPosition(nil, 29695, onTrack(time.Second, 3)))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte{7, 1, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, blob []byte) {
		tick, frames, err := ParsePosition(blob)
		readStamp(blob)
		if err != nil {
			return
		}
		require.Len(t, frames, (len(blob)-positionHead)/positionFrame)
		for _, p := range frames {
			// What was read can be written and reads the same again.
			gotTick, again, err := ParsePosition(AppendPosition(nil, tick, p))
			require.NoError(t, err)
			require.Equal(t, tick, gotTick)
			want := p
			for i, v := range want.Turn {
				want.Turn[i] = max(-1, min(v, 1))
			}
			require.InDeltaSlice(t, want.Place[:], again[0].Place[:], 0)
			require.InDeltaSlice(t, want.Turn[:], again[0].Turn[:], 0)
			require.Equal(t, want.Flags, again[0].Flags)
			require.Equal(t, want.Spin, again[0].Spin)
		}
	})
}

func BenchmarkAppendPosition(b *testing.B) {
	buf := make([]byte, 0, 64)
	p := onTrack(time.Second, 1)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendPosition(buf[:0], 1, p)
	}
}
