//go:build !linux && !windows

package service

import "context"

// New is the service manager of this computer.
func New(Config) Manager { return none{} }

// Serve runs the server as a service; no service manager is known here.
func Serve(context.Context, Work) error { return ErrUnsupported }

// ErrorMark stands before a line that the service writes to standard error.
func ErrorMark() string { return "" }

// none is the service manager of a system that we do not know.
type none struct{}

func (none) Install(context.Context) error          { return ErrUnsupported }
func (none) Uninstall(context.Context) error        { return ErrUnsupported }
func (none) Start(context.Context) error            { return ErrUnsupported }
func (none) Stop(context.Context) error             { return ErrUnsupported }
func (none) Restart(context.Context) error          { return ErrUnsupported }
func (none) Status(context.Context) (Status, error) { return Status{}, ErrUnsupported }
