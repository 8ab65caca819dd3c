package cipher

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // OAEP with SHA-1 is what the client does
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// The errors of DecryptSessionKey and ParseKeyBlock. Each returned error wraps one of them; none contains key bytes.
var (
	// ErrKeyText says that the hex text has the wrong length for the RSA key, or other characters than hex digits.
	ErrKeyText = errors.New("cipher: bad session key text")
	// ErrDecrypt says that the text does not open with this private key: the client has the pub.key of another server.
	ErrDecrypt = errors.New("cipher: session key does not decrypt")
	// ErrKeyBlock says that the decrypted bytes are no key block, or hold no key of 32 bytes.
	ErrKeyBlock = errors.New("cipher: bad session key block")
)

// Sizes of the key block in bytes.
const (
	blockLengthSize = 2
	blockExpirySize = 4
	blockOverhead   = blockLengthSize + blockExpirySize
)

// DecryptSessionKey opens the session key field of a login message 0x0501 (nps-login-persona 2.2). hexText is the text without
// its length field: two hex digits, of either case, for each byte of the RSA modulus. The expiry that follows the key is ignored,
// as no server ever used it.
//
// The errors are ErrKeyText, ErrDecrypt and ErrKeyBlock. key must not be nil.
func DecryptSessionKey(key *rsa.PrivateKey, hexText []byte) (SessionKey, error) {
	if want := hex.EncodedLen(key.Size()); len(hexText) != want {
		return SessionKey{}, fmt.Errorf("%w: %d characters, want %d for a modulus of %d bytes",
			ErrKeyText, len(hexText), want, key.Size())
	}
	sealed := make([]byte, key.Size())
	if _, err := hex.Decode(sealed, hexText); err != nil {
		return SessionKey{}, fmt.Errorf("%w: %w", ErrKeyText, err)
	}
	block, err := rsa.DecryptOAEP(sha1.New(), nil, key, sealed, nil) //nolint:gosec // fixed by the client
	if err != nil {
		return SessionKey{}, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	secret, _, err := ParseKeyBlock(block)
	if err != nil {
		return SessionKey{}, err
	}
	if len(secret) != SessionKeySize {
		return SessionKey{}, fmt.Errorf("%w: key of %d bytes, want %d", ErrKeyBlock, len(secret), SessionKeySize)
	}
	return SessionKey(secret), nil
}

// ParseKeyBlock cuts a decrypted key block into its parts, in network byte order (nps-login-persona 2.2):
//
//	0      u16     key length n
//	2      n bytes key
//	2+n    u32     expiry; 0 = never; its unit is unknown, as only 0 was ever seen
//
// Bytes behind the expiry are ignored. The key may have any length, and points into block. The error is ErrKeyBlock.
func ParseKeyBlock(block []byte) (key []byte, expiry uint32, err error) {
	if len(block) < blockOverhead {
		return nil, 0, fmt.Errorf("%w: %d bytes, want at least %d", ErrKeyBlock, len(block), blockOverhead)
	}
	size := int(binary.BigEndian.Uint16(block))
	if room := len(block) - blockOverhead; size > room {
		return nil, 0, fmt.Errorf("%w: key length %d, but only %d bytes are there", ErrKeyBlock, size, room)
	}
	end := blockLengthSize + size
	return block[blockLengthSize:end:end], binary.BigEndian.Uint32(block[end:]), nil
}

// EncryptSessionKey is the client's side of DecryptSessionKey: it returns the key sealed for the owner of pub as upper-case hex
// text, as the game writes it. random must be a source of real randomness (crypto/rand.Reader) except in tests.
func EncryptSessionKey(pub *rsa.PublicKey, key SessionKey, random io.Reader) (hexUpper []byte, err error) {
	block := make([]byte, 0, blockOverhead+SessionKeySize)
	block = binary.BigEndian.AppendUint16(block, SessionKeySize)
	block = append(block, key[:]...)
	block = binary.BigEndian.AppendUint32(block, 0) // never expires

	sealed, err := rsa.EncryptOAEP(sha1.New(), random, pub, block, nil) //nolint:gosec // fixed by the client
	if err != nil {
		return nil, fmt.Errorf("cipher: sealing the session key with a modulus of %d bytes: %w", pub.Size(), err)
	}
	text := hex.AppendEncode(make([]byte, 0, hex.EncodedLen(len(sealed))), sealed)
	return bytes.ToUpper(text), nil
}
