package bot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Types of the application data that racers exchange, the first byte of each blob (nps-lobby-rooms 7.5).
const (
	blobSyncSetup = 3
	blobPosition  = 5
	blobFinished  = 7
)

// Sizes in bytes of a SPAM_POSITION blob: type and tick, then one frame for each car.
const (
	positionHead  = 5
	positionFrame = 36
)

// Position is one car in a SPAM_POSITION blob (nps-lobby-rooms 7.5). Lengths are metres, Spin holds the six bytes of the angular
// velocity as they are.
type Position struct {
	Car      uint8 // slot, 0 to 5
	Place    [3]float64
	Velocity [3]float64
	Spin     [6]byte
	Turn     [4]float64 // unit quaternion
	Slice    int16      // of the track
	Flags    uint32     // lights, gear, skids and so on
}

// Scales of the fixed-point numbers in a frame. The quaternion's follows from the captured frame.
const (
	fraction   = 256
	quaternion = 16384
)

var (
	errNotPosition = errors.New("not a position blob")
	errCar         = errors.New("no such car slot")
)

// AppendPosition appends a SPAM_POSITION blob with one frame: u8 5, i32 tick, 36 bytes, little-endian. Numbers that do not fit
// are cut to the nearest that do.
func AppendPosition(dst []byte, tick int32, p Position) []byte {
	dst = append(dst, blobPosition)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(tick))
	dst = append(dst, p.Car)
	var fractions [3]byte
	for i, v := range p.Place {
		whole, part, negative := split(v, 0x7FFF)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(whole)|sign(negative)<<15)
		fractions[i] = part
	}
	dst = append(dst, fractions[:]...)
	for i, v := range p.Velocity {
		whole, part, negative := split(v, 0x7F)
		dst = append(dst, byte(whole)|byte(sign(negative)<<7))
		fractions[i] = part
	}
	dst = append(dst, fractions[:]...)
	dst = append(dst, p.Spin[:]...)
	for _, v := range p.Turn {
		n := math.Round(max(-1, min(v, 1)) * quaternion)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(int16(n)))
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(p.Slice))
	return binary.LittleEndian.AppendUint32(dst, p.Flags)
}

// split cuts a number into whole part, 1/256 and sign.
func split(v float64, most int) (whole int, part byte, negative bool) {
	n := int(math.Round(min(math.Abs(v), float64(most)+1) * fraction))
	n = min(n, most*fraction+fraction-1)
	return n / fraction, byte(n % fraction), v < 0
}

func sign(negative bool) uint16 {
	if negative {
		return 1
	}
	return 0
}

// ParsePosition reads a SPAM_POSITION blob: its tick and all whole frames; trailing bytes that make no whole one are left alone
// (nps-lobby-rooms 7.5).
func ParsePosition(blob []byte) (tick int32, frames []Position, err error) {
	if len(blob) < positionHead || blob[0] != blobPosition {
		return 0, nil, errNotPosition
	}
	tick = int32(binary.LittleEndian.Uint32(blob[1:]))
	for rest := blob[positionHead:]; len(rest) >= positionFrame; rest = rest[positionFrame:] {
		p := parseFrame(rest[:positionFrame])
		if p.Car > 5 {
			return 0, nil, fmt.Errorf("%w: %d", errCar, p.Car)
		}
		frames = append(frames, p)
	}
	return tick, frames, nil
}

func parseFrame(b []byte) (p Position) {
	p.Car = b[0]
	for i := range p.Place {
		w := binary.LittleEndian.Uint16(b[1+2*i:])
		p.Place[i] = signed(float64(w&0x7FFF)+float64(b[7+i])/fraction, w>>15 != 0)
		v := b[10+i]
		p.Velocity[i] = signed(float64(v&0x7F)+float64(b[13+i])/fraction, v>>7 != 0)
	}
	copy(p.Spin[:], b[16:])
	for i := range p.Turn {
		p.Turn[i] = float64(int16(binary.LittleEndian.Uint16(b[22+2*i:]))) / quaternion
	}
	p.Slice = int16(binary.LittleEndian.Uint16(b[30:]))
	p.Flags = binary.LittleEndian.Uint32(b[32:])
	return p
}

func signed(v float64, negative bool) float64 {
	if negative {
		return -v
	}
	return v
}

// stamp marks what a testing bot sends, so that receivers know each piece again: a running number of the sender and the race it
// belongs to. In a position frame it takes the place of the angular velocity, in other blobs the bytes behind the type.
type stamp struct {
	number uint32
	race   uint16
}

func (s stamp) bytes() (b [6]byte) {
	binary.LittleEndian.PutUint32(b[:], s.number)
	binary.LittleEndian.PutUint16(b[4:], s.race)
	return b
}

// readStamp finds the stamp of a blob.
func readStamp(blob []byte) (stamp, bool) {
	at := 1
	if len(blob) > 0 && blob[0] == blobPosition {
		at = positionHead + 16
	}
	if len(blob) < at+6 {
		return stamp{}, false
	}
	return stamp{binary.LittleEndian.Uint32(blob[at:]), binary.LittleEndian.Uint16(blob[at+4:])}, true
}
