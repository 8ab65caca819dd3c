package keys

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1 thumbprint
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"mcos/protocol/client/trust"
)

// Set is one complete set of keys. It is never changed.
type Set struct {
	Login *rsa.PrivateKey
	// Certificates are those of the TLS key, at least one, the most important first.
	Certificates []Certificate
	// PubKey is the text of the client's pub.key file.
	PubKey string
}

func newSet(login *rsa.PrivateKey, pubKey string, key *rsa.PrivateKey, certs []*x509.Certificate) *Set {
	s := &Set{Login: login, PubKey: pubKey}
	for _, c := range certs {
		s.Certificates = append(s.Certificates, Certificate{c, tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}})
	}
	return s
}

// LoginFingerprint is the SHA-256 of the login key's public half in hex, short
// enough to compare by eye.
func (s *Set) LoginFingerprint() string {
	sum := sha256.Sum256([]byte(s.PubKey))
	return hex.EncodeToString(sum[:8])
}

// For is the certificate for clients that are told a host: one that names it or, where
// there is none, one that a player may trust whatever he typed.
func (s *Set) For(host string) *Certificate {
	if c := s.naming(host); c != nil {
		return c
	}
	for i := range s.Certificates {
		if s.Certificates[i].universal() {
			return &s.Certificates[i]
		}
	}
	return &s.Certificates[0]
}

// naming is the first certificate that names a host, nil when none does.
func (s *Set) naming(host string) *Certificate {
	if host == "" {
		return nil
	}
	for i := range s.Certificates {
		if names(s.Certificates[i].Certificate, host) {
			return &s.Certificates[i]
		}
	}
	return nil
}

// Certificate is one of the server's certificates.
type Certificate struct {
	*x509.Certificate
	pair tls.Certificate
}

// PEM is the certificate as a file for players.
func (c *Certificate) PEM() []byte { return encodeCertificates([]*x509.Certificate{c.Certificate}) }

// Thumbprint is the certificate's SHA-1 in upper-case hex, the name that Windows
// shows for it.
func (c *Certificate) Thumbprint() string {
	sum := sha1.Sum(c.Raw) //nolint:gosec // an identifier, not a protection
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Hosts are the names and addresses that the certificate is for.
func (c *Certificate) Hosts() []string {
	hosts := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		if text := ip.String(); !slices.Contains(hosts, text) {
			hosts = append(hosts, text)
		}
	}
	return hosts
}

func (c *Certificate) universal() bool {
	return !slices.ContainsFunc(c.Hosts(), func(host string) bool { return !trust.Universal(host) })
}

// names tells whether a certificate names a host.
func names(c *x509.Certificate, host string) bool {
	if slices.ContainsFunc(c.DNSNames, func(name string) bool { return strings.EqualFold(name, host) }) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, ip := range c.IPAddresses {
		if have, ok := netip.AddrFromSlice(ip); ok && have.Unmap() == addr.Unmap() {
			return true
		}
	}
	return false
}

// ParseCertificates reads the file server.crt: certificates in PEM form, at least one.
func ParseCertificates(text []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("something else than a certificate is in it")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, cert)
	}
	if len(list) == 0 {
		return nil, errors.New("no certificate in PEM form")
	}
	return list, nil
}

func encodeCertificates(certs []*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}
