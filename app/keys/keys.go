// Package keys makes and keeps the server's keys: the login key, whose public
// half every game client holds as pub.key, and the TLS key with its certificate,
// which every client's Windows must trust. They are different keys, made on the
// first start, one pair per installation ("web-and-client 7, 8.4").
//
// The login key has 1024 bits because the game can use no other. It protects a
// session key on its way and nothing else; the console never uses it.
package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1 thumbprint
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	stdatomic "sync/atomic"
	"time"

	"mcos/protocol/client"
)

// Config is the `keys` section of the configuration.
type Config struct {
	Certificate string `yaml:"certificate" help:"Form of the certificate made on the first start. strict: for this server only. community: the older form that could sign others; only if a client refuses the strict one." values:"strict|community" ref:"web-and-client 8.4"`
	KeyBits     int    `yaml:"key_bits" help:"Size of the TLS key made on the first start; the login key always has 1024 bits." values:"2048|1024" unit:"bits" ref:"web-and-client 8.4"`
	Signature   string `yaml:"signature" help:"Signature of the certificate. sha1 is for Windows XP before Service Pack 3." values:"sha256|sha1" ref:"web-and-client 8.4"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{Certificate: "strict", KeyBits: 2048, Signature: "sha256"}
}

// The files of the keys folder.
const (
	LoginKeyFile    = "login_key.pem"
	TLSKeyFile      = "tls_key.pem"
	CertificateFile = "server.crt"
	PubKeyFile      = "pub.key"
)

// loginBits is the only size of login key the game is known to take.
const loginBits = 1024

// Set is one complete set of keys. It is never changed.
type Set struct {
	Login       *rsa.PrivateKey
	Certificate *x509.Certificate
	TLS         tls.Certificate
	// PubKey is the text of the client's pub.key file.
	PubKey string
}

// CertificatePEM is the certificate as the file server.crt.
func (s *Set) CertificatePEM() []byte {
	return encodeCertificate(s.Certificate)
}

// Thumbprint is the certificate's SHA-1 in upper-case hex, the name that Windows
// shows for it.
func (s *Set) Thumbprint() string {
	sum := sha1.Sum(s.Certificate.Raw) //nolint:gosec // an identifier, not a protection
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// LoginFingerprint is the SHA-256 of the login key's public half in hex, short
// enough to compare by eye.
func (s *Set) LoginFingerprint() string {
	sum := sha256.Sum256([]byte(s.PubKey))
	return hex.EncodeToString(sum[:8])
}

// Ring keeps the current set and its folder. Its methods may be called from any
// goroutine.
type Ring struct {
	dir   string
	cfg   Config
	names func() []string
	now   func() time.Time
	// put replaces a file as a whole; tests let it fail.
	put func(path string, data []byte) error

	mu      sync.Mutex // serialises writers
	current stdatomic.Pointer[Set]
}

// Open reads the keys of a folder and makes what is missing. names lists the host
// names and addresses that a new certificate is made for. It returns an error
// that names the file which cannot be read, written or understood; the ring that comes
// with it has no current set, but Rotate can replace the file. It is nil when there is
// no folder.
func Open(dir string, cfg Config, names func() []string, now func() time.Time) (*Ring, error) {
	r := &Ring{dir: dir, cfg: cfg, names: names, now: now, put: putFile}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return r, r.load()
}

// Current is the set in use.
func (r *Ring) Current() *Set { return r.current.Load() }

// LoginKey is the current private login key.
func (r *Ring) LoginKey() *rsa.PrivateKey { return r.Current().Login }

// GetCertificate serves tls.Config: one certificate whatever name is asked for,
// because old clients send none.
func (r *Ring) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &r.Current().TLS, nil
}

// ImportLogin replaces the login key by an RSA key in PEM form (PKCS #1 or
// PKCS #8), so that clients of another installation, or recorded traffic, work
// with this server. The old key file is kept beside it.
func (r *Ring) ImportLogin(pemText []byte) error {
	key, err := ParseKey(pemText)
	if err != nil {
		return err
	}
	if _, err := client.PubKey(&key.PublicKey); err != nil {
		return fmt.Errorf("this key cannot be a login key: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replace(func(next *files) error { return next.setLogin(key) })
}

// Rotate makes new keys: a login key, a TLS key with certificate, or both. Every
// client has to fetch the new pub.key or certificate afterwards. The old files
// are kept beside the new ones, and on an error they are in use as before.
func (r *Ring) Rotate(login, certificate bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.replace(func(next *files) error {
		if login {
			key, err := rsa.GenerateKey(rand.Reader, loginBits)
			if err != nil {
				return err
			}
			if err := next.setLogin(key); err != nil {
				return err
			}
		}
		if !certificate {
			return nil
		}
		key, err := rsa.GenerateKey(rand.Reader, r.tlsBits())
		if err != nil {
			return err
		}
		cert, err := makeCertificate(key, r.cfg, r.names())
		if err != nil {
			return err
		}
		next.setTLS(key, cert)
		return nil
	})
}

// load reads the folder, makes what is missing and puts the set in use.
func (r *Ring) load() error {
	if err := r.finish(); err != nil {
		return err
	}
	login, err := r.key(LoginKeyFile, loginBits)
	if err != nil {
		return err
	}
	pub, err := client.PubKey(&login.PublicKey)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(LoginKeyFile), err)
	}
	if old, err := os.ReadFile(r.path(PubKeyFile)); err != nil || string(old) != pub {
		if err := r.write(PubKeyFile, []byte(pub)); err != nil {
			return err
		}
	}
	tlsKey, err := r.key(TLSKeyFile, r.tlsBits())
	if err != nil {
		return err
	}
	cert, err := r.certificate(tlsKey)
	if err != nil {
		return err
	}
	r.current.Store(&Set{
		Login: login, Certificate: cert, PubKey: pub,
		TLS: tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: tlsKey, Leaf: cert},
	})
	return nil
}

func (r *Ring) tlsBits() int {
	if r.cfg.Certificate == "community" {
		return loginBits
	}
	return r.cfg.KeyBits
}

// key reads a private key file, or makes it when there is none.
func (r *Ring) key(name string, bits int) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(r.path(name))
	if errors.Is(err, os.ErrNotExist) {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		return key, r.write(name, encodeKey(key))
	}
	if err != nil {
		return nil, err
	}
	key, err := ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path(name), err)
	}
	return key, nil
}

// certificate reads the certificate, or makes one when there is none or it
// belongs to another key.
func (r *Ring) certificate(key *rsa.PrivateKey) (*x509.Certificate, error) {
	text, err := os.ReadFile(r.path(CertificateFile))
	if err == nil {
		block, _ := pem.Decode(text)
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: no certificate in PEM form", r.path(CertificateFile))
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.path(CertificateFile), err)
		}
		if key.PublicKey.Equal(cert.PublicKey) {
			return cert, nil
		}
		return nil, fmt.Errorf("%s does not belong to %s; move both away and start again to get new ones", r.path(CertificateFile), TLSKeyFile)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	cert, err := makeCertificate(key, r.cfg, r.names())
	if err != nil {
		return nil, err
	}
	return cert, r.write(CertificateFile, encodeCertificate(cert))
}

func encodeKey(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func encodeCertificate(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

// ParseKey reads an RSA private key in PEM form. Its errors never quote the text.
func ParseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no key in PEM form")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("damaged RSA private key")
		}
		return key, nil
	case "PRIVATE KEY":
		any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("damaged private key")
		}
		if key, ok := any.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, errors.New("not an RSA key")
	}
	return nil, fmt.Errorf("a PEM block of type %q where a private key should be", block.Type)
}
