//go:build windows

package winhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"mcos/installer/client/host"
	"mcos/installer/client/osfiles"
)

// Host is this computer.
type Host struct {
	osfiles.Files
	sys  host.System
	is64 bool
}

// New looks at this computer.
func New() (*Host, error) {
	v := windows.RtlGetVersion()
	h := &Host{sys: host.System{Name: fmt.Sprintf("Windows %d.%d (build %d)", v.MajorVersion, v.MinorVersion, v.BuildNumber),
		Major: int(v.MajorVersion), Minor: int(v.MinorVersion), Build: int(v.BuildNumber)}}
	h.sys.Wine = windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
	for _, folder := range []*windows.KNOWNFOLDERID{windows.FOLDERID_ProgramFilesX86, windows.FOLDERID_ProgramFiles} {
		if dir, err := windows.KnownFolderPath(folder, 0); err == nil && !slices.Contains(h.sys.ProgramFiles, dir) {
			h.sys.ProgramFiles = append(h.sys.ProgramFiles, dir)
		}
	}
	var err error
	if h.sys.WindowsDir, err = windows.GetWindowsDirectory(); err != nil {
		return nil, err
	}
	h.sys.Hosts = filepath.Join(h.sys.WindowsDir, `System32\drivers\etc\hosts`)
	if dir, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0); err == nil {
		h.sys.VirtualStore = filepath.Join(dir, "VirtualStore")
	}
	// Only the search for the game looks at them, also in other places. Wine tells of none
	// while it starts.
	drives, _ := windows.GetLogicalDrives()
	for i := range 26 {
		root := string(rune('A'+i)) + `:\`
		name, err := windows.UTF16PtrFromString(root)
		if err == nil && drives&(1<<i) != 0 && windows.GetDriveType(name) == windows.DRIVE_FIXED {
			h.sys.Drives = append(h.sys.Drives, root)
		}
	}
	_, err = os.Stat(filepath.Join(h.sys.WindowsDir, "SysWOW64"))
	h.is64 = err == nil
	return h, nil
}

// System implements host.Host.
func (h *Host) System() host.System { return h.sys }

// Views implements host.Registry.
func (h *Host) Views() []host.View {
	if h.is64 {
		return []host.View{host.View32, host.View64}
	}
	return []host.View{host.View32}
}

func hive(k host.Key) registry.Key {
	if k.Hive == host.User {
		return registry.CURRENT_USER
	}
	return registry.LOCAL_MACHINE
}

func view(k host.Key) uint32 {
	if k.View == host.View64 {
		return registry.WOW64_64KEY
	}
	return registry.WOW64_32KEY
}

func open(k host.Key, access uint32) (registry.Key, error) {
	key, err := registry.OpenKey(hive(k), k.Path, access|view(k))
	if err != nil {
		return 0, fmt.Errorf("registry key %s: %w", k.Path, err)
	}
	return key, nil
}

// Value implements host.Registry.
func (h *Host) Value(k host.Key, name string) (host.Value, error) {
	key, err := open(k, registry.QUERY_VALUE)
	if err != nil {
		return host.Value{}, err
	}
	defer key.Close()
	size, kind, err := key.GetValue(name, nil)
	if err != nil {
		return host.Value{}, err
	}
	data := make([]byte, size)
	if size > 0 {
		if size, kind, err = key.GetValue(name, data); err != nil {
			return host.Value{}, err
		}
	}
	return host.Value{Type: kind, Data: data[:size]}, nil
}

var regSetValueEx = windows.NewLazySystemDLL("advapi32.dll").NewProc("RegSetValueExW")

// SetValue implements host.Registry.
func (h *Host) SetValue(k host.Key, name string, v host.Value) error {
	key, err := open(k, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	var data *byte
	if len(v.Data) > 0 {
		data = &v.Data[0]
	}
	code, _, _ := regSetValueEx.Call(uintptr(key), uintptr(unsafe.Pointer(p)), 0, uintptr(v.Type), uintptr(unsafe.Pointer(data)), uintptr(len(v.Data)))
	if code != 0 {
		return windows.Errno(code)
	}
	return nil
}

// DeleteValue implements host.Registry.
func (h *Host) DeleteValue(k host.Key, name string) error {
	key, err := open(k, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.DeleteValue(name)
}

// KeyExists implements host.Registry.
func (h *Host) KeyExists(k host.Key) (bool, error) {
	key, err := open(k, registry.QUERY_VALUE)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, key.Close()
}

// CreateKey implements host.Registry.
func (h *Host) CreateKey(k host.Key) error {
	key, _, err := registry.CreateKey(hive(k), k.Path, registry.QUERY_VALUE|view(k))
	if err != nil {
		return err
	}
	return key.Close()
}

var regDeleteKeyEx = windows.NewLazySystemDLL("advapi32.dll").NewProc("RegDeleteKeyExW")

// DeleteKey implements host.Registry.
func (h *Host) DeleteKey(k host.Key) error {
	key, err := open(k, registry.QUERY_VALUE|registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return err
	}
	info, err := key.Stat()
	if err = errors.Join(err, key.Close()); err != nil {
		return err
	}
	if info.SubKeyCount > 0 || info.ValueCount > 0 {
		return host.ErrBusy
	}
	p, err := windows.UTF16PtrFromString(k.Path)
	if err != nil {
		return err
	}
	code, _, _ := regDeleteKeyEx.Call(uintptr(hive(k)), uintptr(unsafe.Pointer(p)), uintptr(view(k)), 0)
	if code != 0 {
		return windows.Errno(code)
	}
	return nil
}

// SubKeys implements host.Registry.
func (h *Host) SubKeys(k host.Key) ([]string, error) {
	key, err := open(k, registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer key.Close()
	return key.ReadSubKeyNames(-1)
}

// dism runs Windows' own tool for its optional parts.
func (h *Host) dism(args ...string) (string, error) {
	out, err := exec.Command(filepath.Join(h.sys.WindowsDir, "System32", "dism.exe"), append([]string{"/Online", "/English"}, args...)...).CombinedOutput()
	return string(out), err
}

// Feature implements host.Features.
func (h *Host) Feature(name string) (bool, error) {
	if h.sys.Wine || !windows.GetCurrentProcessToken().IsElevated() {
		return false, host.ErrUnknown
	}
	out, err := h.dism("/Get-FeatureInfo", "/FeatureName:"+name)
	if err != nil {
		return false, host.ErrUnknown
	}
	for line := range strings.Lines(out) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "State" {
			return strings.HasPrefix(strings.TrimSpace(value), "Enable"), nil
		}
	}
	return false, host.ErrUnknown
}

// SetFeature implements host.Features.
func (h *Host) SetFeature(name string, on bool) error {
	args := []string{"/Disable-Feature", "/FeatureName:" + name, "/NoRestart"}
	if on {
		args = []string{"/Enable-Feature", "/FeatureName:" + name, "/All", "/NoRestart"}
	}
	out, err := h.dism(args...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == int(windows.ERROR_SUCCESS_REBOOT_REQUIRED) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the part %s could not be switched: %w: %s", name, err, strings.TrimSpace(out))
	}
	return nil
}

// Running implements host.Processes.
func (h *Host) Running(names ...string) ([]string, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // only read
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	var out []string
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if name := strings.ToLower(windows.UTF16ToString(entry.ExeFile[:])); slices.Contains(names, name) {
			out = append(out, name)
		}
	}
	return out, nil
}

var _ host.Host = (*Host)(nil)
