package winhost

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"io/fs"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"

	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
)

// TestStoreLimitsCertificates: what is trusted is kept with the limit to servers, and
// goes without a trace.
func TestStoreLimitsCertificates(t *testing.T) {
	if !windows.GetCurrentProcessToken().IsElevated() {
		t.Skip("needs the rights of an administrator")
	}
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), Subject: pkix.Name{CommonName: "Test"}, DNSNames: []string{"test.invalid"}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	sum := sha1.Sum(der)
	print := strings.ToUpper(hex.EncodeToString(sum[:]))
	h, err := New()
	require.NoError(t, err)
	require.NoError(t, h.AddCertificate(der))
	t.Cleanup(func() { _ = h.RemoveCertificate(print) })
	got, err := h.Certificate(print)
	require.NoError(t, err)
	assert.Equal(t, der, got)
	blob, err := h.Value(host.Key{Hive: host.Machine, View: host.View64, Path: roots + `\` + print}, "Blob")
	require.NoError(t, err)
	property := append([]byte{usesProperty, 0, 0, 0, 1, 0, 0, 0, byte(len(protocol.ServerUse)), 0, 0, 0}, protocol.ServerUse...)
	assert.True(t, bytes.Contains(blob.Data, property), "%x", blob.Data)
	require.NoError(t, h.RemoveCertificate(print))
	_, err = h.Certificate(print)
	require.ErrorIs(t, err, fs.ErrNotExist)
}
