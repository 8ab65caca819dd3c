// Package service installs the server as a service of the operating system,
// starts and stops it, tells how it is, and is the service's own side of that
// conversation (Serve). Systemd and the Windows service manager are known; other
// systems answer ErrUnsupported.
package service

import (
	"context"
	"encoding"
	"errors"
	"fmt"
)

// Name is what the service manager calls the service.
const Name = "mcos"

// The texts that the service manager shows.
const (
	displayName = "MCOS"
	description = "Runs a server for the game Motor City Online."
)

// EntryArguments are the arguments with which the service manager starts the
// program. They are for nobody else: under Wine a program cannot find out that it
// is a service, so it has to be told.
var EntryArguments = []string{"service", "entry"}

// State is what the service does at the moment.
type State int

// The states of a service.
const (
	Unknown      State = iota // the service manager did not tell
	NotInstalled              // there is no such service on this computer
	Stopped                   // installed, and not running
	Starting                  // on its way; also while the service manager waits before it tries again
	Running                   // ready for players
	Stopping                  // on its way down
	Failed                    // stopped, and not because anybody wanted it
)

var stateNames = [...]string{"unknown", "not installed", "stopped", "starting", "running", "stopping", "failed"}

// String is the state in words.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return stateNames[Unknown]
	}
	return stateNames[s]
}

var _ encoding.TextMarshaler = Unknown

// MarshalText implements encoding.TextMarshaler for JSON output.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Owner tells who installed the service.
type Owner string

// The owners of a service.
const (
	OwnerNone    Owner = ""        // it is not installed
	OwnerCommand Owner = "command" // mcos service install
	OwnerPackage Owner = "package" // a .deb, an .rpm or the Windows installer
)

// Status is how the service is.
type Status struct {
	State State `json:"state"`
	// Automatic tells whether it starts together with the computer.
	Automatic bool  `json:"automatic"`
	Owner     Owner `json:"owner,omitempty"`
	// PID is the process of the running service, 0 when there is none.
	PID int `json:"pid,omitempty"`
	// Problem says, for people, why the service failed and where to read more; ""
	// when it did not.
	Problem string `json:"problem,omitempty"`
}

// Manager manages the service on this computer. A method returns when the work is
// done: after Start the server listens, after Stop it has ended. Errors are for
// people and match one of the variables of this package where one fits.
type Manager interface {
	// Install makes the service and has it start together with the computer; it
	// does not start it now.
	Install(context.Context) error
	// Uninstall stops the service and removes it. The data stay.
	Uninstall(context.Context) error
	// Start starts the service; a service that runs is left alone.
	Start(context.Context) error
	// Stop stops the service and waits for its end; stopping a stopped one is no
	// error.
	Stop(context.Context) error
	// Restart stops the service and starts it again.
	Restart(context.Context) error
	// Status tells how the service is. A service that is not installed is no
	// error.
	Status(context.Context) (Status, error)
}

// What can be in the way.
var (
	// ErrUnsupported means that there is no service manager that we know.
	ErrUnsupported = errors.New("this system has no service manager that mcos knows (systemd, or Windows); start the server with: mcos run")
	// ErrNotInstalled means that there is no service to work on.
	ErrNotInstalled = errors.New("the service is not installed; install a package, or use: mcos service install")
	// ErrInstalled means that the service is there already.
	ErrInstalled = errors.New("the service is installed already")
	// ErrPackaged means that the service belongs to a package, which alone may
	// install and remove it.
	ErrPackaged = errors.New("the service belongs to the installed package; update or remove the package instead")
	// ErrDenied means that this user may not do that.
	ErrDenied = errors.New("this user may not do that")
	// ErrFailed means that the service did not start, or ended at once.
	ErrFailed = errors.New("the service did not start")
)

// Config says what to install.
type Config struct {
	// Executable is the absolute path of the program; the running one when empty.
	Executable string
}

// denied is ErrDenied with the advice for this system.
func denied(advice string) error { return fmt.Errorf("%w; %s", ErrDenied, advice) }

// started checks that a service that was just started runs.
func started(ctx context.Context, m Manager) error {
	st, err := m.Status(ctx)
	if err != nil {
		return err
	}
	switch {
	case st.State == Running:
		return nil
	case st.Problem != "":
		return fmt.Errorf("%w: %s", ErrFailed, st.Problem)
	}
	return fmt.Errorf("%w: it is %s", ErrFailed, st.State)
}
