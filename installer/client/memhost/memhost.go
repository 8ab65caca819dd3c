// Package memhost is a computer in memory, for tests of the patcher: a registry, a
// certificate store, files and everything else of package host, with snapshots to
// compare and failures to order.
package memhost

import (
	"crypto/sha1" //nolint:gosec // thumbprints of certificates are SHA-1
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"mcos/installer/client/host"
)

type file struct {
	content  string
	readOnly bool
	dir      bool
}

// Host is the computer. The zero value is of no use; see New.
type Host struct {
	Sys host.System
	// Programs run now, lower-case.
	Programs []string
	// Links are folders that are junctions to somewhere else.
	Links []string
	// Fail, when set, may refuse an operation such as "write C:\x" or "certificate".
	Fail func(operation string) error

	keys     map[string]string // lower-case "hive|view|path" to its spelling
	values   map[string]host.Value
	files    map[string]file // by path as written
	certs    map[string]string
	features map[string]bool
}

// New makes a 64-bit Windows 10 with an empty disk.
func New() *Host {
	h := &Host{
		Sys: host.System{
			Name: "Windows 10", Major: 10, Build: 19045, WindowsDir: `C:\Windows`,
			ProgramFiles: []string{`C:\Program Files (x86)`, `C:\Program Files`}, Drives: []string{`C:\`},
			VirtualStore: `C:\Users\P\AppData\Local\VirtualStore`, Hosts: `C:\Windows\System32\drivers\etc\hosts`,
		},
		keys: map[string]string{}, values: map[string]host.Value{}, files: map[string]file{}, certs: map[string]string{},
		features: map[string]bool{"DirectPlay": false},
	}
	for _, v := range h.Views() {
		h.EnsureKey(host.Key{Hive: host.Machine, View: v, Path: "SOFTWARE"})
		h.EnsureKey(host.Key{Hive: host.User, View: v, Path: "Software"})
	}
	return h
}

// Snapshot is all that can change, as text lines.
func (h *Host) Snapshot() []string {
	var out []string
	for k := range h.keys {
		out = append(out, "key "+k)
	}
	for k, v := range h.values {
		out = append(out, fmt.Sprintf("value %s = %d %x", k, v.Type, v.Data))
	}
	for p, f := range h.files {
		out = append(out, fmt.Sprintf("file %s %v %v %q", p, f.dir, f.readOnly, f.content))
	}
	for t := range h.certs {
		out = append(out, "cert "+t)
	}
	for n, on := range h.features {
		out = append(out, fmt.Sprintf("feature %s %v", n, on))
	}
	slices.Sort(out)
	return out
}

// Clone is an independent copy.
func (h *Host) Clone() *Host {
	c := *h
	c.keys, c.values, c.files = maps.Clone(h.keys), maps.Clone(h.values), maps.Clone(h.files)
	c.certs, c.features = maps.Clone(h.certs), maps.Clone(h.features)
	return &c
}

func (h *Host) fail(format string, args ...any) error {
	if h.Fail == nil {
		return nil
	}
	return h.Fail(fmt.Sprintf(format, args...))
}

func missing(what string) error { return fmt.Errorf("%s: %w", what, fs.ErrNotExist) }

// System implements host.Host.
func (h *Host) System() host.System { return h.Sys }

// Views implements host.Registry.
func (h *Host) Views() []host.View { return []host.View{host.View32, host.View64} }

func id(k host.Key) string { return strings.ToLower(fmt.Sprintf("%s|%d|%s", k.Hive, k.View, k.Path)) }

// EnsureKey makes a key with its parents.
func (h *Host) EnsureKey(k host.Key) {
	for i, c := range k.Path {
		if c == '\\' {
			parent := k
			parent.Path = k.Path[:i]
			h.keys[id(parent)] = parent.Path
		}
	}
	h.keys[id(k)] = k.Path
}

// Value implements host.Registry.
func (h *Host) Value(k host.Key, name string) (host.Value, error) {
	v, ok := h.values[id(k)+"|"+strings.ToLower(name)]
	if !ok {
		return v, missing(name)
	}
	return v, nil
}

// SetValue implements host.Registry.
func (h *Host) SetValue(k host.Key, name string, v host.Value) error {
	if err := h.fail("set %s %s", k.Path, name); err != nil {
		return err
	}
	if _, ok := h.keys[id(k)]; !ok {
		return missing(k.Path)
	}
	h.values[id(k)+"|"+strings.ToLower(name)] = v
	return nil
}

// DeleteValue implements host.Registry.
func (h *Host) DeleteValue(k host.Key, name string) error {
	if err := h.fail("delete %s %s", k.Path, name); err != nil {
		return err
	}
	delete(h.values, id(k)+"|"+strings.ToLower(name))
	return nil
}

// KeyExists implements host.Registry.
func (h *Host) KeyExists(k host.Key) (bool, error) {
	_, ok := h.keys[id(k)]
	return ok, nil
}

// CreateKey implements host.Registry.
func (h *Host) CreateKey(k host.Key) error {
	if err := h.fail("create %s", k.Path); err != nil {
		return err
	}
	if i := strings.LastIndexByte(k.Path, '\\'); i > 0 {
		parent := k
		parent.Path = k.Path[:i]
		if _, ok := h.keys[id(parent)]; !ok {
			return missing(parent.Path)
		}
	}
	h.keys[id(k)] = k.Path
	return nil
}

// DeleteKey implements host.Registry.
func (h *Host) DeleteKey(k host.Key) error {
	if err := h.fail("delete key %s", k.Path); err != nil {
		return err
	}
	for other := range h.keys {
		if strings.HasPrefix(other, id(k)+`\`) {
			return host.ErrBusy
		}
	}
	for value := range h.values {
		if strings.HasPrefix(value, id(k)+"|") {
			return host.ErrBusy
		}
	}
	delete(h.keys, id(k))
	return nil
}

// SubKeys implements host.Registry.
func (h *Host) SubKeys(k host.Key) ([]string, error) {
	var out []string
	for i, path := range h.keys {
		if rest, ok := strings.CutPrefix(i, id(k)+`\`); ok && !strings.Contains(rest, `\`) {
			out = append(out, host.Base(path))
		}
	}
	slices.Sort(out)
	return out, nil
}

func thumbprint(der string) string {
	sum := sha1.Sum([]byte(der)) //nolint:gosec // see above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Certificate implements host.Certificates.
func (h *Host) Certificate(t string) ([]byte, error) {
	der, ok := h.certs[t]
	if !ok {
		return nil, missing(t)
	}
	return []byte(der), nil
}

// Plant puts a certificate under any thumbprint.
func (h *Host) Plant(t, der string) { h.certs[t] = der }

// AddCertificate implements host.Certificates.
func (h *Host) AddCertificate(der []byte) error {
	if err := h.fail("certificate"); err != nil {
		return err
	}
	h.certs[thumbprint(string(der))] = string(der)
	return nil
}

// RemoveCertificate implements host.Certificates.
func (h *Host) RemoveCertificate(t string) error {
	if err := h.fail("remove certificate"); err != nil {
		return err
	}
	delete(h.certs, t)
	return nil
}

// Feature implements host.Features.
func (h *Host) Feature(name string) (bool, error) {
	on, ok := h.features[name]
	if !ok {
		return false, host.ErrUnknown
	}
	return on, nil
}

// SetFeature implements host.Features.
func (h *Host) SetFeature(name string, on bool) error {
	if err := h.fail("feature"); err != nil {
		return err
	}
	h.features[name] = on
	return nil
}

// Running implements host.Processes.
func (h *Host) Running(names ...string) ([]string, error) {
	var out []string
	for _, n := range names {
		if slices.Contains(h.Programs, n) {
			out = append(out, n)
		}
	}
	return out, nil
}
