// Package host describes the computer that the game is installed on, as far as a
// patcher must see and change it: a registry, the trusted certificates, files,
// optional parts of the system and running programs. Windows itself, a Wine prefix
// seen from Linux and an in-memory double implement it.
//
// All paths are Windows paths with a drive letter and backslashes, on every
// implementation; Files.Native tells where a file lies for this program.
package host

import (
	"errors"
	"strings"
)

// Errors that implementations return, wrapped with what happened.
var (
	// ErrBusy says that a program runs which would overwrite the change, or notice it half done.
	ErrBusy = errors.New("in use")
	// ErrUnknown says that the computer cannot tell; what depends on it is left alone.
	ErrUnknown = errors.New("unknown")
	// ErrLink says that a path leads somewhere else than it says.
	ErrLink = errors.New("a link leads elsewhere; name the real folder")
)

// Hive is a root of the registry.
type Hive string

// The hives that hold what the patcher needs.
const (
	Machine Hive = "HKLM" // HKEY_LOCAL_MACHINE, needs administrator rights to write
	User    Hive = "HKCU" // HKEY_CURRENT_USER
)

// View is one of the two faces that a 64-bit Windows shows of its registry
// (web-and-client section 6.1). A 32-bit Windows has View32 only.
type View int

// The views.
const (
	View32 View = 32 // what 32-bit programs such as the game see
	View64 View = 64 // what 64-bit programs see
)

// Value types of the registry that the patcher writes or understands.
const (
	TypeSZ     uint32 = 1
	TypeBinary uint32 = 3
	TypeDWORD  uint32 = 4
)

// Key names a key of the registry: `SOFTWARE\EACom` below a hive, in a view.
type Key struct {
	Hive Hive
	View View
	Path string
}

// Value is the data of a registry value: its type and its bytes as the registry
// keeps them (texts in UTF-16, little-endian, ended by a zero).
type Value struct {
	Type uint32
	Data []byte
}

// Registry reads and writes single values. What is not there is fs.ErrNotExist.
type Registry interface {
	// Views are the views that this computer has; the game always sees View32.
	Views() []View
	Value(k Key, name string) (Value, error)
	SetValue(k Key, name string, v Value) error // the key must exist
	DeleteValue(k Key, name string) error
	KeyExists(k Key) (bool, error)
	CreateKey(k Key) error // its parent must exist
	DeleteKey(k Key) error // refuses with ErrBusy when it still holds something
	// SubKeys lists the names of the keys right below k; none when k is not there.
	SubKeys(k Key) ([]string, error)
}

// Certificates is the store of root certificates that the whole computer trusts
// (Local Computer, Trusted Root Certification Authorities).
type Certificates interface {
	// Certificate returns the DER form of the certificate with this SHA-1
	// thumbprint, 40 upper-case hex digits.
	Certificate(thumbprint string) ([]byte, error)
	AddCertificate(der []byte) error
	RemoveCertificate(thumbprint string) error
}

// FileInfo is what Stat and List tell of a file.
type FileInfo struct {
	Name     string
	Dir      bool
	ReadOnly bool // the attribute that files copied from a CD carry
	Size     int64
}

// Files reads and changes files. What is not there is fs.ErrNotExist.
type Files interface {
	Stat(path string) (FileInfo, error)
	List(dir string) ([]FileInfo, error)
	Read(path string) ([]byte, error)
	// Write replaces or makes a file in one step: after a crash the old or the
	// new content is there, complete and on disk.
	Write(path string, content []byte) error
	Remove(path string) error
	Rename(from, to string) error
	SetReadOnly(path string, readOnly bool) error
	// Plain refuses with ErrLink a path that somebody else may have led to another
	// place by a link or junction.
	Plain(path string) error
	// Native is the path for this program's own file functions.
	Native(path string) string
}

// Features are optional parts of Windows.
type Features interface {
	// Feature tells whether a part is on; ErrUnknown when this computer has no
	// such part, or does not tell without administrator rights.
	Feature(name string) (bool, error)
	SetFeature(name string, on bool) error
}

// Processes tells which programs run.
type Processes interface {
	// Running returns those of the programs (lower-case names of exe files) that run now.
	Running(names ...string) ([]string, error)
}

// System says what kind of computer it is.
type System struct {
	Name         string // for people: "Windows 10", "Wine prefix /home/x/.wine"
	Wine         bool
	Major, Minor int // of Windows, 10.0 for 10 and 11; 0 when unknown
	Build        int // of Windows; 11 starts at 22000
	ProgramFiles []string
	WindowsDir   string
	Drives       []string // like `C:\`
	// VirtualStore is the player's folder of redirected writes, "" when unknown.
	VirtualStore string
	// Hosts is the file that gives names to addresses, "" when there is none.
	Hosts string
}

// Host is a computer with everything that the patcher needs of it.
type Host interface {
	Registry
	Certificates
	Files
	Features
	Processes
	System() System
}

// SZ makes the registry value of a text.
func SZ(text string) Value { return Value{TypeSZ, UTF16(text)} }

// DWORD makes the registry value of a number.
func DWORD(n uint32) Value {
	return Value{TypeDWORD, []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}}
}

// Text is the text of a text value, "" for others.
func (v Value) Text() string {
	if v.Type != TypeSZ && v.Type != 2 {
		return ""
	}
	return FromUTF16(v.Data)
}

// Number is the number of a DWORD value; ok is false for others.
func (v Value) Number() (n uint32, ok bool) {
	if v.Type != TypeDWORD || len(v.Data) != 4 {
		return 0, false
	}
	d := v.Data
	return uint32(d[0]) | uint32(d[1])<<8 | uint32(d[2])<<16 | uint32(d[3])<<24, true
}

// Text reads a text value; "" when it is not there or no text.
func Text(r Registry, k Key, name string) string {
	v, err := r.Value(k, name)
	if err != nil {
		return ""
	}
	return v.Text()
}

// Join joins parts of a Windows path.
func Join(parts ...string) string {
	out := ""
	for _, p := range parts {
		switch {
		case p == "":
		case out == "":
			out = p
		default:
			out = strings.TrimRight(out, `\`) + `\` + strings.TrimLeft(p, `\`)
		}
	}
	return out
}

// Base is the last part of a Windows path.
func Base(path string) string {
	path = strings.TrimRight(path, `\`)
	return path[strings.LastIndexByte(path, '\\')+1:]
}

// Dir is a Windows path without its last part.
func Dir(path string) string {
	i := strings.LastIndexByte(strings.TrimRight(path, `\`), '\\')
	if i < 0 {
		return ""
	}
	if i == 2 && path[1] == ':' {
		return path[:3]
	}
	return path[:i]
}

// Within tells whether a Windows path lies in a folder, by its letters only: a path
// with `..` in it lies nowhere.
func Within(path, dir string) bool {
	dir = strings.TrimRight(dir, `\`) + `\`
	if len(path) <= len(dir) || !strings.EqualFold(path[:len(dir)], dir) {
		return false
	}
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' }) {
		if part == ".." || part == "." {
			return false
		}
	}
	return true
}
