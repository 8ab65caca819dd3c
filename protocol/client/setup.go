package client

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	"crypto/sha256"
	_ "embed" // for the script
	"encoding/base64"
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

// The longest line of text that the script shows, in bytes.
const maxLine = 4000

// The largest certificate, in bytes: as hexadecimal text it must fit into one command line, which holds 8191 characters.
const maxCertificate = 3000

// Setup is what a setup script is made of.
type Setup struct {
	Host    string // name or IPv4 address, as the game is told
	WebPort int    // of the plain web pages
	PubKey  string // the content of pub.key
	// Certificate is the DER form of the server's certificate. Whoever hands the script
	// out must have judged it by package trust.
	Certificate []byte
	// Proves says for people what the certificate can prove, and Warnings what is odd
	// about it: plain ASCII without what a batch file takes for orders.
	Proves   string
	Warnings []string
}

// Script returns a batch file that leads an installed game on Windows XP to 8.1 to a server, where no program of ours runs, and
// that can undo this: the registry Values of the server for both views, pub.key, the certificate among the computer's trusted roots,
// the versions of TLS and DirectPlay as far as the Windows needs it (web-and-client 6 to 9). It shows the fingerprint of the
// certificate and asks before it changes anything. Pure ASCII, lines ended by CR LF.
//
// The errors are those of Values and ParsePubKey, and ErrSetup.
func (s Setup) Script() ([]byte, error) {
	values, err := Values(s.Host, s.WebPort)
	if err != nil {
		return nil, err
	}
	if _, err := ParsePubKey(s.PubKey); err != nil {
		return nil, err
	}
	if len(s.Certificate) == 0 || len(s.Certificate) > maxCertificate {
		return nil, fmt.Errorf("%w: a certificate of %d bytes, want 1 to %d", ErrSetup, len(s.Certificate), maxCertificate)
	}
	says, err := s.says()
	if err != nil {
		return nil, err
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
	script := strings.NewReplacer(
		"@HOST@", s.Host, "@THUMB@", thumbprint(s.Certificate), "@SAYS@", strings.Join(says, "\n"),
		"@PUBKEY@", s.PubKey, "@KEYSIZE@", strconv.Itoa(PubKeySize), "@BLOB@", hex.EncodeToString(StoredCertificate(s.Certificate)),
		"@SAVES@", strings.Join(saves, "\n"), "@PUTS@", strings.Join(puts, "\n"), "@DELETES@", strings.Join(deletes, "\n"),
		"@CERT@", strings.Join(certificateLines(s.Certificate), "\n"),
	).Replace(strings.ReplaceAll(setupBatch, regLineEnd, "\n")) // as it may have been checked out
	return bytes.ReplaceAll([]byte(script), []byte("\n"), []byte(regLineEnd)), nil
}

func thumbprint(der []byte) string {
	sum := sha1.Sum(der) //nolint:gosec // see above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// says are the commands that show what is to be trusted.
func (s Setup) says() ([]string, error) {
	const width = 4 // letters of the fingerprint that are read together
	print := thumbprint(s.Certificate)
	var groups []string
	for i := 0; i < len(print); i += width {
		groups = append(groups, print[i:i+width])
	}
	key := sha256.Sum256([]byte(s.PubKey))
	lines := []string{
		"Fingerprint of the certificate (SHA-1):", "  " + strings.Join(groups, " "),
		"Fingerprint of the login key: " + hex.EncodeToString(key[:8]), "It can prove to be: " + s.Proves,
	}
	for _, w := range s.Warnings {
		lines = append(lines, "WARNING: "+w)
	}
	for i, line := range lines {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"%^&<>|!`, r) }) || len(line) > maxLine {
			return nil, fmt.Errorf("%w: the text %.80q cannot stand in a batch file", ErrSetup, line)
		}
		lines[i] = "echo   " + line
	}
	return lines, nil
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
