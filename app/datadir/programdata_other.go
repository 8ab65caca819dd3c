//go:build !windows

package datadir

// programData is the folder for programs' data on Windows.
func programData(getenv func(string) string) string { return getenv("ProgramData") }
