package launch

import (
	"context"
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"

	"mcos/cmd/mcos-tray/play"
)

// Hide keeps a program from opening a window of its own.
func Hide(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// Start implements play.Starter. Windows itself starts the game, so that it can ask
// for rights where the player has set that for the game.
func (Game) Start(_ context.Context, at play.Place) error {
	err := shell("open", at.Dir+`\`+at.Exe, "", at.Dir, windows.SW_SHOWNORMAL)
	if errors.Is(err, windows.ERROR_CANCELLED) {
		return &play.Trouble{What: "The game was not started, as Windows got a No.", Next: "Click Play again and answer Yes when Windows asks.", Cause: err}
	}
	return err
}

func shell(verb, file, args, dir string, show int32) error {
	var texts [4]*uint16
	for i, text := range []string{verb, file, args, dir} {
		p, err := windows.UTF16PtrFromString(text)
		if err != nil {
			return err
		}
		texts[i] = p
	}
	return windows.ShellExecute(0, texts[0], texts[1], texts[2], texts[3], show)
}
