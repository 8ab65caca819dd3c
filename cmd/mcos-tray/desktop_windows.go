package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

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

// runKey lists the programs that start when the user logs in.
type runKey struct{}

const (
	runPath = `Software\Microsoft\Windows\CurrentVersion\Run`
	runName = "MCOS"
)

func newStartup() startup { return runKey{} }

// Enabled implements startup.
func (runKey) Enabled() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, runPath, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	_, _, err = key.GetStringValue(runName)
	return err == nil
}

// Set implements startup.
func (runKey) Set(on bool) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runPath, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	if !on {
		return key.DeleteValue(runName)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return key.SetStringValue(runName, `"`+self+`" --login`)
}
