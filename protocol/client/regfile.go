package client

import (
	"errors"
	"fmt"
	"strings"
)

// Root is the full registry path that stands before the Key of a Value. The game is a 32-bit program: where it really
// looks depends on the Windows that it runs on (web-and-client 6.1).
type Root string

// The two places where a Windows may keep the values of a 32-bit program. Values in the other one are harmless.
const (
	Root32 Root = `HKEY_LOCAL_MACHINE\SOFTWARE`             // 32-bit Windows, 32-bit Wine prefix
	Root64 Root = `HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node` // 64-bit Windows, 64-bit Wine prefix
)

// ErrValue says that a registry value cannot be written into a .reg file of plain ASCII.
var ErrValue = errors.New("client: bad registry value")

const (
	regHeader  = "Windows Registry Editor Version 5.00"
	regLineEnd = "\r\n"
)

// RegFile returns a file that points an installed game to a server when it is imported into the registry: the Values of the server,
// for 32-bit and 64-bit Windows alike. The errors are those of Values.
func RegFile(host string, webPort int) ([]byte, error) {
	values, err := Values(host, webPort)
	if err != nil {
		return nil, err
	}
	return FormatReg(values, Root32, Root64)
}

// FormatReg writes values as a .reg file (web-and-client 6.3), once below each root: pure ASCII, lines ended by CR LF. Values
// of the same key that follow each other share one section. Refused with ErrValue are characters other than printable ASCII, a
// key that is empty or holds a square bracket, and an unknown kind.
func FormatReg(values []Value, roots ...Root) ([]byte, error) {
	out := []byte(regHeader + regLineEnd)
	for _, root := range roots {
		key := "" // of the section so far; no value has an empty one
		for _, v := range values {
			if err := v.check(); err != nil {
				return nil, err
			}
			if v.Key != key {
				key = v.Key
				out = append(out, regLineEnd+"["+string(root)+`\`+key+"]"+regLineEnd...)
			}
			out = v.appendLine(out)
		}
	}
	return out, nil
}

// check refuses what a .reg file cannot say.
func (v Value) check() error {
	switch {
	case v.Key == "" || strings.ContainsAny(v.Key, "[]"):
		return fmt.Errorf("%w: key %q", ErrValue, v.Key)
	case !printable(v.Key) || !printable(v.Name) || !printable(v.Text):
		return fmt.Errorf("%w: %q in key %q holds other than printable ASCII characters", ErrValue, v.Name, v.Key)
	case v.Kind != SZ && v.Kind != DWORD:
		return fmt.Errorf("%w: %q in key %q is of unknown kind %d", ErrValue, v.Name, v.Key, v.Kind)
	}
	return nil
}

// appendLine writes the line of a value.
func (v Value) appendLine(out []byte) []byte {
	if v.Name == "" {
		out = append(out, '@')
	} else {
		out = appendQuoted(out, v.Name)
	}
	out = append(out, '=')
	if v.Kind == DWORD {
		out = fmt.Appendf(out, "dword:%08x", v.Number)
	} else {
		out = appendQuoted(out, v.Text)
	}
	return append(out, regLineEnd...)
}

// appendQuoted writes a text between quotes, with a backslash before each quote and backslash in it.
func appendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	for _, c := range []byte(text) {
		if c == '"' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return append(out, '"')
}

// printable tells whether a text is made of printable ASCII characters only.
func printable(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
