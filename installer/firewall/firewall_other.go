//go:build !windows

package firewall

import "context"

// New answers that there is no firewall that we know.
func New() (Firewall, error) { return Firewall{}, ErrUnsupported }

// Networks is for Windows; no other system calls networks public or private.
func Networks() ([]Network, error) { return nil, ErrUnsupported }

// MakePrivate is for Windows.
func MakePrivate(string) (int, error) { return 0, ErrUnsupported }

// Look is for Windows.
func Look(context.Context, string) (State, error) { return State{}, ErrUnsupported }
