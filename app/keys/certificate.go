package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"time"

	"mcos/protocol/client/trust"
)

// Every certificate is valid for the same long time, whenever it is made: the clock of
// a small computer stands in 1970 at its first start, and that of an old one with an
// empty battery in 2002, and neither may keep a player out. Up to 2049 dates have the
// form that the oldest clients read.
var (
	validFrom  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)
)

// maxCommonName is the longest common name that a certificate may have, in characters
// (RFC 5280 appendix A.1).
const maxCommonName = 64

// makeCertificate signs a certificate for the key with itself: the same file is what
// the server shows and what the player's Windows is told to trust. It can vouch for
// these names and for nothing else.
func makeCertificate(key *rsa.PrivateKey, signature string, names []string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"MCOS game server"}},
		NotBefore:             validFrom,
		NotAfter:              validUntil,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	if len(names[0]) <= maxCommonName {
		tmpl.Subject.CommonName = names[0]
	}
	if signature == "sha1" {
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

// signatureOf is the setting that a certificate was made with.
func signatureOf(c *x509.Certificate) string {
	if c.SignatureAlgorithm == x509.SHA1WithRSA {
		return "sha1"
	}
	return "sha256"
}

// missing makes certificates for the hosts that have none.
func missing(have []*x509.Certificate, key *rsa.PrivateKey, signature string, hosts []string) ([]*x509.Certificate, error) {
	var more []*x509.Certificate
	for _, group := range uncovered(have, hosts) {
		cert, err := makeCertificate(key, signature, group)
		if err != nil {
			return nil, err
		}
		more = append(more, cert)
	}
	return more, nil
}

// uncovered are the groups of hosts that need a certificate, each as a whole one. What
// is at home is one group whose addresses change by themselves: a certificate for any
// of it will do, so that players who have trusted it need not trust another one.
func uncovered(have []*x509.Certificate, hosts []string) [][]string {
	var groups [][]string
	for _, group := range trust.Groups(hosts) {
		named := 0
		for _, host := range group {
			if slices.ContainsFunc(have, func(c *x509.Certificate) bool { return names(c, host) }) {
				named++
			}
		}
		if named < len(group) && (named == 0 || !trust.Universal(group[0])) {
			groups = append(groups, group)
		}
	}
	return groups
}

// maxCertificates is how many certificates are kept although nobody is told their
// hosts at the moment: VPNs come, go and come again.
const maxCertificates = 16

// useful drops certificates that nobody needs any more, once there are many.
func useful(have []*x509.Certificate, hosts []string) []*x509.Certificate {
	if len(have) < maxCertificates {
		return have
	}
	return slices.DeleteFunc(slices.Clone(have), func(c *x509.Certificate) bool {
		return !slices.ContainsFunc(hosts, func(host string) bool { return names(c, host) })
	})
}
