//go:build !windows

package service

// Prepare is for Windows; elsewhere the unit says it all.
func Prepare(Preparation) (warnings []error, err error) { return nil, ErrUnsupported }
