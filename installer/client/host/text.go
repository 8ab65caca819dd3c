package host

import (
	"encoding/binary"
	"unicode/utf16"
)

// UTF16 is a text as the registry keeps it: UTF-16, little-endian, ended by a zero.
func UTF16(text string) []byte {
	units := append(utf16.Encode([]rune(text)), 0)
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// FromUTF16 reads a text as the registry keeps it, up to the first zero.
func FromUTF16(data []byte) string {
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) >= 2; data = data[2:] {
		u := binary.LittleEndian.Uint16(data)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
