package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// Every certificate is valid for the same long time, whenever it is made: the clock of
// a small computer stands in 1970 at its first start, and that of an old one with an
// empty battery in 2002, and neither may keep a player out. Up to 2049 dates have the
// form that the oldest clients read.
var (
	validFrom  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)
)

// makeCertificate signs a certificate for the key with itself: the same file is
// what the server shows and what the player's Windows is told to trust. The
// strict form can vouch for this server's names and for nothing else.
func makeCertificate(key *rsa.PrivateKey, cfg Config, names []string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0], Organization: []string{"MCOS game server"}},
		NotBefore:             validFrom,
		NotAfter:              validUntil,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	if cfg.Certificate == "community" {
		tmpl.IsCA = true
		tmpl.KeyUsage |= x509.KeyUsageCertSign
		tmpl.ExtKeyUsage = append(tmpl.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	if cfg.Signature == "sha1" {
		tmpl.SignatureAlgorithm = x509.SHA1WithRSA
	}
	for _, name := range names {
		// Old WinINet compares an address with the DNS names only.
		tmpl.DNSNames = append(tmpl.DNSNames, name)
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}
