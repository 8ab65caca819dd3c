package trust

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // for signatures that are told to the player
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net/netip"
	"strings"
)

// The sizes of a key in bits: Windows refuses smaller ones (web-and-client 8.4), and a
// larger one only makes an old computer slow.
const (
	minBits = 1024
	maxBits = 4096
)

// key tells what is wrong with the key of a certificate.
func (v *Verdict) key(cert *x509.Certificate) []string {
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return []string{"its key is not an RSA key, and the game knows no other"}
	}
	v.Bits = pub.N.BitLen()
	if v.Bits < minBits || v.Bits > maxBits {
		return []string{fmt.Sprintf("its key has %d bits, not %d to %d", v.Bits, minBits, maxBits)}
	}
	if pub.E < 3 || pub.E%2 == 0 || pub.N.Bit(0) == 0 {
		return []string{"its key protects nothing"}
	}
	return nil
}

// uses tells what a certificate could be used for apart from being a server.
func uses(cert *x509.Certificate) []string {
	var reasons []string
	if !cert.BasicConstraintsValid || cert.IsCA || cert.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0 {
		reasons = append(reasons, "it could sign certificates for any other site")
	}
	server, others := false, len(cert.UnknownExtKeyUsage) > 0
	for _, use := range cert.ExtKeyUsage {
		server = server || use == x509.ExtKeyUsageServerAuth
		others = others || use != x509.ExtKeyUsageServerAuth
	}
	switch {
	case others:
		reasons = append(reasons, "it is also good for other purposes than a server, such as signing programs")
	case !server:
		reasons = append(reasons, "it is not limited to the purpose of a server")
	}
	return reasons
}

// known are the extensions that are looked at, or say nothing but which key it is.
// All others could widen what a certificate is good for, or have Windows ask
// somebody about it.
var known = []asn1.ObjectIdentifier{
	{2, 5, 29, 14}, // subject key identifier
	{2, 5, 29, 15}, // key usage
	{2, 5, 29, 17}, // subject alternative name
	{2, 5, 29, 19}, // basic constraints
	{2, 5, 29, 35}, // authority key identifier
	{2, 5, 29, 37}, // extended key usage
}

var alternativeName = known[2]

func extensions(cert *x509.Certificate) []string {
	var odd []string
	for _, e := range cert.Extensions {
		ok := false
		for _, id := range known {
			ok = ok || id.Equal(e.Id)
		}
		if !ok {
			odd = append(odd, e.Id.String())
		}
	}
	if len(odd) == 0 {
		return nil
	}
	return []string{"it has extensions that a game server does not need: " + list(odd)}
}

// hashes are those of the signatures that Windows takes.
var hashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.SHA1WithRSA: crypto.SHA1, x509.SHA256WithRSA: crypto.SHA256, x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
}

// signature checks that a certificate is signed with its own key: Windows takes no
// other as a root. The library's own check refuses SHA-1 and is not asked.
func signature(cert *x509.Certificate) []string {
	hash, ok := hashes[cert.SignatureAlgorithm]
	if !ok {
		return []string{"it is signed with " + cert.SignatureAlgorithm.String() + ", which is not safe or not known to every Windows"}
	}
	pub, isRSA := cert.PublicKey.(*rsa.PublicKey)
	if !isRSA || pub.N.BitLen() < minBits || pub.N.BitLen() > maxBits {
		return nil // that has been said
	}
	h := hash.New()
	h.Write(cert.RawTBSCertificate)
	if !selfSigned(cert) || rsa.VerifyPKCS1v15(pub, hash, h.Sum(nil), cert.Signature) != nil {
		return []string{"it is not signed with its own key, and Windows trusts only such a one by itself"}
	}
	return nil
}

// The kinds of alternative names (RFC 5280 section 4.2.1.6).
const (
	tagDNS = 2
	tagIP  = 7
)

// allNames are all names under which a program could take a certificate for a
// server's, and what it names apart from that. Old programs read the common name too.
func allNames(cert *x509.Certificate) (names, odd []string) {
	for _, part := range cert.Subject.Names {
		if part.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) {
			text, ok := part.Value.(string)
			if !ok {
				odd = append(odd, "its common name is no text")
			} else if isHost(text) {
				names = append(names, strings.TrimSpace(text))
			}
		}
	}
	for _, e := range cert.Extensions {
		if !e.Id.Equal(alternativeName) {
			continue
		}
		var all []asn1.RawValue
		if rest, err := asn1.Unmarshal(e.Value, &all); err != nil || len(rest) > 0 {
			return names, append(odd, "its names cannot be read")
		}
		for _, one := range all {
			name, ok := alternative(one)
			if !ok {
				odd = append(odd, "it names other things than hosts")
				break
			}
			names = append(names, name)
		}
	}
	return names, odd
}

func alternative(v asn1.RawValue) (name string, ok bool) {
	switch {
	case v.Class != asn1.ClassContextSpecific || v.IsCompound:
		return "", false
	case v.Tag == tagDNS:
		return string(v.Bytes), true
	case v.Tag == tagIP:
		addr, ok := netip.AddrFromSlice(v.Bytes)
		return addr.Unmap().String(), ok
	}
	return "", false
}

// isHost tells whether a program could take a common name for a host's. Several
// words, such as "MCOS game server", are no host; what hides anything is taken for one.
func isHost(text string) bool {
	text = strings.TrimSpace(text)
	hides := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	return text != "" && (hides || !strings.Contains(text, " "))
}
