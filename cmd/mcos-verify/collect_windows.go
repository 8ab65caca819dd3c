package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"mcos/installer/client/pever"
)

// collect looks at this computer.
func collect() (snapshot, error) {
	s := snapshot{}
	v := windows.RtlGetVersion()
	s[item{system, "Windows"}] = fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		s[wine] = "yes"
	}
	s.registry()
	s.service()
	return s, s.files()
}

// place is a key of the registry.
type place struct {
	root registry.Key
	view uint32
	path string
}

func (p place) open() (registry.Key, error) {
	return registry.OpenKey(p.root, p.path, registry.READ|p.view)
}

func (p place) sub(name string) place { return place{p.root, p.view, p.path + `\` + name} }

func (p place) String() string {
	name := map[registry.Key]string{registry.LOCAL_MACHINE: `HKLM\`, registry.CURRENT_USER: `HKCU\`}[p.root]
	if p.view == registry.WOW64_32KEY {
		name = strings.TrimSuffix(name, `\`) + `32\`
	}
	return name + p.path
}

func machine(path string) place {
	return place{registry.LOCAL_MACHINE, registry.WOW64_64KEY, path}
}
func machine32(path string) place {
	return place{registry.LOCAL_MACHINE, registry.WOW64_32KEY, path}
}
func user(path string) place { return place{registry.CURRENT_USER, registry.WOW64_64KEY, path} }

// ours are the keys of which everything is noted.
var ours = []place{
	machine(`SOFTWARE\MCOS`), machine(`SYSTEM\CurrentControlSet\Services\mcos`),
	machine(`SYSTEM\CurrentControlSet\Services\EventLog\Application\mcos`),
	machine(`SOFTWARE\Electronic Arts`), machine32(`SOFTWARE\Electronic Arts`), machine32(`SOFTWARE\EA GAMES`),
	user(`Software\MCOS`), user(`Software\Electronic Arts`), user(`Software\Classes\VirtualStore\MACHINE\SOFTWARE`),
}

// some are single values.
var some = []struct {
	place
	name string
}{
	{machine(`SOFTWARE\Microsoft\Windows\CurrentVersion\Run`), "MCOS"}, {user(`Software\Microsoft\Windows\CurrentVersion\Run`), "MCOS"},
	{machine(`SYSTEM\CurrentControlSet\Control\Session Manager\Environment`), "Path"},
	{user(`Software\Microsoft\Windows\CurrentVersion\Internet Settings`), "SecureProtocols"},
}

// Keys that hold one thing each.
var (
	roots         = []place{machine(`SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates`), user(`Software\Microsoft\SystemCertificates\Root\Certificates`)}
	firewallRules = machine(`SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`)
	products      = machine(`SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`)
)

func (s snapshot) registry() {
	for _, p := range ours {
		s.tree(p)
	}
	for _, v := range some {
		if key, err := v.open(); err == nil {
			if text, ok := read(key, v.name); ok {
				s[item{value, v.String() + `\` + v.name}] = text
			}
			_ = key.Close()
		}
	}
	for _, p := range roots {
		for _, name := range subKeys(p) {
			s[item{certificate, p.String()[:4] + " " + name}] = ""
		}
	}
	if key, err := firewallRules.open(); err == nil {
		names, _ := key.ReadValueNames(-1)
		for _, name := range names {
			if text, ok := read(key, name); ok && isOurs(text) {
				s[item{rule, name}] = text
			}
		}
		_ = key.Close()
	}
	for _, name := range subKeys(products) {
		if key, err := products.sub(name).open(); err == nil {
			if text, _ := read(key, "DisplayName"); text == "MCOS" {
				s[item{product, "MCOS " + name}], _ = read(key, "DisplayVersion")
			}
			_ = key.Close()
		}
	}
	for _, p := range []place{machine("SOFTWARE"), user("Software")} {
		s.traces(p, 0)
	}
}

func subKeys(p place) []string {
	key, err := p.open()
	if err != nil {
		return nil
	}
	defer key.Close()
	names, _ := key.ReadSubKeyNames(-1)
	return names
}

// read is a value as text.
func read(key registry.Key, name string) (string, bool) {
	if text, _, err := key.GetStringValue(name); err == nil {
		return text, true
	}
	if n, _, err := key.GetIntegerValue(name); err == nil {
		return fmt.Sprint(n), true
	}
	if list, _, err := key.GetStringsValue(name); err == nil {
		return strings.Join(list, "\n"), true
	}
	size, kind, err := key.GetValue(name, nil)
	if err != nil {
		return "", false
	}
	data := make([]byte, size)
	_, _, err = key.GetValue(name, data)
	return fmt.Sprintf("type %d: %x", kind, data), err == nil
}

// tree notes everything in a key.
func (s snapshot) tree(p place) {
	key, err := p.open()
	if err != nil {
		return
	}
	defer key.Close()
	s[item{registryKey, p.String()}] = ""
	names, _ := key.ReadValueNames(-1)
	for _, name := range names {
		if text, ok := read(key, name); ok {
			s[item{value, p.String() + `\` + name}] = text
		}
	}
	below, _ := key.ReadSubKeyNames(-1)
	for _, name := range below {
		s.tree(p.sub(name))
	}
}

// deepest is how far below SOFTWARE traces are looked for.
const deepest = 12

// traces notes the names of keys and values that speak of MCOS, wherever they are.
func (s snapshot) traces(p place, depth int) {
	key, err := p.open()
	if err != nil || depth > deepest {
		return
	}
	defer key.Close()
	for _, o := range ours {
		if o == p {
			return
		}
	}
	if isOurs(filepath.Base(p.path)) {
		s[item{trace, p.String()}] = ""
	}
	names, _ := key.ReadValueNames(-1)
	for _, name := range names {
		text, _, err := key.GetStringValue(name)
		if _, known := s[item{value, p.String() + `\` + name}]; !known && (isOurs(name) || err == nil && isOurs(text)) {
			s[item{trace, p.String() + `\` + name}] = text
		}
	}
	below, _ := key.ReadSubKeyNames(-1)
	for _, name := range below {
		s.traces(p.sub(name), depth+1)
	}
}

func isOurs(text string) bool {
	return strings.Contains(strings.ToLower(text), "mcos") || strings.Contains(text, "Motor City Online")
}

// files notes what lies where MCOS puts something.
func (s snapshot) files() error {
	for _, at := range []struct {
		id      *windows.KNOWNFOLDERID
		names   []string
		content bool
	}{
		{windows.FOLDERID_ProgramFiles, []string{"MCOS"}, true},
		{windows.FOLDERID_ProgramData, []string{"MCOS", "MCOS-Client"}, false},
		{windows.FOLDERID_CommonPrograms, []string{"MCOS.lnk", "MCOS"}, false},
		{windows.FOLDERID_Programs, []string{"MCOS.lnk", "MCOS"}, false},
		{windows.FOLDERID_RoamingAppData, []string{"mcos"}, false},
		{windows.FOLDERID_LocalAppData, []string{"mcos", "MCOS-Client"}, false},
		{windows.FOLDERID_System, []string{`drivers\etc\hosts`}, true},
	} {
		base, err := windows.KnownFolderPath(at.id, 0)
		if err != nil {
			return err
		}
		for _, name := range at.names {
			if err := s.below(filepath.Join(base, name), at.content); err != nil {
				return err
			}
		}
	}
	return nil
}

// below notes a file or everything in a folder; without content only the names.
func (s snapshot) below(top string, content bool) error {
	if info, err := os.Lstat(top); err == nil && info.IsDir() {
		s.rights(top)
	}
	return filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			s[item{file, path}] = "not to be read: " + err.Error()
			return nil //nolint:nilerr // it is part of the snapshot
		}
		s[item{file, path}] = d.Type().String()
		if !content || d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		s[item{file, path}] = hex.EncodeToString(sum[:])
		if v, err := pever.File(text); err == nil {
			s[item{program, path}] = v.String()
		}
		return nil
	})
}

func (s snapshot) rights(path string) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		s[item{rights, path}] = "not to be read: " + err.Error()
		return
	}
	s[item{rights, path}] = sd.String()
}
