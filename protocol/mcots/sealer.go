package mcots

import (
	"encoding/binary"
	"fmt"

	"mcos/protocol/cipher"
	"mcos/protocol/dcl"
	"mcos/protocol/wire"
)

// Sealer writes the frames of one direction (mcots-1 1.1 to 1.6). One goroutine
// uses it.
type Sealer struct {
	rc4          *cipher.RC4
	compressFrom int // smallest body that is compressed, 0 = never
	plain        []byte
}

// NewSealer makes a Sealer that does not compress: a server never needs to.
func NewSealer() *Sealer { return &Sealer{} }

// CompressFrom makes the Sealer compress bodies of at least size bytes, message
// number included; 0 turns compression off. It exists to play a client that
// compresses what it uploads.
func (s *Sealer) CompressFrom(size int) { s.compressFrom = size }

// Secure starts encryption at offset 0 of the key stream; doing it again starts
// anew, as a 438 after a logout does (DECISIONS 34). It never fails.
func (s *Sealer) Secure(key cipher.SessionKey) error {
	s.rc4 = cipher.NewRC4(key.RC4Key())
	return nil
}

// Seal appends the frame's wire form to dst and returns the longer slice. The
// body is encrypted once Secure was called, unless f.Plain is set. A heartbeat has
// no number, is never encrypted and never compressed. It returns ErrLength, and
// dst unchanged, when the body does not fit a frame; the cipher has not moved then.
func (s *Sealer) Seal(dst []byte, f wire.Frame) ([]byte, error) {
	start := len(dst)
	out := binary.LittleEndian.AppendUint16(dst, 0) // the length, known at the end
	out = append(out, signature...)
	out = binary.LittleEndian.AppendUint32(out, f.Seq)
	out = append(out, 0)

	bits := flags(0)
	switch {
	case f.Heartbeat:
		bits = flagHeartbeat
		out = append(out, f.Body...)
	case s.compressFrom > 0 && numberSize+len(f.Body) >= s.compressFrom:
		bits = flagCompressed
		var err error
		if out, err = s.appendCompressed(out, f); err != nil {
			return dst, err
		}
	default:
		out = binary.LittleEndian.AppendUint16(out, f.Number)
		out = append(out, f.Body...)
	}
	if f.Last {
		bits |= flagLast
	}
	length := len(out) - start - lengthSize
	if length > maxLength {
		return dst, fmt.Errorf("%w: body of %d bytes, at most %d fit", ErrLength, length-minLength, MaxBody)
	}
	if s.rc4 != nil && !f.Plain && !f.Heartbeat {
		bits |= flagEncrypted
		body := out[start+headerSize:]
		s.rc4.XOR(body, body)
	}
	binary.LittleEndian.PutUint16(out[start:], uint16(length))
	out[start+flagsAt] = byte(bits)
	return out, nil
}

// appendCompressed writes the plain size and the DCL stream of number and body.
func (s *Sealer) appendCompressed(dst []byte, f wire.Frame) ([]byte, error) {
	s.plain = binary.LittleEndian.AppendUint16(s.plain[:0], f.Number)
	s.plain = append(s.plain, f.Body...)
	if len(s.plain) > maxExploded {
		return dst, fmt.Errorf("%w: body of %d bytes, at most %d can be compressed", ErrLength, len(s.plain), maxExploded)
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(s.plain)))
	return dcl.Implode(dst, s.plain, dcl.Binary, dcl.Dict4096)
}
