package cipher

import "crypto/rc4" //nolint:gosec // the only cipher that the game's MCOTS connection speaks

// RC4KeySize is the size of an MCOTS key in bytes.
const RC4KeySize = 16

// RC4 is one direction of an MCOTS connection. Both directions start from the same key; each then runs on byte by byte for the
// life of the connection, over the bodies of its encrypted frames only (mcots-1 1.5).
//
// Make one with NewRC4. It belongs to one goroutine.
type RC4 struct {
	stream *rc4.Cipher
}

// NewRC4 returns one direction of a new connection, at key stream offset 0.
func NewRC4(key [RC4KeySize]byte) *RC4 {
	stream, err := rc4.NewCipher(key[:]) //nolint:gosec // fixed by the client
	if err != nil {
		panic(err) // cannot happen: only the size of a key can be wrong, and that is part of its type
	}
	return &RC4{stream: stream}
}

// XOR encrypts or decrypts, which is the same, the next len(src) bytes of the direction from src to the start of dst. dst must be
// at least as long as src. They may be the same slice but must not overlap otherwise. It does not allocate.
func (r *RC4) XOR(dst, src []byte) {
	r.stream.XORKeyStream(dst, src)
}
