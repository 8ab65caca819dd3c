package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// protected are the rights of the record and its folder: everything for the system
// and the administrators, reading for all. P: nothing is inherited from above.
const protected = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;BU)"

// inWine tells whether this is no real Windows: there all programs belong to one
// user, and the owners of files are made up.
func inWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func check(path string, also ...string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return untrusted("it is a link")
	}
	if inWine() {
		return nil
	}
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if errors.Is(err, windows.ERROR_OBJECT_NOT_FOUND) || err == nil && dacl == nil {
		return untrusted("it has no access list")
	}
	if err != nil {
		return err
	}
	list, err := entries(dacl)
	if err != nil {
		return err
	}
	return judge(owner.String(), list, also...)
}

// entries reads an access list.
func entries(dacl *windows.ACL) ([]entry, error) {
	var out []entry
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return nil, err
		}
		e := entry{
			allow:   ace.Header.AceType != windows.ACCESS_DENIED_ACE_TYPE,
			inherit: ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0,
		}
		if ace.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE {
			e.mask = uint32(ace.Mask)
			e.sid = (*windows.SID)(unsafe.Pointer(&ace.SidStart)).String()
		} else {
			e.mask = anything // other kinds of entries have other forms: believe the worst
		}
		out = append(out, e)
	}
	return out, nil
}

// Create makes a new file that only administrators can change, and the folder for it.
// Without administrator rights the error is fs.ErrPermission.
func Create(path string) (*os.File, error) {
	sa, err := attributes()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := makeFolder(dir, sa); err != nil {
		return nil, err
	}
	if err := Check(path); err != nil {
		return nil, err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_SHARE_READ, sa, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, denied(path, err)
	}
	return os.NewFile(uintptr(h), path), nil
}

// attributes are those of new files; nil in Wine.
func attributes() (*windows.SecurityAttributes, error) {
	if inWine() {
		return nil, nil
	}
	sd, err := windows.SecurityDescriptorFromString(protected)
	if err != nil {
		return nil, err
	}
	return &windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(windows.SecurityAttributes{})), SecurityDescriptor: sd}, nil
}

func makeFolder(dir string, sa *windows.SecurityAttributes) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	if err := windows.CreateDirectory(name, sa); err != nil && !errors.Is(err, fs.ErrExist) {
		return denied(dir, err)
	}
	return nil
}

// denied names the usual reason: only an administrator may give files to the
// administrators.
func denied(path string, err error) error {
	if errors.Is(err, windows.ERROR_INVALID_OWNER) {
		return fmt.Errorf("%s: %w", path, fs.ErrPermission)
	}
	return fmt.Errorf("%s: %w", path, err)
}
