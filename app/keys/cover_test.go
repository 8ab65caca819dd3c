package keys

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNewHostsAreCovered: a card that comes up while the server runs, and a public host
// that is set later, get certificates of their own; all others stay as they are.
func TestNewHostsAreCovered(t *testing.T) {
	hosts := []string{"192.168.1.5", "localhost", "127.0.0.1"}
	dir := t.TempDir()
	r, err := Open(dir, Default(), func() []string { return hosts }, time.Now)
	require.NoError(t, err)
	home := r.Current()
	require.Len(t, home.Certificates, 1)

	hosts = []string{"192.168.1.77", "localhost", "127.0.0.1"} // the router gave another address
	require.NoError(t, r.Cover())
	assert.Same(t, home, r.Current(), "players at home need no other certificate")

	hosts = append(hosts, "26.1.2.3")
	require.NoError(t, r.Cover())
	vpn := r.Current()
	assert.Equal(t, []string{"26.1.2.3"}, vpn.For("26.1.2.3").Hosts())
	assert.Equal(t, prints(home)[0], vpn.For("192.168.1.77").Thumbprint())
	hosts = append([]string{"mco.example.org"}, hosts...)
	again, err := Open(dir, Default(), func() []string { return hosts }, time.Now)
	require.NoError(t, err)
	assert.Equal(t, prints(vpn), prints(again.Current())[:2])
	assert.Equal(t, []string{"mco.example.org"}, again.Current().For("MCO.example.org").Hosts())
	assert.Equal(t, prints(home)[0], again.Current().For("nobody.example").Thumbprint(), "everybody may trust what is at home")

	before, err := os.ReadFile(filepath.Join(dir, CertificateFile))
	require.NoError(t, err)
	hosts = append(hosts, "25.4.5.6")
	again.put = func(string, []byte) error { return errDisk }
	require.ErrorIs(t, again.Cover(), errDisk)
	after, err := os.ReadFile(filepath.Join(dir, CertificateFile))
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

// TestOldCertificatesGo: those that nobody needs do not pile up for ever.
func TestOldCertificatesGo(t *testing.T) {
	vpn := ""
	r, err := Open(t.TempDir(), Default(), func() []string { return []string{"localhost", vpn} }, time.Now)
	require.NoError(t, err)
	home := prints(r.Current())[0]
	for i := range 2 * maxCertificates {
		vpn = fmt.Sprintf("26.1.2.%d", i)
		require.NoError(t, r.Cover())
		assert.LessOrEqual(t, len(r.Current().Certificates), maxCertificates)
		assert.Equal(t, home, r.Current().For("localhost").Thumbprint())
		assert.Equal(t, []string{vpn}, r.Current().For(vpn).Hosts())
	}
}

// TestOneCertificateForAll: the file of an older version stays in use.
func TestOneCertificateForAll(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, Default())
	key, err := r.key(TLSKeyFile, 0)
	require.NoError(t, err)
	old, err := makeCertificate(key, "sha256", told())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, CertificateFile), (&Certificate{Certificate: old}).PEM(), 0o600))
	set := open(t, dir, Default()).Current()
	require.Len(t, set.Certificates, 1)
	for _, host := range append(told(), "") {
		assert.Equal(t, old.Raw, set.For(host).Raw)
	}
}
