package cipher_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
)

func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := x509.ParsePKCS1PrivateKey(unhex(t, testKeyDER))
	require.NoError(t, err)
	return key
}

// sealedKey is the session key inside sealedText.
func sealedKey(t testing.TB) cipher.SessionKey {
	t.Helper()
	return cipher.SessionKey(unhex(t, sealedBlock)[2:34])
}

// same compares keys without ever printing one.
func same(t *testing.T, want, got cipher.SessionKey) {
	t.Helper()
	assert.True(t, want == got, "another session key")
}

func TestDecryptSessionKey(t *testing.T) {
	key := testKey(t)
	for name, text := range map[string]string{
		"upper case": sealedText,
		"lower case": strings.ToLower(sealedText),
		"mixed case": strings.ToLower(sealedText[:100]) + sealedText[100:],
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cipher.DecryptSessionKey(key, []byte(text))
			require.NoError(t, err)
			same(t, sealedKey(t), got)
		})
	}
}

// seal encrypts any block for the test key.
func seal(t testing.TB, block []byte) string {
	t.Helper()
	sealed, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, &testKey(t).PublicKey, block, nil)
	require.NoError(t, err)
	return hex.EncodeToString(sealed)
}

func TestDecryptSessionKeyErrors(t *testing.T) {
	key := testKey(t)
	block := unhex(t, sealedBlock)
	other := []byte(sealedText)
	other[0] ^= 1 // '4' becomes '5'
	for _, tc := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", cipher.ErrKeyText},
		{"odd", sealedText[:255], cipher.ErrKeyText},
		{"too short", sealedText[:254], cipher.ErrKeyText},
		{"too long", sealedText + "00", cipher.ErrKeyText},
		{"no hex", sealedText[:255] + "g", cipher.ErrKeyText},
		{"changed", string(other), cipher.ErrDecrypt},
		{"larger than the modulus", strings.Repeat("f", 256), cipher.ErrDecrypt},
		{"zero", strings.Repeat("0", 256), cipher.ErrDecrypt},
		{"empty block", seal(t, nil), cipher.ErrKeyBlock},
		{"block without expiry", seal(t, block[:34]), cipher.ErrKeyBlock},
		{"empty key", seal(t, make([]byte, 38)), cipher.ErrKeyBlock},
		{"31 byte key", seal(t, append([]byte{0, 31}, block[2:]...)), cipher.ErrKeyBlock},
		{"33 byte key", seal(t, append([]byte{0, 33}, append(block[2:], 0)...)), cipher.ErrKeyBlock},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := cipher.DecryptSessionKey(key, []byte(tc.text))
			require.ErrorIs(t, err, tc.want)
			same(t, cipher.SessionKey{}, got)
			assert.NotContains(t, err.Error(), sealedBlock[4:20], "errors hold no key bytes")
		})
	}
}

func TestParseKeyBlock(t *testing.T) {
	for _, tc := range []struct {
		name, block, key string
		expiry           uint32
	}{
		{"four bytes", "0004deadbeef00000064", "deadbeef", 100},
		{"empty key", "00000000002a", "", 42},
		{"bytes behind", "0001ff00000001cdcd", "ff", 1},
		{"session key", sealedBlock, sealedBlock[4:68], 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key, expiry, err := cipher.ParseKeyBlock(unhex(t, tc.block))
			require.NoError(t, err)
			assert.Equal(t, tc.key, hex.EncodeToString(key))
			assert.Equal(t, tc.expiry, expiry)
		})
	}
	for _, bad := range []string{"", "0000", "0000000000", "000100000000", "ffff00000000", "0004deadbeef000000"} {
		_, _, err := cipher.ParseKeyBlock(unhex(t, bad))
		assert.ErrorIs(t, err, cipher.ErrKeyBlock, "block %q", bad)
	}
}

func TestEncryptSessionKey(t *testing.T) {
	private, want := testKey(t), sealedKey(t)
	text, err := cipher.EncryptSessionKey(&private.PublicKey, want, rand.Reader)
	require.NoError(t, err)
	assert.Len(t, text, 256)
	assert.Equal(t, string(bytes.ToUpper(text)), string(text))

	got, err := cipher.DecryptSessionKey(private, text)
	require.NoError(t, err)
	same(t, want, got)

	sealed := unhex(t, string(text))
	block, err := rsa.DecryptOAEP(sha1.New(), nil, private, sealed, nil)
	require.NoError(t, err)
	assert.Equal(t, sealedBlock, hex.EncodeToString(block), "the block of the game, byte by byte")
}

func TestEncryptSessionKeyNeedsRandomness(t *testing.T) {
	broken := errors.New("no randomness today")
	_, err := cipher.EncryptSessionKey(&testKey(t).PublicKey, sealedKey(t), brokenReader{broken})
	require.ErrorIs(t, err, broken)
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

// The logins of four captured sessions, opened with the published key of the server that they were meant for. A fifth
// one, C, was meant for another server and must be refused as such.
func TestCapturedLogins(t *testing.T) {
	key := referenceKey(t)
	rows := map[string]string{}
	for _, row := range referenceRows(t, "nps-vectors.tsv") {
		rows[row[0]] = row[3]
	}
	_, err := cipher.DecryptSessionKey(key, sealedField(t, unhex(t, rows["login_0501_C"])))
	require.ErrorIs(t, err, cipher.ErrDecrypt)
	for _, letter := range []string{"B", "E", "F", "G"} {
		t.Run(letter, func(t *testing.T) {
			want := unhex(t, rows["login_0501_"+letter+"_plaintext"])
			got, err := cipher.DecryptSessionKey(key, sealedField(t, unhex(t, rows["login_0501_"+letter])))
			require.NoError(t, err)
			same(t, cipher.SessionKey(want[2:34]), got)
		})
	}
}

// sealedField cuts the session key text out of a login message 0x0501: a header of 12 bytes, the ticket with a u16 length,
// a u16 of zero, and the text with a u16 length.
func sealedField(t *testing.T, message []byte) []byte {
	t.Helper()
	require.Equal(t, uint16(0x0501), binary.BigEndian.Uint16(message))
	rest := message[12:]
	rest = rest[2+binary.BigEndian.Uint16(rest):]
	require.Zero(t, binary.BigEndian.Uint16(rest))
	size := binary.BigEndian.Uint16(rest[2:])
	return rest[4 : 4+size]
}

func FuzzParseKeyBlock(f *testing.F) {
	f.Add(unhex(f, "0004deadbeef00000064"))
	f.Add(unhex(f, "00000000002a"))
	f.Add(unhex(f, sealedBlock))
	f.Fuzz(func(t *testing.T, block []byte) {
		key, expiry, err := cipher.ParseKeyBlock(block)
		if err != nil {
			require.ErrorIs(t, err, cipher.ErrKeyBlock)
			return
		}
		again := binary.BigEndian.AppendUint16(nil, uint16(len(key)))
		again = append(again, key...)
		again = binary.BigEndian.AppendUint32(again, expiry)
		require.True(t, bytes.HasPrefix(block, again))
	})
}

func FuzzDecryptSessionKey(f *testing.F) {
	key := testKey(f)
	f.Add([]byte(sealedText))
	f.Add([]byte(strings.ToLower(sealedText)))
	f.Add([]byte(sealedText[:255]))
	f.Add([]byte(seal(f, make([]byte, 38))))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := cipher.DecryptSessionKey(key, text)
		if err != nil {
			same(t, cipher.SessionKey{}, got)
			return
		}
		require.Len(t, text, 256)
	})
}

func BenchmarkDecryptSessionKey(b *testing.B) {
	key, text := testKey(b), []byte(sealedText)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cipher.DecryptSessionKey(key, text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncryptSessionKey(b *testing.B) {
	pub, key := &testKey(b).PublicKey, sealedKey(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cipher.EncryptSessionKey(pub, key, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}
