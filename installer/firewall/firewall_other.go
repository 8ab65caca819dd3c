//go:build !windows

package firewall

// New answers that there is no firewall that we know.
func New() (Firewall, error) { return Firewall{}, ErrUnsupported }
