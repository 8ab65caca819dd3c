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
	// Start is how the service starts, as the number that Windows keeps in its
	// registry; 0 leaves it as it is.
	Start uint32
}

// ParseStart reads how a service starts from the text that the Windows installer
// makes of the value in the registry: "#2" automatically, "#3" by hand, "#4" not at
// all. Everything else is 0, which means: as it is.
func ParseStart(text string) uint32 {
	switch text {
	case "#2", "#3", "#4":
		return uint32(text[1] - '0')
	}
	return 0
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
