package datadir

import "errors"

// ErrForeign says that another user of this computer could have made or changed
// something.
var ErrForeign = errors.New("another user of this computer may have made it")
