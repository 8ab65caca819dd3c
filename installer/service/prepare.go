package service

import (
	"crypto/sha1" //nolint:gosec // Windows makes the names of services so
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Preparation is what Prepare works on.
type Preparation struct {
	// DataDir is the absolute path of the data folder.
	DataDir string
}

// serviceSID is the security identifier of a Windows service, which is made of its
// name alone: the SHA-1 of the upper-case name in UTF-16.
func serviceSID(name string) string {
	var text []byte
	for _, unit := range utf16.Encode([]rune(strings.ToUpper(name))) {
		text = binary.LittleEndian.AppendUint16(text, unit)
	}
	sum := sha1.Sum(text) //nolint:gosec // see the import
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}
