package admin

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/protocol/client"
	"mcos/protocol/client/trust"
)

// CertificateNames lists what certificates are made for: the hosts that players are
// told, the name that computers at home call this one, and loopback. left are those
// that cannot stand in a certificate, because they are no names of the DNS.
func CertificateNames(told []string, computer string) (names, left []string) {
	label, _, _ := strings.Cut(computer, ".") // with a domain it is somebody else's name, maybe
	for _, host := range slices.Concat(told, []string{label, "localhost", "127.0.0.1"}) {
		switch {
		case host == "" || slices.Contains(names, host):
		case client.CheckHost(host) != nil:
			left = append(left, host)
		default:
			names = append(names, host)
		}
	}
	return names, left
}

// hostsTold are those that a server with these settings would tell players.
func hostsTold(s netaddr.Settings) []string {
	machine, err := netaddr.Look()
	if err != nil {
		machine = netaddr.Machine{} // the server will make what is missing
	}
	return netaddr.Rule{Settings: s, Machine: machine}.Hosts()
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
	if in.Bits != 0 && in.Bits != 1024 && in.Bits != 2048 || in.Signature != "" && in.Signature != "sha256" && in.Signature != "sha1" {
		return Keys{}, refuse(Invalid, "a certificate has 1024 or 2048 bits and the signature sha256 or sha1")
	}
	if err := ring.Rotate(keys.Rotation{
		Login: in.Login, Certificate: in.Certificate, Config: keys.Config{KeyBits: in.Bits, Signature: in.Signature},
	}); err != nil {
		return Keys{}, err
	}
	return l.describe(ring.Current()), nil
}

func (l *Local) describe(set *keys.Set) Keys {
	k := Keys{Login: set.LoginFingerprint(), PubKeyFile: filepath.Join(l.KeyDir, keys.PubKeyFile)}
	for i := range set.Certificates {
		k.Certificates = append(k.Certificates, l.describeCertificate(&set.Certificates[i]))
	}
	return k
}

func (l *Local) describeCertificate(c *keys.Certificate) Certificate {
	d := Certificate{
		File: filepath.Join(l.KeyDir, keys.CertificateFile), Names: c.Hosts(),
		From: c.NotBefore.UTC(), Until: c.NotAfter.UTC(), Thumbprint: c.Thumbprint(),
		SHA1: c.SignatureAlgorithm == x509.SHA1WithRSA,
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		d.Bits = key.N.BitLen()
	}
	if _, err := trust.Judge(c.Raw, trust.Place{Host: d.Names[0]}, c.NotBefore.Unix()); err != nil {
		d.Refused = err.Error()
	}
	return d
}
