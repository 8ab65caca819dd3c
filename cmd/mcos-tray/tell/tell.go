// Package tell shows notifications with the desktop's own means. What it shows is
// data all the way: no program, script or markup is made of it.
package tell

import (
	"errors"

	"mcos/protocol/plain"
)

// errNowhere says that this desktop shows no notifications, or not yet.
var errNowhere = errors.New("this desktop shows no notifications")

// Notification shows a title and a text for some seconds. An error means that the
// player has not seen it.
func Notification(title, text string) error {
	return show(plain.Line(title, plain.Short), plain.Text(text, plain.Long))
}
