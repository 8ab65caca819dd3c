package admin

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"mcos/app/keys"
	"mcos/app/netaddr"
)

// CertificateNames lists what a new certificate is made for: the public host
// first, when there is one, then every way to reach this machine.
func CertificateNames(publicHost string) []string {
	var names []string
	if publicHost != "" {
		names = append(names, publicHost)
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		names = append(names, host)
	}
	for _, ip := range netaddr.MachineIPv4() {
		names = append(names, ip.String())
	}
	return append(names, "localhost", "127.0.0.1")
}

// Keys implements API.
func (l *Local) Keys(context.Context) (Keys, error) {
	ring, err := l.Ring()
	if err != nil {
		return Keys{}, err
	}
	return l.describe(ring.Current()), nil
}

// ImportKey implements API.
func (l *Local) ImportKey(_ context.Context, in LoginKey) (Keys, error) {
	ring, err := l.Ring()
	if err != nil {
		return Keys{}, err
	}
	err = ring.ImportLogin([]byte(in.PEM))
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return Keys{}, err
	case err != nil:
		// What is no trouble with a file is a key that the game cannot use.
		return Keys{}, refuse(Invalid, "this key cannot be imported: %v; the game needs an RSA key of 1024 bits", err)
	}
	return l.describe(ring.Current()), nil
}

// RotateKeys implements API.
func (l *Local) RotateKeys(_ context.Context, in Rotation) (Keys, error) {
	if !in.Login && !in.Certificate {
		return Keys{}, refuse(Invalid, "say which keys to make anew: the login key, the certificate or both")
	}
	// A key that cannot be read is replaced as well.
	ring, err := l.Ring()
	if ring == nil {
		return Keys{}, err
	}
	if err := ring.Rotate(in.Login, in.Certificate); err != nil {
		return Keys{}, err
	}
	return l.describe(ring.Current()), nil
}

func (l *Local) describe(set *keys.Set) Keys {
	cert := set.Certificate
	bits := 0
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok {
		bits = key.N.BitLen()
	}
	return Keys{
		Login:      set.LoginFingerprint(),
		PubKeyFile: filepath.Join(l.KeyDir, keys.PubKeyFile),
		Certificate: Certificate{
			File: filepath.Join(l.KeyDir, keys.CertificateFile), Names: cert.DNSNames,
			From: cert.NotBefore.UTC(), Until: cert.NotAfter.UTC(), Thumbprint: set.Thumbprint(), Bits: bits,
			Signs: cert.IsCA || cert.KeyUsage&x509.KeyUsageCertSign != 0,
		},
	}
}
