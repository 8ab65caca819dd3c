package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/mgr"

	"mcos/installer/client/guard"
)

// publicName is the folder in the data folder that every user may read.
const publicName = "public"

// Prepare gives the installed service what it needs and closes the rest: the data
// folder is readable by the service and the administrators only, the service has
// an identity of its own and gives up every privilege, users may start and stop
// it, and Windows restarts it when it breaks down. It returns an error when the
// folder could not be protected; what else failed is in warnings, because the
// service works without.
func Prepare(p Preparation) (warnings []error, err error) {
	aside, err := ownFolders(p.DataDir)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s could not be protected: %w", p.DataDir, err)
	}
	if aside != "" {
		warnings = append(warnings, fmt.Errorf("%s was there already, and any user of this computer could have made it: it is now %s and is not used; "+
			"if it is yours, its accounts come back with: mcos restore %q", p.DataDir, aside, filepath.Join(aside, "mcos.db")))
	}
	s, closeAll, err := open(windows.SERVICE_ALL_ACCESS)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	for _, step := range []struct {
		what string
		do   func(*mgr.Service) error
	}{
		{"giving the service an identity of its own", ownIdentity},
		{"dropping its privileges", dropPrivileges},
		{"restarting it after a failure", restartOnFailure},
		{"letting users start and stop it", letUsersControl},
		{"leaving its start type as it was", func(s *mgr.Service) error { return startAs(s, p.Start) }},
	} {
		if err := step.do(s); err != nil {
			warnings = append(warnings, fmt.Errorf("%s: %w", step.what, err))
		}
	}
	return warnings, nil
}

// protect sets the rights of a folder, which everything in it inherits.
func protect(dir, rights string) error {
	sd, err := windows.SecurityDescriptorFromString(rights)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION,
		owner, nil, dacl, nil)
}

// ownFolders makes the data folder, and in it the folder that every user may read. What
// stands in its place and is not the service's is moved aside; aside says where to.
func ownFolders(dir string) (aside string, err error) {
	sid := serviceSID(Name)
	aside, err = moveAside(dir, func(path string) error {
		if closed(path) {
			return nil
		}
		return guard.Folder(path, sid)
	})
	if err != nil {
		return "", err
	}
	if err := makeOwn(dir, func(path string) error { return protect(path, dataRights(sid)) }); err != nil {
		return aside, err
	}
	return aside, makeOwn(filepath.Join(dir, publicName), func(path string) error { return protect(path, dataRights(sid)+everybodyReads) })
}

// closed tells whether a folder is one that an administrator has closed to what it would
// inherit, as protect does. Explorer may have given an administrator who looked into it
// rights of their own since; protect takes them back, and the accounts stay where they
// are. Nobody else can make a folder that belongs to the administrators.
func closed(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() { // a link or a junction is none
		return false
	}
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	control, _, err := sd.Control()
	if err != nil || control&windows.SE_DACL_PROTECTED == 0 {
		return false
	}
	owner, _, err := sd.Owner()
	return err == nil && (owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid))
}

// everybodyReads lets all users of the computer read.
const everybodyReads = "(A;OICI;FRFX;;;BU)"

func ownIdentity(s *mgr.Service) error {
	kind := uint32(windows.SERVICE_SID_TYPE_UNRESTRICTED)
	return windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_SERVICE_SID_INFO, (*byte)(unsafe.Pointer(&kind)))
}

// dropPrivileges leaves the one privilege without which paths cannot be walked.
func dropPrivileges(s *mgr.Service) error {
	list := utf16.Encode([]rune("SeChangeNotifyPrivilege\x00\x00"))
	info := struct{ privileges *uint16 }{&list[0]}
	return windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, (*byte)(unsafe.Pointer(&info)))
}

// restartOnFailure tries three times within an hour and gives up then: a taken
// port or a mistake in the configuration does not go away by itself.
func restartOnFailure(s *mgr.Service) error {
	restart := func(after time.Duration) mgr.RecoveryAction {
		return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: after}
	}
	err := s.SetRecoveryActions([]mgr.RecoveryAction{
		restart(5 * time.Second), restart(30 * time.Second), restart(time.Minute), {Type: mgr.NoAction},
	}, uint32(time.Hour/time.Second))
	return errors.Join(err, s.SetRecoveryActionsOnNonCrashFailures(true))
}

// startAs changes how the service starts, and nothing else about it.
func startAs(s *mgr.Service, start uint32) error {
	if start == 0 {
		return nil
	}
	return windows.ChangeServiceConfig(s.Handle, windows.SERVICE_NO_CHANGE, start, windows.SERVICE_NO_CHANGE, nil, nil, nil, nil, nil, nil, nil)
}

func letUsersControl(s *mgr.Service) error {
	sd, err := windows.SecurityDescriptorFromString(serviceRights)
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	return windows.SetSecurityInfo(s.Handle, windows.SE_SERVICE, windows.DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
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
