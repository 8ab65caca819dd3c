// Package keys makes and keeps the server's keys: the login key, whose public
// half every game client holds as pub.key, and the TLS key with its certificates, one
// of which every client's Windows must trust. They are different keys, made on the
// first start, one pair per installation ("web-and-client 7, 8.4").
//
// A player may trust a certificate for the host that he typed and for what no other
// site could be (package trust), so hosts that do not belong together have one each:
// the public host, an address in the range of a VPN, and all that is at home. A
// connection shows the one for the host that its client is told.
//
// The login key has 1024 bits because the game can use no other. It protects a
// session key on its way and nothing else; the console never uses it.
package keys

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	stdatomic "sync/atomic"
	"time"

	"mcos/app/netaddr"
	"mcos/protocol/client"
)

// Config is the `keys` section of the configuration.
type Config struct {
	KeyBits   int    `yaml:"key_bits" help:"Size of the TLS key made on the first start; every Windows from XP to 11 takes 1024 from its own list of trusted certificates. Keys that exist are kept." values:"1024|2048" unit:"bits" ref:"web-and-client 8.4"`
	Signature string `yaml:"signature" help:"Signature of new certificates. sha1 is for players with a Windows before XP Service Pack 3; newer ones take it, too, and are warned." values:"sha256|sha1" ref:"web-and-client 8.4"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{KeyBits: 1024, Signature: "sha256"}
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

// Ring keeps the current set and its folder. Its methods may be called from any
// goroutine.
type Ring struct {
	dir   string
	cfg   Config
	names func() []string
	now   func() time.Time
	told  stdatomic.Pointer[func(netaddr.Arrival) string]
	// put replaces a file as a whole; tests let it fail.
	put func(path string, data []byte) error

	mu      sync.Mutex // serialises writers
	current stdatomic.Pointer[Set]
}

// Open reads the keys of a folder and makes what is missing. names lists the hosts
// that players are told, the most important one first; what is no host is passed over,
// and a certificate is made for each group of them that has none. It returns an error
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

// ShowFor has GetCertificate show each client the certificate for the host that it is
// told; without it, it goes by the name that the client asks for alone.
func (r *Ring) ShowFor(told func(netaddr.Arrival) string) { r.told.Store(&told) }

// GetCertificate serves tls.Config. Old clients do not say which host they want, and
// none says an address; they get the certificate for what they are told.
func (r *Ring) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	set := r.Current()
	from := netaddr.Arrival{Typed: netaddr.TypedHost(hello.ServerName)}
	if c := set.naming(from.Typed); c != nil {
		return &c.pair, nil
	}
	host := from.Typed
	if told := r.told.Load(); told != nil && hello.Conn != nil {
		from.Local, from.Remote = addrOf(hello.Conn.LocalAddr()), addrOf(hello.Conn.RemoteAddr())
		host = (*told)(from)
	}
	return &set.For(host).pair, nil
}

func addrOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return ap.Addr()
}

// Cover makes the certificates that hosts lack which players are told since the last
// time, such as that of a new VPN. Those that exist stay.
func (r *Ring) Cover() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var have []*x509.Certificate
	for _, c := range r.Current().Certificates {
		have = append(have, c.Certificate)
	}
	if len(uncovered(have, r.names())) == 0 {
		return nil
	}
	return r.load()
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

// Rotation says which keys to make anew.
type Rotation struct {
	// Login is for the login key, Certificate for the TLS key with its certificates.
	Login, Certificate bool
	// Config is how the TLS key and its certificates are made, from now on; what is
	// zero in it stays as it is.
	Config
}

// Rotate makes new keys. Every client has to fetch the new pub.key or certificate
// afterwards. The old files are kept beside the new ones, and on an error they are in
// use as before.
func (r *Ring) Rotate(what Rotation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	what.KeyBits = cmp.Or(what.KeyBits, r.cfg.KeyBits)
	what.Signature = cmp.Or(what.Signature, r.cfg.Signature)
	err := r.replace(func(next *files) error {
		if what.Login {
			key, err := rsa.GenerateKey(rand.Reader, loginBits)
			if err != nil {
				return err
			}
			if err := next.setLogin(key); err != nil {
				return err
			}
		}
		if !what.Certificate {
			return nil
		}
		key, err := rsa.GenerateKey(rand.Reader, what.KeyBits)
		if err != nil {
			return err
		}
		certs, err := missing(nil, key, what.Signature, r.names())
		if err != nil {
			return err
		}
		next.setTLS(key, certs)
		return nil
	})
	if err == nil {
		r.cfg = what.Config
	}
	return err
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
	tlsKey, err := r.key(TLSKeyFile, r.cfg.KeyBits)
	if err != nil {
		return err
	}
	certs, err := r.certificates(tlsKey)
	if err != nil {
		return err
	}
	r.current.Store(newSet(login, pub, tlsKey, certs))
	return nil
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

// certificates reads the certificates of the TLS key and makes those that are missing.
func (r *Ring) certificates(key *rsa.PrivateKey) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(r.path(CertificateFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var have []*x509.Certificate
	if err == nil {
		if have, err = ParseCertificates(text); err != nil {
			return nil, fmt.Errorf("%s: %w", r.path(CertificateFile), err)
		}
	}
	for _, cert := range have {
		if !key.PublicKey.Equal(cert.PublicKey) {
			return nil, fmt.Errorf("%s does not belong to %s; move both away and start again to get new ones", r.path(CertificateFile), TLSKeyFile)
		}
	}
	hosts, signature := r.names(), r.cfg.Signature
	if len(have) > 0 { // what is added is for the same players
		signature = signatureOf(have[0])
	}
	more, err := missing(have, key, signature, hosts)
	if err != nil || len(more) == 0 {
		return have, err
	}
	all := append(useful(have, hosts), more...)
	return all, r.write(CertificateFile, encodeCertificates(all))
}

func encodeKey(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
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
