package trust

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mcos/protocol/plain"
)

// ErrRefused says that no player's computer may be told to trust a certificate, and
// why. There is no switch against it.
var ErrRefused = errors.New("the server's certificate is refused")

// Kind names a doubt for programs.
type Kind string

// The doubts. With one the game may refuse the server; nothing else is at risk.
const (
	// Dates: the certificate is not valid now.
	Dates Kind = "dates"
	// Name: the certificate is not made for the host that was typed.
	Name Kind = "name"
	// SHA1: the certificate is signed with SHA-1.
	SHA1 Kind = "sha1"
)

// Doubt is something that a player should know before a certificate is trusted.
type Doubt struct {
	Kind Kind
	Text string // a sentence for people
}

// Verdict is what a certificate is, for people to look at.
type Verdict struct {
	// Thumbprint is its SHA-1 in upper-case hex, as Windows shows it.
	Thumbprint string
	// Names are all hosts that it can prove to be, each once.
	Names []string
	// Bits is the size of its key.
	Bits int
	// From and Until are its first and its last day, like 2026-01-31, in UTC.
	From, Until string
	// Doubts are empty for a certificate that is as it should be.
	Doubts []Doubt
}

// MaxSize is the largest certificate that is looked at, in bytes.
const MaxSize = 8 << 10

const day = "2006-01-02"

// Judge tells whether a player's computer may be told to trust a certificate for a
// place. der is its DER form and now the time in seconds since 1970. The error wraps
// ErrRefused and says everything that is wrong; the verdict tells of the certificate
// even then, as far as it could be read.
func Judge(der []byte, at Place, now int64) (Verdict, error) {
	var v Verdict
	sum := sha1.Sum(der) //nolint:gosec // an identifier; the player compares it
	v.Thumbprint = strings.ToUpper(hex.EncodeToString(sum[:]))
	if len(der) > MaxSize {
		return v, fmt.Errorf("%w: it has %d bytes, more than %d", ErrRefused, len(der), MaxSize)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return v, fmt.Errorf("%w: it cannot be read (%w)", ErrRefused, plain.Error(err))
	}
	v.From, v.Until = cert.NotBefore.UTC().Format(day), cert.NotAfter.UTC().Format(day)
	reasons := slices.Concat(v.names(cert, at), v.key(cert), uses(cert), extensions(cert), signature(cert))
	if cert.NotAfter.Before(cert.NotBefore) {
		reasons = append(reasons, "it ends before it begins")
	}
	if len(reasons) > 0 {
		return v, fmt.Errorf("%w: %s", ErrRefused, strings.Join(reasons, "; "))
	}
	v.doubt(cert, at, now)
	return v, nil
}

// names collects the names of a certificate and tells what is wrong with them.
func (v *Verdict) names(cert *x509.Certificate, at Place) []string {
	names, odd := allNames(cert)
	var foreign []string
	for _, name := range names {
		if !slices.ContainsFunc(v.Names, func(have string) bool { return strings.EqualFold(have, name) }) {
			v.Names = append(v.Names, name)
			if !at.accepts(name) {
				foreign = append(foreign, fmt.Sprintf("%.80q", name))
			}
		}
	}
	switch {
	case len(foreign) > 0 && strings.Contains(strings.Join(foreign, ""), "*"):
		odd = append(odd, "it is for many sites at once: "+list(foreign))
	case len(foreign) > 0:
		odd = append(odd, fmt.Sprintf("it is for other sites than %s: %s", at.Host, list(foreign)))
	}
	if len(names) == 0 {
		odd = append(odd, "it names no host")
	}
	return odd
}

// doubt adds what a player should know about a certificate that is not refused.
func (v *Verdict) doubt(cert *x509.Certificate, at Place, now int64) {
	add := func(kind Kind, format string, args ...any) {
		v.Doubts = append(v.Doubts, Doubt{kind, fmt.Sprintf(format, args...)})
	}
	switch {
	case now < cert.NotBefore.Unix():
		add(Dates, "The certificate is not valid before %s, so the game may refuse this server. Check this computer's clock.", v.From)
	case now > cert.NotAfter.Unix():
		add(Dates, "The certificate ended on %s, so the game may refuse this server. Ask the host for a new one.", v.Until)
	}
	if cert.VerifyHostname(at.Host) != nil {
		add(Name, "The certificate is not made for %s but for %s, so the game may refuse this server. Ask the host which address to use.", at.Host, list(v.Names))
	}
	if cert.SignatureAlgorithm == x509.SHA1WithRSA {
		add(SHA1, "The certificate is signed with SHA-1, which only Windows before XP Service Pack 3 needs and newer programs may not accept.")
	}
}

// Kinds are the kinds of the doubts.
func (v Verdict) Kinds() []Kind {
	var kinds []Kind
	for _, d := range v.Doubts {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

// Uses says in a few words what a certificate that is not refused is good for.
func (v Verdict) Uses() string {
	return fmt.Sprintf("%s; only as a server; %d bits; %s to %s", list(v.Names), v.Bits, v.From, v.Until)
}

// maxListed is how many names are listed for people.
const maxListed = 8

func list(names []string) string {
	if more := len(names) - maxListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// selfSigned tells whether a certificate names itself as its issuer.
func selfSigned(cert *x509.Certificate) bool { return bytes.Equal(cert.RawIssuer, cert.RawSubject) }
