package client

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrPubKey says that a key or a pub.key text is not of the one form that the game reads.
var ErrPubKey = errors.New("client: bad pub.key")

// PubKeySize is the size of the file pub.key in bytes.
const PubKeySize = 324

// What the game requires of its key.
const (
	pubKeyBits     = 1024
	pubKeyExponent = 65537
)

// PubKey returns the content of the file pub.key (web-and-client 7): 324 lower-case hex characters without a line end, the
// DER form (SubjectPublicKeyInfo) of an RSA key. A key of other than 1024 bits, or with another exponent than 65537, is
// refused with ErrPubKey: the game is not known to read any other. pub must not be nil.
func PubKey(pub *rsa.PublicKey) (string, error) {
	if bits := pub.N.BitLen(); bits != pubKeyBits || pub.E != pubKeyExponent {
		return "", fmt.Errorf("%w: RSA key of %d bits with exponent %d, want %d bits and %d",
			ErrPubKey, bits, pub.E, pubKeyBits, pubKeyExponent)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPubKey, err)
	}
	return hex.EncodeToString(der), nil
}

// ParsePubKey reads the content of a file pub.key. It accepts exactly what PubKey makes and refuses all else with ErrPubKey,
// also what differs only by a line end or by the case of its letters: nobody knows whether the game would take it.
func ParsePubKey(text string) (*rsa.PublicKey, error) {
	if len(text) != PubKeySize {
		return nil, fmt.Errorf("%w: %d characters, want %d", ErrPubKey, len(text), PubKeySize)
	}
	der, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPubKey, err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPubKey, err)
	}
	pub, isRSA := key.(*rsa.PublicKey)
	if !isRSA {
		return nil, fmt.Errorf("%w: a %T, want an RSA key", ErrPubKey, key)
	}
	again, err := PubKey(pub)
	if err != nil {
		return nil, err
	}
	if again != text {
		return nil, fmt.Errorf("%w: not in the usual form (lower-case hex of the shortest DER)", ErrPubKey)
	}
	return pub, nil
}
