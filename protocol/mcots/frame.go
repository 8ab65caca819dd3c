package mcots

import "errors"

// The frame header (mcots-1 1.1): u16 length of what follows it, the signature,
// u32 sequence, u8 flags.
const (
	headerSize  = 11
	lengthSize  = 2 // the length field does not count itself
	sequenceAt  = 6
	flagsAt     = 10
	numberSize  = 2 // the message number at the start of every body
	prefixSize  = 2 // the plain size at the start of a compressed body
	minLength   = headerSize - lengthSize
	maxLength   = 1<<16 - 1
	maxExploded = 1<<16 - 1
)

// MaxFrame is the size of the largest frame that the header can describe, in bytes.
const MaxFrame = lengthSize + maxLength

// MaxBody is the size of the largest body that fits a frame, message number
// included, in bytes (mcots-1 1.1).
const MaxBody = maxLength - minLength

const signature = "TOMC"

// flags is the last byte of the header (mcots-1 1.2). Bits without a name are
// ignored on receive.
type flags uint8

const (
	flagCompressRequested flags = 0x01 // between a program and its own transport; ignored
	flagCompressed        flags = 0x02
	flagASCII             flags = 0x04 // repeats what the compressed stream says itself; ignored
	flagEncrypted         flags = 0x08
	flagLast              flags = 0x10
	flagHeartbeat         flags = 0x80
)

// Errors of the framing. All of them mean that the connection cannot go on.
var (
	// ErrLength says that a frame's length is below the header's, above the cap, or
	// not that of the bytes given.
	ErrLength = errors.New("mcots: bad frame length")
	// ErrSignature says that a frame does not carry the signature TOMC.
	ErrSignature = errors.New("mcots: bad frame signature")
	// ErrNotSecured says that an encrypted frame came before there was a key.
	ErrNotSecured = errors.New("mcots: encrypted frame before the key is known")
	// ErrBody says that a body is too short for a message number or, when it is
	// compressed, cannot be exploded.
	ErrBody = errors.New("mcots: bad frame body")
)

// ClientSequence counts as the game's client does: one step for every frame sent
// and every frame received, on all its connections together, so that its very first
// frame carries 1 (mcots-1 1.3). The zero value is a client just started. A server has no counter: its replies carry the
// sequence of the request.
type ClientSequence struct {
	count uint32
}

// Next counts a frame to be sent and returns the sequence that it carries.
func (s *ClientSequence) Next() uint32 {
	s.count++
	return s.count
}

// Received counts a received frame.
func (s *ClientSequence) Received() { s.count++ }
