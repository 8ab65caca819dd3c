package cipher

import (
	"crypto/md5" //nolint:gosec // the key hash of the lobby login is MD5
	"fmt"
)

// SessionKeySize is the size of a session key in bytes.
const SessionKeySize = 32

// SessionKey is the secret that a client makes up at login and that the lobby and MCOTS connections of the same session
// encrypt with (nps-login-persona 2.2).
//
// It does not show itself: every verb of fmt, and the text and JSON encoders of loggers, give "session key (hidden)" instead of
// the bytes. One way remains that no method can close: fmt prints an unexported struct field without asking its type. Do not
// print structs that hold a key in such a field. The parts returned by DESKey, RC4Key and Hash are plain bytes and are as secret as
// the key itself, except that the hash travels in clear.
type SessionKey [SessionKeySize]byte

const hiddenKey = "session key (hidden)"

// DESKey returns the key of the lobby family's DES-CBC: bytes 0 to 7. Its parity bits mean nothing.
func (k SessionKey) DESKey() [DESKeySize]byte { return [DESKeySize]byte(k[:DESKeySize]) }

// RC4Key returns the key of the MCOTS connection's RC4: bytes 0 to 15.
func (k SessionKey) RC4Key() [RC4KeySize]byte { return [RC4KeySize]byte(k[:RC4KeySize]) }

// Hash returns the key hash that a client sends at the end of the lobby login 0x0100: the MD5 of all 32 bytes
// (nps-lobby-rooms 4.3). Compare it in constant time.
func (k SessionKey) Hash() [md5.Size]byte { return md5.Sum(k[:]) } //nolint:gosec // fixed by the protocol

// String hides the key.
func (k SessionKey) String() string { return hiddenKey }

// GoString hides the key from the verb %#v.
func (k SessionKey) GoString() string { return hiddenKey }

// Format hides the key from every verb, also from %x and %d, which would not ask String.
func (k SessionKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hiddenKey)) }

// MarshalText hides the key from encoders of text and JSON. A session key is therefore never stored by accident either.
func (k SessionKey) MarshalText() ([]byte, error) { return []byte(hiddenKey), nil }
