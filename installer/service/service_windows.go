package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	kardianos "github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// account runs the service: it has next to no rights. What the service may do
// beyond them is given to the service alone (see Prepare).
const account = `NT AUTHORITY\LocalService`

// packageKey is the registry key, below HKEY_LOCAL_MACHINE, that the Windows
// installer leaves.
const packageKey = `SOFTWARE\MCOS\Setup`

// New is the service manager of this computer.
func New(cfg Config) Manager { return windowsManager{cfg} }

type windowsManager struct{ cfg Config }

const asAdministrator = "do it from a command prompt that was started with \"Run as administrator\""

// explain puts an error of the service manager into words.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return denied(asAdministrator)
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		return ErrNotInstalled
	case errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE):
		return errors.New("the service is being removed and waits for programs that look at it; close the Services window and try again")
	case errors.Is(err, windows.ERROR_SERVICE_DISABLED):
		return errors.New("the service is disabled; set its start type to automatic in the Services window")
	}
	return fmt.Errorf("the service manager: %w", err)
}

func packaged() bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, packageKey, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false
	}
	_ = key.Close()
	return true
}

// Install implements Manager.
func (m windowsManager) Install(ctx context.Context) error {
	if packaged() {
		return ErrPackaged
	}
	st, err := m.Status(ctx)
	if err != nil {
		return err
	}
	if st.State != NotInstalled {
		return ErrInstalled
	}
	exe := m.cfg.Executable
	if exe == "" {
		if exe, err = os.Executable(); err != nil {
			return err
		}
	}
	s, err := m.kardianos(exe)
	if err != nil {
		return err
	}
	return explain(s.Install())
}

// kardianos makes and removes the service with its source in the event log.
func (m windowsManager) kardianos(exe string) (kardianos.Service, error) {
	return kardianos.New(nil, &kardianos.Config{
		Name: Name, DisplayName: displayName, Description: description,
		Executable: exe, Arguments: EntryArguments, UserName: account,
	})
}

// Uninstall implements Manager.
func (m windowsManager) Uninstall(ctx context.Context) error {
	st, err := m.Status(ctx)
	switch {
	case err != nil:
		return err
	case st.State == NotInstalled:
		return ErrNotInstalled
	case packaged():
		return ErrPackaged
	}
	if err := m.Stop(ctx); err != nil {
		return err
	}
	s, err := m.kardianos(`C:\`) // the path does not matter any more
	if err != nil {
		return err
	}
	return explain(s.Uninstall())
}

// open opens the service with no more rights than every user has over it after
// Prepare.
func open(rights uint32) (*mgr.Service, func(), error) {
	scm, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil, nil, explain(err)
	}
	name, err := windows.UTF16PtrFromString(Name)
	if err != nil {
		return nil, nil, err
	}
	handle, err := windows.OpenService(scm, name, rights)
	if err != nil {
		_ = windows.CloseServiceHandle(scm)
		return nil, nil, explain(err)
	}
	s := &mgr.Service{Name: Name, Handle: handle}
	return s, func() {
		_ = s.Close()
		_ = windows.CloseServiceHandle(scm)
	}, nil
}

const pollEvery = 100 * time.Millisecond

// wait waits until the service has left a state, and returns the one it is in
// then.
func wait(ctx context.Context, s *mgr.Service, leaves svc.State) (svc.Status, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		st, err := s.Query()
		if err != nil || st.State != leaves {
			return st, explain(err)
		}
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-tick.C:
		}
	}
}

// Start implements Manager.
func (m windowsManager) Start(ctx context.Context) error {
	s, closeAll, err := open(windows.SERVICE_START | windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return err
	}
	defer closeAll()
	if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return explain(err)
	}
	if _, err := wait(ctx, s, svc.StartPending); err != nil {
		return err
	}
	return started(ctx, m)
}

// Stop implements Manager.
func (m windowsManager) Stop(ctx context.Context) error {
	s, closeAll, err := open(windows.SERVICE_STOP | windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return err
	}
	defer closeAll()
	// A service that starts cannot be stopped yet.
	if _, err := wait(ctx, s, svc.StartPending); err != nil {
		return err
	}
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return explain(err)
	}
	// The state "stop pending" may take a moment to appear.
	if _, err := wait(ctx, s, svc.Running); err != nil {
		return err
	}
	_, err = wait(ctx, s, svc.StopPending)
	return err
}

// Restart implements Manager.
func (m windowsManager) Restart(ctx context.Context) error {
	if err := m.Stop(ctx); err != nil {
		return err
	}
	return m.Start(ctx)
}

// Status implements Manager.
func (m windowsManager) Status(context.Context) (Status, error) {
	s, closeAll, err := open(windows.SERVICE_QUERY_STATUS | windows.SERVICE_QUERY_CONFIG)
	if errors.Is(err, ErrNotInstalled) {
		return Status{State: NotInstalled}, nil
	}
	if err != nil {
		return Status{}, err
	}
	defer closeAll()
	now, err := s.Query()
	if err != nil {
		return Status{}, explain(err)
	}
	start, err := startType(s)
	if err != nil {
		return Status{}, explain(err)
	}
	st := describe(now)
	st.Automatic = start == mgr.StartAutomatic
	st.Owner = OwnerCommand
	if packaged() {
		st.Owner = OwnerPackage
	}
	return st, nil
}

// startType tells when the service starts. The Config of package mgr asks for more
// than that, and Wine does not know the answers.
func startType(s *mgr.Service) (uint32, error) {
	const enough = 8 << 10 // the most that the service manager ever tells
	buf := make([]byte, enough)
	cfg := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf[0]))
	needed := uint32(0)
	if err := windows.QueryServiceConfig(s.Handle, cfg, enough, &needed); err != nil {
		return 0, err
	}
	return cfg.StartType, nil
}

// whyEnded says why the service ended with a code that is not 0.
func whyEnded(code uint32) string {
	if code == uint32(windows.ERROR_PROCESS_ABORTED) {
		return "its process was ended from outside or broke down; start it again"
	}
	if text := lastProblem(); text != "" {
		return text
	}
	return "it ended with an error; mcos doctor, run as administrator, says why"
}

// describe turns the service manager's status into ours.
func describe(now svc.Status) Status {
	st := Status{PID: int(now.ProcessId)}
	switch now.State {
	case svc.Stopped:
		st.State = Stopped
		if now.Win32ExitCode != 0 && now.Win32ExitCode != uint32(windows.ERROR_SERVICE_NEVER_STARTED) {
			st.State = Failed
			st.Problem = whyEnded(now.Win32ExitCode)
		}
	case svc.StartPending, svc.ContinuePending:
		st.State = Starting
	case svc.Running:
		st.State = Running
	case svc.StopPending, svc.PausePending, svc.Paused:
		st.State = Stopping
	}
	return st
}
