//go:build unix

package elevate

import (
	"context"
	"errors"
)

// Needed tells whether this program lacks the rights of an administrator that it
// could ask for; never here.
func Needed() bool { return false }

// Run runs a program with the rights of an administrator; not possible here.
func Run(context.Context, string, ...string) (said string, err error) {
	return "", errors.ErrUnsupported
}
