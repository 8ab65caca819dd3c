package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// mnemonic stands before the letter of a menu's line that is its key.
const mnemonic = "&"

// onlyOne takes the mutex of this user's session; errAnother when it is taken.
func onlyOne() (release func(), err error) {
	name, err := windows.UTF16PtrFromString(`Local\mcos-tray`)
	if err != nil {
		return nil, err
	}
	mutex, err := windows.CreateMutex(nil, false, name)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		_ = windows.CloseHandle(mutex)
		return nil, errAnother
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = windows.CloseHandle(mutex) }, nil
}

// waitForPanel has nothing to wait for: Windows keeps the icon for the taskbar.
func waitForPanel(context.Context, time.Duration) error { return nil }

func openPage(url string) error {
	return exec.Command("rundll32", "url.dll,FileProtocolHandler", url).Start()
}

// interrupt ends the process at once: a program without a console gets no signals.
// The store survives that, players are cut off. The server is asked first, see child.
func interrupt(p *os.Process) error { return p.Kill() }

// runKey lists the programs that start when somebody logs in: one list is the user's
// own, and the installer puts the tray into that of the whole computer. Against the
// latter a user can only say no, and the tray then ends at once.
type runKey struct{}

const (
	runPath = `Software\Microsoft\Windows\CurrentVersion\Run`
	runName = "MCOS"
	// noPath is where the user says no.
	noPath = `Software\MCOS\Tray`
	noName = "NoLogin"
)

func newStartup() startup { return runKey{} }

// has tells whether there is such a value.
func has(root registry.Key, path, name string) bool {
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false
	}
	defer key.Close()
	_, _, err = key.GetValue(name, nil)
	return err == nil
}

// Enabled implements startup.
func (runKey) Enabled() bool {
	return !has(registry.CURRENT_USER, noPath, noName) &&
		(has(registry.CURRENT_USER, runPath, runName) || has(registry.LOCAL_MACHINE, runPath, runName))
}

// Set implements startup.
func (runKey) Set(on bool) error {
	no, _, err := registry.CreateKey(registry.CURRENT_USER, noPath, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer no.Close()
	run, _, err := registry.CreateKey(registry.CURRENT_USER, runPath, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer run.Close()
	if !on {
		return errors.Join(no.SetDWordValue(noName, 1), missingIsFine(run.DeleteValue(runName)))
	}
	if err := missingIsFine(no.DeleteValue(noName)); err != nil || has(registry.LOCAL_MACHINE, runPath, runName) {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return run.SetStringValue(runName, `"`+self+`" --login`)
}

// forget removes what the tray in a folder keeps for this user: the choice about the
// start, and the two small files.
func forget(folder string) error {
	memory, log, err := ownFiles()
	if err != nil {
		return err
	}
	errs := []error{forgetFiles(memory, log)}
	if key, err := registry.OpenKey(registry.CURRENT_USER, runPath, registry.QUERY_VALUE|registry.SET_VALUE); err == nil {
		defer key.Close()
		// Another copy of the program, unpacked somewhere, keeps its start.
		if line, _, err := key.GetStringValue(runName); err == nil && startsIn(line, folder) {
			errs = append(errs, key.DeleteValue(runName))
		}
	}
	errs = append(errs, missingIsFine(registry.DeleteKey(registry.CURRENT_USER, noPath)))
	_ = registry.DeleteKey(registry.CURRENT_USER, filepath.Dir(noPath)) // fails while something else is in it
	return errors.Join(errs...)
}

func missingIsFine(err error) error {
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
