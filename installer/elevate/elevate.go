// Package elevate runs a program with the rights of an administrator, for which
// Windows asks the player. Elsewhere nothing here is needed.
package elevate

import "errors"

// ErrRefused says that the player answered No, or could not name an administrator.
var ErrRefused = errors.New("Windows asked for permission and got a No; nothing was changed") //nolint:staticcheck // a name

// ReportFlag is the flag by which the started program learns where to send a copy of
// what it says: to a port on this computer. A program with more rights than ours
// cannot write to our pipes.
const ReportFlag = "--report-to"
