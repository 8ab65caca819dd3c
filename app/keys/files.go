package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/natefinch/atomic"

	"mcos/protocol/client"
)

// nextCertificate holds the certificates that belong to the TLS key which is about to
// take its place. The two files cannot be replaced in one step; with this third one a
// start after a power cut in between finds a certificate for either key.
const nextCertificate = CertificateFile + ".next"

// files are the new contents of some files of the folder, in the order in which they
// take their places.
type files struct {
	list []file
	cert []byte // of server.crt, nil when it stays
}

type file struct {
	name string
	data []byte
}

func (f *files) setLogin(key *rsa.PrivateKey) error {
	pub, err := client.PubKey(&key.PublicKey)
	if err != nil {
		return err
	}
	f.list = append(f.list, file{LoginKeyFile, encodeKey(key)}, file{PubKeyFile, []byte(pub)})
	return nil
}

func (f *files) setTLS(key *rsa.PrivateKey, certs []*x509.Certificate) {
	f.cert = encodeCertificates(certs)
	f.list = append(f.list, file{TLSKeyFile, encodeKey(key)}, file{CertificateFile, f.cert})
}

// replace puts new files in place of old ones and loads them. Everything new is made
// before anything is touched, copies of the old files are kept, and after a failure the
// old ones are back.
func (r *Ring) replace(make func(*files) error) error {
	var next files
	if err := make(&next); err != nil {
		return err
	}
	for _, f := range next.list {
		if f.name == PubKeyFile {
			continue // it is made of the login key at any time
		}
		if err := r.keepOld(f.name); err != nil {
			return err
		}
	}
	if next.cert != nil {
		if err := r.write(nextCertificate, next.cert); err != nil {
			return err
		}
	}
	old, err := r.swap(next.list)
	if err == nil {
		err = r.load()
	}
	if err == nil {
		return r.drop(nextCertificate)
	}
	var again error
	for _, f := range old {
		again = errors.Join(again, r.restore(f))
	}
	if again == nil { // else the next start may need it
		again = r.drop(nextCertificate)
	}
	return errors.Join(err, again)
}

// swap writes the files one after the other and returns what was in the places of
// those that it got to; nil data stand for no file.
func (r *Ring) swap(list []file) (old []file, err error) {
	for _, f := range list {
		was, err := os.ReadFile(r.path(f.name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return old, err
		}
		old = append(old, file{f.name, was})
		if err := r.write(f.name, f.data); err != nil {
			return old, err
		}
	}
	return old, nil
}

func (r *Ring) restore(f file) error {
	if f.data == nil {
		return r.drop(f.name)
	}
	return r.write(f.name, f.data)
}

func (r *Ring) drop(name string) error {
	if err := os.Remove(r.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// finish completes what a power cut has left of a rotation: where the certificate does
// not belong to the TLS key but the next one does, that takes its place.
func (r *Ring) finish() error {
	next, err := os.ReadFile(r.path(nextCertificate))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(r.path(TLSKeyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ParseKey(text)
	if err == nil && belongs(next, key) {
		if err := r.write(CertificateFile, next); err != nil {
			return err
		}
	}
	return r.drop(nextCertificate)
}

// belongs tells whether a text has certificates of the key.
func belongs(text []byte, key *rsa.PrivateKey) bool {
	certs, err := ParseCertificates(text)
	return err == nil && !slices.ContainsFunc(certs, func(c *x509.Certificate) bool { return !key.PublicKey.Equal(c.PublicKey) })
}

func (r *Ring) path(name string) string { return filepath.Join(r.dir, name) }

// write replaces a file as a whole, so that a crash never leaves half a key.
func (r *Ring) write(name string, data []byte) error { return r.put(r.path(name), data) }

// putFile goes through a temporary file that only its owner can read.
func putFile(path string, data []byte) error {
	return atomic.WriteFile(path, bytes.NewReader(data))
}

// keepOld copies a file aside before it is replaced, under a name that no other has.
func (r *Ring) keepOld(name string) error {
	data, err := os.ReadFile(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stem := name + ".old-" + r.now().UTC().Format("20060102-150405")
	kept := stem
	for n := 2; ; n++ {
		if _, err := os.Lstat(r.path(kept)); errors.Is(err, fs.ErrNotExist) {
			return r.write(kept, data)
		} else if err != nil {
			return err
		}
		kept = fmt.Sprintf("%s-%d", stem, n)
	}
}
