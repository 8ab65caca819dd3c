package nps

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// Default caps for received messages, in bytes with the header: 8226 to 8228, and
// the lobby family (nps-login-persona 1.3, nps-lobby-rooms 10.4).
const (
	DefaultLoginCap = 4 << 10
	DefaultLobbyCap = 16 << 10
)

const (
	shortHeader = 4
	longHeader  = 12
	version     = 0x0101
)

// Errors of the framings, wrapped with what was found.
var (
	// ErrLength says that a message's stated length is below its header or above
	// the cap, or is not the length of the frame.
	ErrLength = errors.New("bad message length")
	// ErrCipher says that an envelope came before the key, is not made of whole
	// blocks, or holds no message: the cipher is lost or the key is wrong.
	ErrCipher = errors.New("bad cipher envelope")
	// ErrNoCipher says that this port has no encryption to start.
	ErrNoCipher = errors.New("port without encryption")
)

// plain is the half of a framing that has no encryption to start.
type plain struct{}

// Secure refuses: nothing on these ports is encrypted (nps-login-persona 1.3).
func (plain) Secure(cipher.SessionKey) error { return ErrNoCipher }

// header cuts a stream into messages. It is immutable.
type header struct {
	plain
	size  int // bytes of the header, the least length of a message
	limit int // longest message
}

// Size returns the length of the first message in buf, 0 when buf holds less than
// 4 bytes, and an error that wraps ErrLength when that length cannot be.
func (h header) Size(buf []byte) (int, error) {
	if len(buf) < shortHeader {
		return 0, nil
	}
	n := int(binary.BigEndian.Uint16(buf[2:]))
	if n < h.size || n > h.limit {
		return 0, fmt.Errorf("%w: message 0x%03X says %d bytes, allowed are %d to %d",
			ErrLength, binary.BigEndian.Uint16(buf), n, h.size, h.limit)
	}
	return n, nil
}

// whole makes sure that raw is exactly one message.
func (h header) whole(raw []byte) error {
	n, err := h.Size(raw)
	if err == nil && n != len(raw) || len(raw) < shortHeader {
		err = fmt.Errorf("%w: %d bytes where the message says %d", ErrLength, len(raw), n)
	}
	return err
}

// LongOpener reads what clients send on 8226 and 8228: a 12-byte header, always,
// whatever its version field says (nps-login-persona 1.2).
type LongOpener struct{ header }

// NewLongOpener makes the opener of a server connection; maxSize is the longest
// message in bytes.
func NewLongOpener(maxSize int) *LongOpener {
	return &LongOpener{header{size: longHeader, limit: maxSize}}
}

// Open decodes one message. Version, reserved field and checksum are not looked
// at.
func (o *LongOpener) Open(raw []byte) (wire.Frame, error) {
	if err := o.whole(raw); err != nil {
		return wire.Frame{}, err
	}
	return wire.Frame{Number: binary.BigEndian.Uint16(raw), Body: raw[longHeader:]}, nil
}

// LongClientOpener reads what the server answers on 8226 and 8228: either header.
type LongClientOpener struct{ header }

// NewLongClientOpener makes the opener of a client connection.
func NewLongClientOpener(maxSize int) *LongClientOpener {
	return &LongClientOpener{header{size: shortHeader, limit: maxSize}}
}

// Open decodes one message. The client knows by the message's number which header
// to expect; here the long one is told by its version, or by a checksum field that
// repeats the length (nps-login-persona 1.1).
func (o *LongClientOpener) Open(raw []byte) (wire.Frame, error) {
	if err := o.whole(raw); err != nil {
		return wire.Frame{}, err
	}
	f := wire.Frame{Number: binary.BigEndian.Uint16(raw), Body: raw[shortHeader:], Short: true}
	if len(raw) >= longHeader && binary.BigEndian.Uint16(raw[6:]) == 0 &&
		(binary.BigEndian.Uint16(raw[4:]) == version || binary.BigEndian.Uint32(raw[8:]) == uint32(len(raw))) {
		f.Body, f.Short = raw[longHeader:], false
	}
	return f, nil
}

// LongSealer writes the messages of 8226 and 8228, for either side.
type LongSealer struct{ plain }

// NewLongSealer makes a sealer.
func NewLongSealer() *LongSealer { return &LongSealer{} }

// Seal appends the message with the 12-byte header, or with the 4-byte header when
// f.Short. Version is 0x0101, except in 0x532, 0x533 and 0x534, where the client
// writes 0; the checksum field repeats the length (nps-login-persona 1.1).
func (s *LongSealer) Seal(dst []byte, f wire.Frame) ([]byte, error) {
	if f.Short {
		return appendShort(dst, f)
	}
	n := longHeader + len(f.Body)
	if n > math.MaxUint16 {
		return dst, tooLong(f, n)
	}
	v := uint16(version)
	switch f.Number {
	case GetPersonaMaps.Number, ValidateName.Number, CheckToken.Number:
		v = 0
	}
	dst = appendHeader(dst, f.Number, n)
	dst = binary.BigEndian.AppendUint16(dst, v)
	dst = binary.BigEndian.AppendUint16(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	return append(dst, f.Body...), nil
}

// ShortOpener reads 8227, for either side: a 4-byte header (nps-login-persona 3).
type ShortOpener struct{ header }

// NewShortOpener makes an opener; maxSize is the longest message in bytes.
func NewShortOpener(maxSize int) *ShortOpener {
	return &ShortOpener{header{size: shortHeader, limit: maxSize}}
}

// Open decodes one message.
func (o *ShortOpener) Open(raw []byte) (wire.Frame, error) {
	if err := o.whole(raw); err != nil {
		return wire.Frame{}, err
	}
	return wire.Frame{Number: binary.BigEndian.Uint16(raw), Body: raw[shortHeader:]}, nil
}

// ShortSealer writes 8227, for either side.
type ShortSealer struct{ plain }

// NewShortSealer makes a sealer.
func NewShortSealer() *ShortSealer { return &ShortSealer{} }

// Seal appends the message.
func (s *ShortSealer) Seal(dst []byte, f wire.Frame) ([]byte, error) { return appendShort(dst, f) }

func appendShort(dst []byte, f wire.Frame) ([]byte, error) {
	n := shortHeader + len(f.Body)
	if n > math.MaxUint16 {
		return dst, tooLong(f, n)
	}
	return append(appendHeader(dst, f.Number, n), f.Body...), nil
}

func appendHeader(dst []byte, number uint16, n int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(dst, number), uint16(n))
}

func tooLong(f wire.Frame, n int) error {
	return fmt.Errorf("%w: message 0x%03X would have %d bytes", ErrLength, f.Number, n)
}
