package nps

import (
	"encoding/binary"
	"fmt"
	"math"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

const (
	envelope  = 0x1101
	blockSize = cipher.DESBlockSize
)

// LobbyOpener reads the lobby family: a 4-byte header, and after login the DES
// envelope 0x1101 around most messages (nps-lobby-rooms 2.1, 3.1). It belongs to
// one goroutine.
type LobbyOpener struct {
	header header
	from   wire.Direction
	des    *cipher.DESCBC
	proved bool // some envelope has held a known message
}

// NewLobbyOpener makes the opener of a server connection; maxSize is the longest
// message in bytes, envelope included.
func NewLobbyOpener(maxSize int) *LobbyOpener {
	return &LobbyOpener{header: header{size: shortHeader, limit: maxSize}, from: wire.ToServer}
}

// NewLobbyClientOpener makes the opener of a client connection.
func NewLobbyClientOpener(maxSize int) *LobbyOpener {
	return &LobbyOpener{header: header{size: shortHeader, limit: maxSize}, from: wire.ToClient}
}

// Size returns the length of the first message in buf, 0 when buf holds less than
// 4 bytes, and an error that wraps ErrLength when that length cannot be.
func (o *LobbyOpener) Size(buf []byte) (int, error) { return o.header.Size(buf) }

// Secure starts decryption with a fresh context.
func (o *LobbyOpener) Secure(key cipher.SessionKey) error {
	o.des, o.proved = cipher.NewDESDecrypter(key.DESKey()), false
	return nil
}

// Open decodes one message; an envelope is decrypted in place and what it holds is
// returned. A message outside an envelope has Plain set. After an error, which
// wraps ErrLength or ErrCipher, the connection cannot go on.
func (o *LobbyOpener) Open(raw []byte) (wire.Frame, error) {
	if err := o.header.whole(raw); err != nil {
		return wire.Frame{}, err
	}
	number, body := binary.BigEndian.Uint16(raw), raw[shortHeader:]
	if number != envelope {
		return wire.Frame{Number: number, Body: body, Plain: true}, nil
	}
	return o.unwrap(body)
}

// unwrap decrypts what an envelope holds; bytes behind the inner length are
// padding. An unknown number in the first envelope means a wrong key
// (nps-lobby-rooms 3.4).
func (o *LobbyOpener) unwrap(text []byte) (wire.Frame, error) {
	switch {
	case o.des == nil:
		return wire.Frame{}, fmt.Errorf("%w: it came before the login", ErrCipher)
	case len(text) == 0 || len(text)%blockSize != 0:
		return wire.Frame{}, fmt.Errorf("%w: %d bytes are not whole blocks", ErrCipher, len(text))
	}
	if err := o.des.Crypt(text, text); err != nil {
		return wire.Frame{}, fmt.Errorf("%w: %w", ErrCipher, err)
	}
	number, n := binary.BigEndian.Uint16(text), int(binary.BigEndian.Uint16(text[2:]))
	if n < shortHeader || n > len(text) {
		return wire.Frame{}, fmt.Errorf("%w: the message inside says %d of %d bytes", ErrCipher, n, len(text))
	}
	if !o.proved {
		if Registry.Find(wire.Lobby, o.from, number) == nil {
			return wire.Frame{}, fmt.Errorf("%w: the first message inside is 0x%04X, the key must be wrong", ErrCipher, number)
		}
		o.proved = true
	}
	return wire.Frame{Number: number, Body: text[shortHeader:n]}, nil
}

// LobbySealer writes the lobby family, for either side. It belongs to one
// goroutine.
type LobbySealer struct {
	des *cipher.DESCBC
}

// NewLobbySealer makes a sealer.
func NewLobbySealer() *LobbySealer { return &LobbySealer{} }

// Secure starts encryption with a fresh context.
func (s *LobbySealer) Secure(key cipher.SessionKey) error {
	s.des = cipher.NewDESEncrypter(key.DESKey())
	return nil
}

// Seal appends the message, in an envelope once the sealer is secured, unless
// f.Plain. The envelope is filled with zeros to whole blocks (nps-lobby-rooms 3.1).
// An error, for a message that is too long, leaves the cipher as it was.
func (s *LobbySealer) Seal(dst []byte, f wire.Frame) ([]byte, error) {
	if s.des == nil || f.Plain {
		return appendShort(dst, f)
	}
	inner := shortHeader + len(f.Body)
	text := (inner + blockSize - 1) / blockSize * blockSize
	if shortHeader+text > math.MaxUint16 {
		return dst, tooLong(f, shortHeader+text)
	}
	out := appendHeader(dst, envelope, shortHeader+text)
	start := len(out)
	out = append(appendHeader(out, f.Number, inner), f.Body...)
	var zeros [blockSize]byte
	out = append(out, zeros[:text-inner]...)
	if err := s.des.Crypt(out[start:], out[start:]); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrCipher, err)
	}
	return out, nil
}
