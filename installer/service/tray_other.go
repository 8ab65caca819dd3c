//go:build !windows

package service

// EndPrograms is for Windows; elsewhere a running program can be replaced.
func EndPrograms(string, ...string) error { return ErrUnsupported }

// Report is for Windows; elsewhere whoever installs sees what a program says.
func Report(error) {}
