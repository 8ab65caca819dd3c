package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"mcos/cmd/mcos-tray/ask"
	"mcos/cmd/mcos-tray/tell"
	"mcos/protocol/plain"
)

var errAnother = errors.New("the tray runs already")

// notify shows a message for people. Where the desktop shows none, it is still in
// the menu; standard error gets it too.
func notify(title, text string) {
	if err := tell.Notification(title, text); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", title, plain.Text(text, plain.Page))
	}
}

// last shows the last words of a tray that ends at once. On Windows a program of the
// desktop has no standard error, and without an icon there are no notifications.
func last(text string) {
	if err := tell.Notification("MCOS", text); err != nil && runtime.GOOS == "windows" {
		_ = ask.Desktop{}.Show(context.Background(), text) // there is no other way left
	}
}
