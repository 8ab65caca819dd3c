package guard

import "slices"

// entry is one entry of a Windows access list.
type entry struct {
	allow   bool
	inherit bool // for what will be made in the folder, not for itself
	mask    uint32
	sid     string
}

// Rights with which a file or folder, or what is in it, can be changed or replaced.
const (
	writeData    = 0x2 // of a folder: make files in it
	appendData   = 0x4 // of a folder: make folders in it
	writeEA      = 0x10
	deleteChild  = 0x40
	writeAttr    = 0x100
	deleteIt     = 0x10000
	writeDAC     = 0x40000
	writeOwner   = 0x80000
	genericAll   = 0x10000000
	genericWrite = 0x40000000

	anything = writeData | appendData | writeEA | deleteChild | writeAttr | deleteIt | writeDAC | writeOwner | genericAll | genericWrite
)

// administrators are those who could do everything anyway: the group, the system,
// and the installer of Windows.
var administrators = []string{
	"S-1-5-32-544", "S-1-5-18",
	"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
}

// judge refuses what others than administrators own or may change; those in also may
// change it, too. An owner may always change the rights.
func judge(owner string, list []entry, also ...string) error {
	if !slices.Contains(administrators, owner) {
		return untrusted("it does not belong to the administrators (but to %s)", owner)
	}
	for _, e := range list {
		if e.allow && !e.inherit && e.mask&anything != 0 && !slices.Contains(administrators, e.sid) && !slices.Contains(also, e.sid) {
			return untrusted("%s may write to it", e.sid)
		}
	}
	return nil
}
