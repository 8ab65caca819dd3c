//go:build windows

package winhost

import (
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
)

// withStore opens the roots that the whole computer trusts.
func withStore(flags uint32, work func(store windows.Handle) error) error {
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return err
	}
	store, err := windows.CertOpenStore(windows.CERT_STORE_PROV_SYSTEM_W, 0, 0,
		windows.CERT_SYSTEM_STORE_LOCAL_MACHINE|flags, uintptr(unsafe.Pointer(name)))
	if err != nil {
		return fmt.Errorf("the certificate store of Windows does not open: %w", err)
	}
	return errors.Join(work(store), windows.CertCloseStore(store, 0))
}

// find looks for a certificate by its thumbprint; nil when it is not there.
func find(store windows.Handle, thumbprint string) (*windows.CertContext, []byte, error) {
	var at *windows.CertContext
	for {
		next, err := windows.CertEnumCertificatesInStore(store, at)
		if next == nil || err != nil {
			return nil, nil, nil //nolint:nilerr // the end of the store is told as an error
		}
		at = next
		der := slices.Clone(unsafe.Slice(at.EncodedCert, at.Length))
		sum := sha1.Sum(der) //nolint:gosec // see above
		if strings.EqualFold(hex.EncodeToString(sum[:]), thumbprint) {
			return at, der, nil
		}
	}
}

// Certificate implements host.Certificates.
func (h *Host) Certificate(thumbprint string) (der []byte, err error) {
	err = withStore(windows.CERT_STORE_READONLY_FLAG, func(store windows.Handle) error {
		var c *windows.CertContext
		if c, der, err = find(store, thumbprint); err != nil {
			return err
		}
		if c == nil {
			return fmt.Errorf("certificate %s: %w", thumbprint, fs.ErrNotExist)
		}
		return windows.CertFreeCertificateContext(c)
	})
	return der, err
}

// AddCertificate implements host.Certificates. The store limits it to the purpose of a
// server before it is in it.
func (h *Host) AddCertificate(der []byte) error {
	if len(der) == 0 {
		return errors.New("no certificate")
	}
	return withStore(0, func(store windows.Handle) error {
		c, err := windows.CertCreateCertificateContext(windows.X509_ASN_ENCODING|windows.PKCS_7_ASN_ENCODING, &der[0], uint32(len(der)))
		if err != nil {
			return err
		}
		return errors.Join(add(store, c), windows.CertFreeCertificateContext(c))
	})
}

func add(store windows.Handle, c *windows.CertContext) error {
	if err := limit(c); err != nil {
		return err
	}
	var stored *windows.CertContext
	if err := windows.CertAddCertificateContextToStore(store, c, windows.CERT_STORE_ADD_REPLACE_EXISTING, &stored); err != nil {
		return fmt.Errorf("the certificate was refused by Windows: %w", err)
	}
	// What was set on the first one comes along; where it ever does not, this does it.
	return errors.Join(limit(stored), windows.CertFreeCertificateContext(stored))
}

var setCertProperty = windows.NewLazySystemDLL("crypt32.dll").NewProc("CertSetCertificateContextProperty")

// usesProperty is CERT_ENHKEY_USAGE_PROP_ID.
const usesProperty = 9

// limit gives a certificate the property that limits it to servers.
func limit(c *windows.CertContext) error {
	blob := windows.CryptDataBlob{Size: uint32(len(protocol.ServerUse)), Data: &protocol.ServerUse[0]}
	ok, _, err := setCertProperty.Call(uintptr(unsafe.Pointer(c)), usesProperty, 0, uintptr(unsafe.Pointer(&blob)))
	if ok == 0 {
		return fmt.Errorf("Windows does not limit the certificate to servers: %w", err)
	}
	return nil
}

// roots is where Windows and Wine keep what the store holds.
const roots = `SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates`

// RemoveCertificate implements host.Certificates.
func (h *Host) RemoveCertificate(thumbprint string) error {
	err := removeFromStore(thumbprint)
	if err != nil || !h.sys.Wine {
		return err
	}
	// Wine 8 says that the certificate is deleted, and keeps it.
	k := host.Key{Hive: host.Machine, View: host.View64, Path: roots + `\` + thumbprint}
	if ok, err := h.KeyExists(k); err != nil || !ok {
		return err
	}
	if err := h.DeleteValue(k, "Blob"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return h.DeleteKey(k)
}

func removeFromStore(thumbprint string) error {
	return withStore(0, func(store windows.Handle) error {
		c, _, err := find(store, thumbprint)
		if err != nil || c == nil {
			return err
		}
		return windows.CertDeleteCertificateFromStore(c)
	})
}
