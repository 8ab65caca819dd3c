package datadir

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
)

// administrators are those who could do everything anyway, and the account of the
// service with its own identities: the system, the administrators, the installer of
// Windows, LocalService.
var administrators = []string{
	"S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", "S-1-5-19",
}

// OfService refuses with ErrForeign a file that neither an administrator nor the
// service has made: it belongs to one of them, as does the data folder above its
// folder, in which the installer lets nobody else write.
func OfService(path string) error {
	folder := filepath.Dir(path)
	for _, p := range []string{filepath.Dir(folder), folder, path} {
		owner, err := ownerOf(p)
		if err != nil {
			return err
		}
		if owner != "" && !slices.Contains(administrators, owner) && !strings.HasPrefix(owner, "S-1-5-80-") {
			return fmt.Errorf("%s belongs to %s: %w", p, owner, ErrForeign)
		}
	}
	return nil
}

// Believable returns ErrForeign for a folder that another user has made: every user may
// make one where it is looked for, with the address and the token of a server of theirs.
func (d Dir) Believable() error { return own(d.root) }

// own refuses a data folder that another user has made: every user may make one in
// ProgramData, and keys, configuration and store would be theirs to choose.
func own(root string) error {
	owner, err := ownerOf(root)
	if err != nil || owner == "" || slices.Contains(administrators, owner) || strings.HasPrefix(owner, "S-1-5-80-") {
		return err
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	if owner != me.User.Sid.String() {
		return fmt.Errorf("data folder %s: it belongs to %s and %w; run as that user, or choose another folder with --data-dir", root, owner, ErrForeign)
	}
	return nil
}

// ownerOf is the identifier of the owner; "" under Wine, which makes them up.
func ownerOf(path string) (string, error) {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		return "", nil
	}
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return "", err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return "", err
	}
	return owner.String(), nil
}
