package cipher

import (
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the only cipher that the game's lobby speaks
	"errors"
	"fmt"
)

// Sizes of the lobby's cipher in bytes.
const (
	DESKeySize   = 8
	DESBlockSize = des.BlockSize
)

// ErrBlocks says that a text for DES is not made of whole blocks, or that its destination is too short.
var ErrBlocks = errors.New("cipher: bad DES text")

// DESCBC is one direction of a lobby or room connection: DES-CBC whose chain runs on from message to message. It
// starts with a zero vector; the vector of each later message is the last cipher block before it (nps-lobby-rooms 3.1). A
// message that is skipped, repeated or worked on out of order therefore spoils the message after it.
//
// Make one with NewDESEncrypter or NewDESDecrypter. It belongs to one goroutine.
type DESCBC struct {
	mode cipher.BlockMode
}

// NewDESEncrypter returns the sending direction of a new connection.
func NewDESEncrypter(key [DESKeySize]byte) *DESCBC {
	zero := make([]byte, DESBlockSize)
	return &DESCBC{mode: cipher.NewCBCEncrypter(newDES(key), zero)} //nolint:gosec // the client starts with a zero vector
}

// NewDESDecrypter returns the receiving direction of a new connection.
func NewDESDecrypter(key [DESKeySize]byte) *DESCBC {
	return &DESCBC{mode: cipher.NewCBCDecrypter(newDES(key), make([]byte, DESBlockSize))}
}

// newDES cannot fail: the size of the key, which is all that could be wrong, is part of its type.
func newDES(key [DESKeySize]byte) cipher.Block {
	block, err := des.NewCipher(key[:]) //nolint:gosec // fixed by the client
	if err != nil {
		panic(err)
	}
	return block
}

// Crypt encrypts or decrypts the next message of the direction from src to the start of dst. src must be a multiple of 8 bytes and
// dst at least as long, else nothing happens and the error is ErrBlocks. dst and src may be the same slice but must
// not overlap otherwise. Padding is the business of the caller. It does not allocate.
func (d *DESCBC) Crypt(dst, src []byte) error {
	if len(src)%DESBlockSize != 0 {
		return fmt.Errorf("%w: %d bytes are no multiple of %d", ErrBlocks, len(src), DESBlockSize)
	}
	if len(dst) < len(src) {
		return fmt.Errorf("%w: no room for %d bytes in %d", ErrBlocks, len(src), len(dst))
	}
	d.mode.CryptBlocks(dst, src)
	return nil
}
