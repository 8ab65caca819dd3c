package client_test

import (
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/client"
)

// The modulus of a key made for tests, and the fixed bytes around it in every pub.key.
const (
	pubKeyStart = "30819f300d06092a864886f70d010101050003818d0030818902818100"
	pubKeyEnd   = "0203010001"
	modulus     = "" +
		"bfc47a9a6c13f427a40f4d9c1542e2d83899c38417f08c4b5880d3d0317cb9412724d683e4b12b30ae5768537702e80d7a3b" +
		"42db7db0411f36a155c48f73c7113ee48ecdc374e5f8c6a38de13f3eab98e3a43c958fcb75bc95d0cb90530eb1ee668a7284" +
		"c23de39754fdf2e4f3795f57fd7ac22e6c4b93b13778018dd10b7413"
)

func testKey(t testing.TB) *rsa.PublicKey {
	t.Helper()
	n, ok := new(big.Int).SetString(modulus, 16)
	require.True(t, ok)
	return &rsa.PublicKey{N: n, E: 65537}
}

func TestPubKey(t *testing.T) {
	text, err := client.PubKey(testKey(t))
	require.NoError(t, err)
	assert.Equal(t, pubKeyStart+modulus+pubKeyEnd, text)
	assert.Len(t, text, client.PubKeySize)

	pub, err := client.ParsePubKey(text)
	require.NoError(t, err)
	assert.True(t, pub.Equal(testKey(t)))
}

func TestPubKeyRefusesOtherKeys(t *testing.T) {
	n := testKey(t).N
	for name, pub := range map[string]*rsa.PublicKey{
		"exponent 3":     {N: n, E: 3},
		"exponent 65539": {N: n, E: 65539},
		"1023 bits":      {N: new(big.Int).Rsh(n, 1), E: 65537},
		"1025 bits":      {N: new(big.Int).Lsh(n, 1), E: 65537},
		"2048 bits":      {N: new(big.Int).Lsh(n, 1024), E: 65537},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.PubKey(pub)
			assert.ErrorIs(t, err, client.ErrPubKey)
		})
	}
}

func TestParsePubKeyErrors(t *testing.T) {
	good := pubKeyStart + modulus + pubKeyEnd
	for name, text := range map[string]string{
		"empty":               "",
		"one character short": good[:323],
		"line end":            good + "\n",
		"line end inside":     good[:323] + "\n",
		"upper case":          strings.ToUpper(good),
		"one capital letter":  strings.Replace(good, "f", "F", 1),
		"0x":                  "0x" + good[2:],
		"no DER":              strings.Repeat("00", 162),
		"exponent 65539":      strings.TrimSuffix(good, "0001") + "0003",
		"negative modulus":    strings.Replace(good, "02818100b", "028181ffb", 1),
		"other algorithm":     strings.Replace(good, "2a864886f70d010101", "2a864886f70d010102", 1),
		"1016 bits, padded":   strings.Replace(good, "02818100"+modulus[:2], "028181"+"0000", 1),
	} {
		t.Run(name, func(t *testing.T) {
			pub, err := client.ParsePubKey(text)
			require.ErrorIs(t, err, client.ErrPubKey)
			assert.Nil(t, pub)
		})
	}
}

func FuzzParsePubKey(f *testing.F) {
	good := pubKeyStart + modulus + pubKeyEnd
	f.Add(good)
	f.Add(strings.ToUpper(good))
	f.Add(good[:300])
	f.Fuzz(func(t *testing.T, text string) {
		pub, err := client.ParsePubKey(text)
		if err != nil {
			require.ErrorIs(t, err, client.ErrPubKey)
			return
		}
		again, err := client.PubKey(pub)
		require.NoError(t, err)
		require.Equal(t, text, again)
	})
}

func ExamplePubKey() {
	n, _ := new(big.Int).SetString(modulus, 16)
	text, err := client.PubKey(&rsa.PublicKey{N: n, E: 65537})
	fmt.Println(len(text), text[:20], text[314:], err)
	// Output: 324 30819f300d06092a8648 0203010001 <nil>
}
