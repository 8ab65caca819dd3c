//go:build !linux

package portinfo

// HowToBindLow says in one sentence how to get the right to bind ports below
// 1024.
func HowToBindLow() string { return "Install it as a service, which has the right." }

// Holder names the program that listens on a TCP port; on this system that cannot
// be told, so it returns "".
func Holder(int) string { return "" }
