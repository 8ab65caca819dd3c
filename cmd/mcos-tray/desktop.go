package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/gen2brain/beeep"
)

var errAnother = errors.New("the tray runs already")

// notify shows a message for people. Where the desktop shows none, it is still in
// the menu; standard error gets it too.
func notify(title, text string) {
	beeep.AppName = "MCOS"
	if err := beeep.Notify(title, text, picture("app")); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", title, text)
	}
}
