package doctor

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mcos/app/keys"
	"mcos/protocol/client"
	"mcos/protocol/client/trust"
)

// renewWithin is how long before its end a certificate is worth a word.
const renewWithin = 60 * 24 * time.Hour

const (
	whatKeys = "Keys"
	whatCert = "Certificate"
	newCert  = "Make a new one with: mcos keys rotate --certificate. Every player has to install it again."
)

// keys checks the files of the keys folder. It reads them itself, because opening
// them for use would repair what is to be found here.
func (e *examination) keys(context.Context) {
	files := map[string][]byte{}
	for _, name := range []string{keys.LoginKeyFile, keys.TLSKeyFile, keys.PubKeyFile, keys.CertificateFile} {
		data, err := os.ReadFile(filepath.Join(e.Dir.Keys(), name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			e.add(Problem, whatKeys, "A key file cannot be read: "+err.Error()+".", "Run this as the owner of the data folder.")
			return
		}
		if err == nil {
			files[name] = data
		}
	}
	if len(files) == 0 && !e.Live {
		e.add(OK, whatKeys, "There are none yet; the first start makes them.", "")
		return
	}
	e.private(files)
	e.pubKey(files[keys.LoginKeyFile], files[keys.PubKeyFile])
	e.certificate(files[keys.TLSKeyFile], files[keys.CertificateFile])
}

// private checks that nobody else can read the secret keys.
func (e *examination) private(files map[string][]byte) {
	if e.World.OS == "windows" {
		return // permissions there are not in the mode of a file
	}
	for _, name := range []string{keys.LoginKeyFile, keys.TLSKeyFile} {
		if files[name] == nil {
			continue
		}
		path := filepath.Join(e.Dir.Keys(), name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			e.add(Problem, whatKeys, fmt.Sprintf("%s can be read by other users of this machine (mode %04o).", path, info.Mode().Perm()), "chmod 600 "+path)
		}
	}
}

// pubKey checks that the file which players copy belongs to the login key.
func (e *examination) pubKey(login, pub []byte) {
	if login == nil || pub == nil {
		e.add(Problem, whatKeys, fmt.Sprintf("%s or %s is missing.", keys.LoginKeyFile, keys.PubKeyFile), "Restart the server; it makes what is missing.")
		return
	}
	key, err := privateKey(login)
	var want string
	if err == nil {
		want, err = client.PubKey(&key.PublicKey)
	}
	switch {
	case err != nil:
		e.add(Problem, whatKeys, fmt.Sprintf("%s cannot be used: %v.", keys.LoginKeyFile, err), "Put the right file back, or make a new key with: mcos keys rotate --login")
	case want != string(pub):
		e.add(Problem, whatKeys, "pub.key, which the game of every player has a copy of, does not belong to the login key: logins fail.",
			"Restart the server, which writes pub.key anew; then players fetch it again (page /key of the server).")
	default:
		e.add(OK, whatKeys, "The login key and pub.key, which players copy, belong together.", "")
	}
}

// privateKey reads an RSA key in PEM form.
func privateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no key in PEM form")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	other, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := other.(*rsa.PrivateKey); err == nil && ok {
		return key, nil
	}
	return nil, errors.New("not an RSA key")
}

// certificate checks dates, names and form of the certificates.
func (e *examination) certificate(key, text []byte) {
	certs, err := readCertificates(text)
	if err != nil {
		e.add(Problem, whatCert, fmt.Sprintf("%s cannot be used: %v.", keys.CertificateFile, err), "Move it away and restart the server, which makes a new one.")
		return
	}
	before := len(e.findings)
	private, err := privateKey(key)
	var names []string
	for _, cert := range certs {
		if err != nil || !private.PublicKey.Equal(cert.PublicKey) {
			e.add(Problem, whatCert, fmt.Sprintf("%s does not belong to %s: the server cannot start.", keys.CertificateFile, keys.TLSKeyFile), "Put the right files back, or move both away and start again.")
			break
		}
	}
	for _, cert := range certs {
		e.dates(cert)
		e.form(cert)
		names = append(names, cert.DNSNames...)
	}
	e.names(names)
	if len(e.findings) == before {
		e.add(OK, whatCert, fmt.Sprintf("It is valid until %s, for %s, and vouches for nothing but this server. %s",
			certs[0].NotAfter.Format(time.DateOnly), strings.Join(names, ", "), ages(certs[0])), "")
	}
}

// ages says which Windows takes a certificate, and where to get one for others.
func ages(cert *x509.Certificate) string {
	if cert.SignatureAlgorithm == x509.SHA1WithRSA {
		return "It is signed with SHA-1, which every Windows takes and newer players are warned of. The page Setup of the console makes one with SHA-256."
	}
	return "Every Windows from XP Service Pack 3 on takes it. For players with an older one, the page Setup of the console makes one that is signed with SHA-1 (mcos keys rotate --certificate --signature sha1)."
}

func readCertificates(text []byte) ([]*x509.Certificate, error) {
	if text == nil {
		return nil, errors.New("the file is missing")
	}
	return keys.ParseCertificates(text)
}

func (e *examination) dates(cert *x509.Certificate) {
	now, last := e.World.Now(), cert.NotAfter.Format(time.DateOnly)
	switch {
	case now.Before(cert.NotBefore):
		e.add(Problem, whatCert, "It is not valid before "+cert.NotBefore.Format(time.DateOnly)+": this machine's clock is wrong, or was when it was made.", "Set the clock. "+newCert)
	case now.After(cert.NotAfter):
		e.add(Problem, whatCert, "It ended on "+last+": the game refuses it and nobody can log in.", newCert)
	case now.Add(renewWithin).After(cert.NotAfter):
		e.add(Warn, whatCert, "It ends on "+last+".", newCert)
	}
}

// names checks that the hosts which clients are told have certificates. Old clients
// compare even an address with the DNS names only.
func (e *examination) names(names []string) {
	const restart = "Restart the server, which makes one for it. Players who are set up for it already have to be set up again."
	has := func(name string) bool {
		return slices.ContainsFunc(names, func(have string) bool { return strings.EqualFold(have, name) })
	}
	if e.PublicHost != "" && !has(e.PublicHost) {
		e.add(Problem, whatCert, fmt.Sprintf("It is not made for the public host %s: games that connect there may refuse it.", e.PublicHost), restart)
	}
	for _, addr := range e.World.Addresses() {
		next := newCert
		if !trust.Universal(addr.String()) {
			next = restart
		}
		if !has(addr.String()) {
			e.add(Warn, whatCert, fmt.Sprintf("It is not made for %s, an address of this machine: games that connect there may refuse it.", addr), next)
		}
	}
}

// form checks that a player who is told the host of a certificate can trust it.
func (e *examination) form(cert *x509.Certificate) {
	host := ""
	if len(cert.DNSNames) > 0 {
		host = cert.DNSNames[0]
	}
	if _, err := trust.Judge(cert.Raw, trust.Place{Host: host}, e.World.Now().Unix()); err != nil {
		e.add(Problem, whatCert, "No player's computer will trust it: "+err.Error()+".", newCert)
	}
}
