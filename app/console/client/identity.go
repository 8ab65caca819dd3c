package client

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
)

// A console has an identity, so that also those who may not read its token can tell it
// from another program that has its port: a key pair made of the token. Only its
// public half is told.

func keyOf(token string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("mcos console identity " + token))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Identity is the public key of the console with this token, as hexadecimal text.
func Identity(token string) string {
	return hex.EncodeToString(keyOf(token).Public().(ed25519.PublicKey))
}

// Sign answers a challenge as only the console with this token can.
func Sign(token, challenge string) string {
	return hex.EncodeToString(ed25519.Sign(keyOf(token), []byte("mcos console "+challenge)))
}

// signed tells whether the console of an identity has answered a challenge.
func signed(identity, challenge, signature string) bool {
	key, err := hex.DecodeString(identity)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return false
	}
	sig, err := hex.DecodeString(signature)
	return err == nil && ed25519.Verify(key, []byte("mcos console "+challenge), sig)
}
