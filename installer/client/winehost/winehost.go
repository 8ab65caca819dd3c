//go:build unix

package winehost

import (
	"crypto/sha1" //nolint:gosec // thumbprints of certificates are SHA-1
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mcos/installer/client/host"
	"mcos/installer/client/osfiles"
	protocol "mcos/protocol/client"
)

// Host is a prefix.
type Host struct {
	osfiles.Files
	prefix string
	win64  bool
	proc   string // where running programs are seen
}

// Open opens a prefix; the error says so when the folder is none.
func Open(prefix string) (*Host, error) {
	prefix, err := filepath.Abs(prefix)
	if err != nil {
		return nil, err
	}
	h := &Host{prefix: prefix, proc: "/proc"}
	f, err := h.load(host.Machine)
	if err != nil {
		return nil, fmt.Errorf("%s is no Wine prefix: %w", prefix, err)
	}
	h.win64 = f.arch64()
	h.Files = osfiles.Files{Resolve: h.resolve}
	return h, nil
}

// Prefix is its folder.
func (h *Host) Prefix() string { return h.prefix }

func (h *Host) file(hive host.Hive) string {
	if hive == host.User {
		return filepath.Join(h.prefix, "user.reg")
	}
	return filepath.Join(h.prefix, "system.reg")
}

func (h *Host) load(hive host.Hive) (*regFile, error) {
	content, err := os.ReadFile(h.file(hive))
	if err != nil {
		return nil, err
	}
	return parseReg(content)
}

// edit changes a registry file in one step.
func (h *Host) edit(hive host.Hive, change func(*regFile) error) error {
	if running, err := h.busy(); err != nil || running {
		return errors.Join(err, h.busyError())
	}
	f, err := h.load(hive)
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	return osfiles.Replace(h.file(hive), f.bytes())
}

func (h *Host) busyError() error {
	return fmt.Errorf("a Windows program runs in %s: quit it, wait a few seconds and try again: %w", h.prefix, host.ErrBusy)
}

// busy tells whether a wineserver serves the prefix: its working folder is named
// after the prefix's device and inode.
func (h *Host) busy() (bool, error) {
	info, err := os.Stat(h.prefix)
	if err != nil {
		return false, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false, nil
	}
	want := fmt.Sprintf("server-%x-%x", st.Dev, st.Ino)
	dirs, err := filepath.Glob(filepath.Join(h.proc, "[0-9]*", "cwd"))
	if err != nil {
		return false, err
	}
	for _, d := range dirs {
		if target, err := os.Readlink(d); err == nil && strings.HasPrefix(filepath.Base(target), want) {
			return true, nil
		}
	}
	return false, nil
}

// Running implements host.Processes: as long as Wine serves the prefix, anything may
// run in it, and Wine would overwrite what is changed here.
func (h *Host) Running(...string) ([]string, error) {
	running, err := h.busy()
	if running {
		return []string{"a Windows program in " + h.prefix}, err
	}
	return nil, err
}

// System implements host.Host.
func (h *Host) System() host.System {
	s := host.System{
		Name: "Wine prefix " + h.prefix, Wine: true, WindowsDir: `C:\windows`, Drives: []string{`C:\`},
		ProgramFiles: []string{`C:\Program Files (x86)`, `C:\Program Files`},
	}
	// Wine finds addresses the way Linux does.
	if hosts, err := h.WindowsPath("/etc/hosts"); err == nil {
		s.Hosts = hosts
	}
	return s
}

// Views implements host.Registry.
func (h *Host) Views() []host.View {
	if h.win64 {
		return []host.View{host.View32, host.View64}
	}
	return []host.View{host.View32}
}

// where is the section of a key.
func (h *Host) where(k host.Key) string {
	const software, classes = `software\`, `software\classes`
	low := strings.ToLower(k.Path)
	if h.win64 && k.View == host.View32 && k.Hive == host.Machine && strings.HasPrefix(low+`\`, classes+`\clsid\`) {
		return `Software\Classes\Wow6432Node` + k.Path[len(classes):] // each view has classes of its own, and shares their names
	}
	if h.win64 && k.View == host.View32 && k.Hive == host.Machine && strings.HasPrefix(low, software) &&
		!strings.HasPrefix(low, classes) && !strings.HasPrefix(low, software+"wow6432node") {
		return `Software\Wow6432Node\` + k.Path[len(software):]
	}
	if strings.HasPrefix(low, software) {
		return `Software\` + k.Path[len(software):]
	}
	return k.Path
}

// Value implements host.Registry.
func (h *Host) Value(k host.Key, name string) (host.Value, error) {
	f, err := h.load(k.Hive)
	if err != nil {
		return host.Value{}, err
	}
	_, data, ok := f.find(h.where(k), name)
	if !ok {
		return host.Value{}, fmt.Errorf("%s %s: %w", k.Path, name, fs.ErrNotExist)
	}
	return parseValue(data)
}

// SetValue implements host.Registry.
func (h *Host) SetValue(k host.Key, name string, v host.Value) error {
	return h.edit(k.Hive, func(f *regFile) error {
		f.set(h.where(k), name, v)
		return nil
	})
}

// DeleteValue implements host.Registry.
func (h *Host) DeleteValue(k host.Key, name string) error {
	return h.edit(k.Hive, func(f *regFile) error {
		f.remove(h.where(k), name)
		return nil
	})
}

// KeyExists implements host.Registry.
func (h *Host) KeyExists(k host.Key) (bool, error) {
	f, err := h.load(k.Hive)
	if err != nil {
		return false, err
	}
	return f.exists(h.where(k)), nil
}

// CreateKey implements host.Registry.
func (h *Host) CreateKey(k host.Key) error {
	return h.edit(k.Hive, func(f *regFile) error {
		f.create(h.where(k))
		return nil
	})
}

// DeleteKey implements host.Registry.
func (h *Host) DeleteKey(k host.Key) error {
	return h.edit(k.Hive, func(f *regFile) error { return f.drop(h.where(k)) })
}

// SubKeys implements host.Registry.
func (h *Host) SubKeys(k host.Key) ([]string, error) {
	f, err := h.load(k.Hive)
	if err != nil {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	for _, p := range f.below(h.where(k)) {
		name, _, _ := strings.Cut(p[len(h.where(k))+1:], `\`)
		if !seen[strings.ToLower(name)] {
			seen[strings.ToLower(name)] = true
			out = append(out, name)
		}
	}
	return out, nil
}

// rootStore is where Wine keeps the trusted certificates of the computer.
const rootStore = `Software\Microsoft\SystemCertificates\Root\Certificates`

// propCert is the part of a stored certificate that is the certificate itself.
const propCert = 32

// Certificate implements host.Certificates.
func (h *Host) Certificate(thumbprint string) ([]byte, error) {
	v, err := h.Value(host.Key{Hive: host.Machine, View: host.View64, Path: rootStore + `\` + thumbprint}, "Blob")
	if err != nil {
		return nil, err
	}
	for b := v.Data; len(b) >= 12; {
		kind, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[8:])
		if uint64(size) > uint64(len(b)-12) {
			break
		}
		if kind == propCert {
			return b[12 : 12+size], nil
		}
		b = b[12+size:]
	}
	return nil, fmt.Errorf("the certificate %s is stored in an unknown form", thumbprint)
}

// AddCertificate implements host.Certificates.
func (h *Host) AddCertificate(der []byte) error {
	sum := sha1.Sum(der) //nolint:gosec // see above
	blob := protocol.StoredCertificate(der)
	return h.edit(host.Machine, func(f *regFile) error {
		path := rootStore + `\` + strings.ToUpper(hex.EncodeToString(sum[:]))
		f.set(path, "Blob", host.Value{Type: host.TypeBinary, Data: blob})
		return nil
	})
}

// RemoveCertificate implements host.Certificates.
func (h *Host) RemoveCertificate(thumbprint string) error {
	return h.edit(host.Machine, func(f *regFile) error {
		path := rootStore + `\` + thumbprint
		f.remove(path, "Blob")
		return f.drop(path)
	})
}

// Feature implements host.Features: Wine has its parts built in.
func (h *Host) Feature(string) (bool, error) { return false, host.ErrUnknown }

// SetFeature implements host.Features.
func (h *Host) SetFeature(string, bool) error { return host.ErrUnknown }

var _ host.Host = (*Host)(nil)
