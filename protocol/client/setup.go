package client

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	_ "embed"     // for the script
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrSetup says that a setup script cannot be made.
var ErrSetup = errors.New("client: no setup script")

//go:embed setup.bat
var setupBatch string

// The largest certificate, in bytes: as hexadecimal text it must fit into one command line, which holds 8191 characters.
const maxCertificate = 3000

// SetupScript returns a batch file that leads an installed game on Windows XP to 8.1 to a server, where no program of ours runs, and
// that can undo this: the registry Values of the server for both views, pub.key, the certificate among the computer's trusted roots,
// the versions of TLS and DirectPlay as far as the Windows needs it (web-and-client 6 to 9). Pure ASCII, lines ended by CR LF.
//
// pubKey is the content of pub.key, certificate the DER form of the server's certificate. The errors are those of Values and
// ParsePubKey, and ErrSetup.
func SetupScript(host string, webPort int, pubKey string, certificate []byte) ([]byte, error) {
	values, err := Values(host, webPort)
	if err != nil {
		return nil, err
	}
	if _, err := ParsePubKey(pubKey); err != nil {
		return nil, err
	}
	if len(certificate) == 0 || len(certificate) > maxCertificate {
		return nil, fmt.Errorf("%w: a certificate of %d bytes, want 1 to %d", ErrSetup, len(certificate), maxCertificate)
	}
	var saves, puts, deletes []string
	for _, root := range []struct{ condition, path string }{{"", `HKLM\SOFTWARE\`}, {"if defined W64 ", `HKLM\SOFTWARE\WOW6432Node\`}} {
		for _, key := range keysOf(values) {
			saves = append(saves, root.condition+"call :key "+quote(root.path+key))
		}
		for _, v := range values {
			if err := v.checkBatch(); err != nil {
				return nil, err
			}
			name := quote(root.path+v.Key) + " " + v.Name
			saves = append(saves, root.condition+"call :save "+name)
			puts = append(puts, root.condition+"call :put "+name+" "+v.batch())
			deletes = append(deletes, root.condition+`"%REG%" delete `+quote(root.path+v.Key)+" /v "+v.Name+" /f >nul 2>nul")
		}
	}
	thumb := sha1.Sum(certificate) //nolint:gosec // see above
	script := strings.NewReplacer(
		"@HOST@", host, "@THUMB@", strings.ToUpper(hex.EncodeToString(thumb[:])),
		"@PUBKEY@", pubKey, "@KEYSIZE@", strconv.Itoa(PubKeySize), "@BLOB@", hex.EncodeToString(StoredCertificate(certificate)),
		"@SAVES@", strings.Join(saves, "\n"), "@PUTS@", strings.Join(puts, "\n"), "@DELETES@", strings.Join(deletes, "\n"),
		"@CERT@", strings.Join(certificateLines(certificate), "\n"),
	).Replace(strings.ReplaceAll(setupBatch, regLineEnd, "\n")) // as it may have been checked out
	return bytes.ReplaceAll([]byte(script), []byte("\n"), []byte(regLineEnd)), nil
}

// keysOf lists the keys of values and those above them, children first.
func keysOf(values []Value) []string {
	var out []string
	for _, v := range values {
		for key := v.Key; ; {
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
			i := strings.LastIndexByte(key, '\\')
			if i < 0 {
				break
			}
			key = key[:i]
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return strings.Count(b, `\`) - strings.Count(a, `\`)
	})
	return out
}

// checkBatch refuses what a command line of a batch file cannot carry safely: nothing of this stands in values for a host that
// CheckHost accepts.
func (v Value) checkBatch() error {
	if err := v.check(); err != nil {
		return err
	}
	if v.Name == "" || strings.ContainsAny(v.Name, ` "%!^&|<>=`) || strings.ContainsAny(v.Key+v.Text, `"%!^`) || strings.HasSuffix(v.Text, `\`) {
		return fmt.Errorf("%w: the value %q of %q cannot stand in a batch file", ErrSetup, v.Name, v.Key)
	}
	return nil
}

// batch is the type and the data of a value for the script.
func (v Value) batch() string {
	if v.Kind == DWORD {
		return "REG_DWORD " + strconv.FormatUint(uint64(v.Number), 10)
	}
	return "REG_SZ " + quote(v.Text)
}

func quote(text string) string { return `"` + text + `"` }

// certificateLines are the commands that write a certificate as a file.
func certificateLines(der []byte) []string {
	const line = 64
	out := []string{`>"%BAK%\server.crt" echo -----BEGIN CERTIFICATE-----`}
	text := base64.StdEncoding.EncodeToString(der)
	for from := 0; from < len(text); from += line {
		out = append(out, `>>"%BAK%\server.crt" echo `+text[from:min(from+line, len(text))])
	}
	return append(out, `>>"%BAK%\server.crt" echo -----END CERTIFICATE-----`)
}

// The properties of a certificate in a store of Windows.
const (
	propHash = 3
	propCert = 32
)

// StoredCertificate returns a certificate in the form in which Windows and Wine keep it in the registry, as the binary value Blob of a
// key that is named by the SHA-1 of the certificate: its properties, each with number, a one, length and data. der is its DER form.
func StoredCertificate(der []byte) []byte {
	sum := sha1.Sum(der) //nolint:gosec // see above
	out := make([]byte, 0, 24+len(sum)+len(der))
	for _, p := range []struct {
		kind uint32
		data []byte
	}{{propHash, sum[:]}, {propCert, der}} {
		out = binary.LittleEndian.AppendUint32(out, p.kind)
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		out = append(out, p.data...)
	}
	return out
}
