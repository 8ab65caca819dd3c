package mcots

import (
	"encoding/binary"
	"fmt"

	"mcos/protocol/cipher"
	"mcos/protocol/dcl"
	"mcos/protocol/wire"
)

// Opener cuts the frames of one direction out of the stream, decrypts and
// explodes them (mcots-1 1.4 to 1.6). One goroutine uses it.
type Opener struct {
	limit int
	rc4   *cipher.RC4
}

// NewOpener makes an Opener that refuses frames of more than limit bytes.
func NewOpener(limit int) *Opener { return &Opener{limit: limit} }

// Secure starts decryption at offset 0 of the key stream; doing it again starts
// anew, as a 438 after a logout does (DECISIONS 34). It never fails.
func (o *Opener) Secure(key cipher.SessionKey) error {
	o.rc4 = cipher.NewRC4(key.RC4Key())
	return nil
}

// Size returns the size in bytes of the frame that buf begins with, whether it is
// complete or not, and 0 while there are too few bytes to tell. It returns
// ErrLength or ErrSignature as soon as the bytes cannot begin a frame.
func (o *Opener) Size(buf []byte) (int, error) {
	for i := lengthSize; i < min(len(buf), sequenceAt); i++ {
		if buf[i] != signature[i-lengthSize] {
			return 0, fmt.Errorf("%w: %q", ErrSignature, buf[lengthSize:min(len(buf), sequenceAt)])
		}
	}
	if len(buf) < lengthSize {
		return 0, nil
	}
	length := int(binary.LittleEndian.Uint16(buf))
	if length < minLength {
		return 0, fmt.Errorf("%w: length field %d, header alone needs %d", ErrLength, length, minLength)
	}
	size := length + lengthSize
	if size > o.limit {
		return 0, fmt.Errorf("%w: %d bytes, at most %d allowed", ErrLength, size, o.limit)
	}
	if len(buf) < sequenceAt {
		return 0, nil
	}
	return size, nil
}

// Open takes one whole frame apart, as Size measured it. It decrypts in place;
// the frame's Body points into raw unless it was compressed. Each frame is read
// by its own flags: one without the encryption flag does not move the cipher, and
// a heartbeat is neither decrypted nor interpreted. It returns an error that wraps
// one of the package's values and names the frame's sequence.
func (o *Opener) Open(raw []byte) (wire.Frame, error) {
	size, err := o.Size(raw)
	if err != nil {
		return wire.Frame{}, err
	}
	if size != len(raw) || size < headerSize {
		return wire.Frame{}, fmt.Errorf("%w: %d bytes given for a frame of %d", ErrLength, len(raw), size)
	}
	bits, body := flags(raw[flagsAt]), raw[headerSize:size:size]
	f := wire.Frame{
		Seq:       binary.LittleEndian.Uint32(raw[sequenceAt:]),
		Plain:     bits&flagEncrypted == 0,
		Heartbeat: bits&flagHeartbeat != 0,
		Last:      bits&flagLast != 0,
	}
	if f.Heartbeat {
		f.Plain, f.Body = true, body
		return f, nil
	}
	if !f.Plain {
		if o.rc4 == nil {
			return wire.Frame{}, fmt.Errorf("frame %d: %w", f.Seq, ErrNotSecured)
		}
		o.rc4.XOR(body, body)
	}
	if bits&flagCompressed != 0 {
		if body, err = explode(body); err != nil {
			return wire.Frame{}, fmt.Errorf("frame %d: %w", f.Seq, err)
		}
	}
	if len(body) < numberSize {
		return wire.Frame{}, fmt.Errorf("frame %d: %w: %d bytes hold no message number", f.Seq, ErrBody, len(body))
	}
	f.Number = binary.LittleEndian.Uint16(body)
	f.Body = body[numberSize:]
	return f, nil
}

// explode reads a compressed body: the plain size, then the DCL stream. The
// output may be shorter than the size says, never longer; memory follows the
// stream's true output, which the u16 bounds to 64 KiB.
func explode(body []byte) ([]byte, error) {
	if len(body) < prefixSize {
		return nil, fmt.Errorf("%w: %d bytes hold no compressed body", ErrBody, len(body))
	}
	limit := int(binary.LittleEndian.Uint16(body))
	plain, err := dcl.Explode(nil, body[prefixSize:], limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBody, err)
	}
	return plain, nil
}
