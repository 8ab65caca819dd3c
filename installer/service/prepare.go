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

// dataRights are the rights over the data folder, in the language of security
// descriptors: full for the system and the administrators, reading and changing
// for this one service, and nothing for anybody else. The account of the service
// is shared with others of the same kind, so what it owns gives it no right either
// (OW).
func dataRights(sid string) string {
	return "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;" + sid + ")(A;OICI;RC;;;OW)"
}

// serviceRights are the usual rights over a service, and that who is logged on
// (IU) may start (RP) and stop (WP) it.
const serviceRights = "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRCRPWP;;;IU)(A;;CCLCSWLOCRRC;;;SU)"
