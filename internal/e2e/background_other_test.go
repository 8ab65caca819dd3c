//go:build !linux

package e2e

// background would lower the calling goroutine's priority, which only Linux can.
func background() {}
