package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func told() []string { return []string{"game.example.org", "192.168.1.5", "localhost"} }

func open(t *testing.T, dir string, cfg Config) *Ring {
	t.Helper()
	r, err := Open(dir, cfg, told, func() time.Time { return now })
	require.NoError(t, err)
	return r
}

func TestFirstStartMakesEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	set := open(t, dir, Default()).Current()
	assert.Equal(t, 1024, set.Login.N.BitLen())
	assert.Equal(t, 65537, set.Login.E)
	assert.Regexp(t, `^30819f300d06092a864886f70d010101050003818d0030818902818100[0-9a-f]{256}0203010001$`, set.PubKey)
	onDisk, err := os.ReadFile(filepath.Join(dir, PubKeyFile))
	require.NoError(t, err)
	assert.Equal(t, set.PubKey, string(onDisk))

	require.Len(t, set.Certificates, 2)
	c := set.Certificates[0]
	assert.Equal(t, "game.example.org", c.Subject.CommonName)
	assert.Equal(t, []string{"game.example.org"}, c.Hosts(), "what is at home has a certificate of its own")
	home := set.Certificates[1]
	assert.Equal(t, []string{"192.168.1.5", "localhost"}, home.DNSNames, "addresses also stand among the DNS names, for old WinINet")
	require.Len(t, home.IPAddresses, 1)
	assert.Equal(t, "192.168.1.5", home.IPAddresses[0].String())
	assert.True(t, c.BasicConstraintsValid)
	assert.False(t, c.IsCA)
	assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, c.ExtKeyUsage)
	assert.Equal(t, x509.SHA256WithRSA, c.SignatureAlgorithm)
	assert.Equal(t, 1024, c.PublicKey.(*rsa.PublicKey).N.BitLen())
	assert.True(t, c.NotBefore.Before(now))
	assert.True(t, c.NotAfter.After(now.AddDate(19, 0, 0)))
	assert.Less(t, c.NotAfter.Year(), 2050)
	assert.False(t, set.Login.PublicKey.Equal(c.PublicKey), "login and TLS keys are different keys")
	if runtime.GOOS != "windows" {
		for _, name := range []string{LoginKeyFile, TLSKeyFile} {
			info, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
		}
	}
}

func TestSecondStartReadsTheSameKeys(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Default()).Current()
	second := open(t, dir, Default()).Current()
	assert.Equal(t, first.PubKey, second.PubKey)
	assert.Equal(t, prints(first), prints(second))
	other := open(t, t.TempDir(), Default()).Current()
	assert.NotEqual(t, first.PubKey, other.PubKey, "every installation has its own keys")
}

// TestOldAndStrongForms: what the settings ask for.
func TestOldAndStrongForms(t *testing.T) {
	c := open(t, t.TempDir(), Config{KeyBits: 2048, Signature: "sha1"}).Current().Certificates[0]
	assert.Equal(t, x509.SHA1WithRSA, c.SignatureAlgorithm)
	assert.Equal(t, 2048, c.PublicKey.(*rsa.PublicKey).N.BitLen())
}

// TestKeysThatExistAreKept: other settings are for new keys.
func TestKeysThatExistAreKept(t *testing.T) {
	dir := t.TempDir()
	before := open(t, dir, Config{KeyBits: 2048, Signature: "sha1"}).Current()
	after := open(t, dir, Default()).Current()
	assert.Equal(t, prints(before), prints(after))
	// What is added later is of the same form.
	r, err := Open(dir, Default(), func() []string { return append(told(), "other.example.com") }, time.Now)
	require.NoError(t, err)
	list := r.Current().Certificates
	assert.Equal(t, prints(before), prints(r.Current())[:2])
	require.Len(t, list, 3)
	assert.Equal(t, []string{"other.example.com"}, list[2].Hosts())
	assert.Equal(t, x509.SHA1WithRSA, list[2].SignatureAlgorithm)
	assert.Equal(t, 2048, list[2].PublicKey.(*rsa.PublicKey).N.BitLen())
}

func prints(s *Set) (list []string) {
	for i := range s.Certificates {
		list = append(list, s.Certificates[i].Thumbprint())
	}
	return list
}

func TestImportLogin(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, text := range map[string][]byte{
		"PKCS1": encodeKey(key),
		"PKCS8": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, dir, Default())
			before := r.Current()
			require.NoError(t, r.ImportLogin(text))
			assert.True(t, key.Equal(r.LoginKey()))
			assert.NotEqual(t, before.PubKey, r.Current().PubKey)
			assert.Equal(t, prints(before), prints(r.Current()))
			assert.True(t, key.Equal(open(t, dir, Default()).LoginKey()), "it survives a restart")
			old, err := os.ReadFile(filepath.Join(dir, LoginKeyFile+".old-20260102-030405"))
			require.NoError(t, err)
			assert.Equal(t, encodeKey(before.Login), old)
		})
	}
}

func TestImportRefusesOtherKeys(t *testing.T) {
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ec, err := x509.MarshalPKCS8PrivateKey(curve)
	require.NoError(t, err)
	cases := map[string][]byte{
		"nothing":     nil,
		"text":        []byte("hello"),
		"2048 bits":   encodeKey(big),
		"curve":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ec}),
		"certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}),
		"damaged":     pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1}}),
	}
	r := open(t, t.TempDir(), Default())
	before := r.Current()
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			require.Error(t, r.ImportLogin(text))
			assert.Same(t, before, r.Current())
		})
	}
}

func TestRotate(t *testing.T) {
	r := open(t, t.TempDir(), Default())
	first := r.Current()
	require.NoError(t, r.Rotate(Rotation{Login: true}))
	second := r.Current()
	assert.NotEqual(t, first.PubKey, second.PubKey)
	assert.Equal(t, prints(first), prints(second))
	require.NoError(t, r.Rotate(Rotation{Certificate: true}))
	third := r.Current()
	assert.Equal(t, second.PubKey, third.PubKey)
	assert.NotEqual(t, prints(second), prints(third))
	for _, c := range third.Certificates {
		assert.True(t, c.pair.PrivateKey.(*rsa.PrivateKey).PublicKey.Equal(c.PublicKey))
	}
	require.NoError(t, r.Rotate(Rotation{Certificate: true, Config: Config{Signature: "sha1"}}))
	assert.Equal(t, x509.SHA1WithRSA, r.Current().Certificates[0].SignatureAlgorithm)
	assert.Equal(t, 1024, r.Current().Certificates[0].PublicKey.(*rsa.PublicKey).N.BitLen())
	require.NoError(t, r.Rotate(Rotation{Certificate: true}))
	assert.Equal(t, x509.SHA1WithRSA, r.Current().Certificates[0].SignatureAlgorithm, "as it was asked for")
}

func TestDamagedFilesAreNamed(t *testing.T) {
	for _, name := range []string{LoginKeyFile, TLSKeyFile, CertificateFile} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir, Default())
			path := filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(path, []byte("half a key"), 0o600))
			_, err := Open(dir, Default(), told, time.Now)
			assert.ErrorContains(t, err, path)
		})
	}
}

func TestForeignCertificateIsRefused(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	open(t, a, Default())
	other := open(t, b, Default()).Current()
	require.NoError(t, os.WriteFile(filepath.Join(a, CertificateFile), other.Certificates[0].PEM(), 0o600))
	_, err := Open(a, Default(), told, time.Now)
	assert.ErrorContains(t, err, "does not belong to")
}
