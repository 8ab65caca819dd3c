//go:build unix

package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mcos/cmd/mcos-tray/play"
	"mcos/installer/client/host"
	"mcos/protocol/plain"
)

// Hide keeps a program from opening a window of its own; here none would.
func Hide(*exec.Cmd) {}

// others are the programs that look after prefixes of their own, by a part of the
// prefix's path: their games need their version of Wine.
var others = []struct{ part, name string }{
	{"/compatdata/", "Steam"}, {"/bottles/bottles/", "Bottles"},
}

// Start implements play.Starter: with Wine, in the game's own prefix. A prefix that
// Steam or Bottles looks after must be started from there.
func (g Game) Start(_ context.Context, at play.Place) error {
	for _, o := range others {
		if strings.Contains(at.Prefix(), o.part) {
			return &play.Trouble{What: "The game is ready, but " + o.name + " looks after its Wine prefix.", Next: "Start it from " + o.name + " and log in."}
		}
	}
	wine, err := exec.LookPath("wine")
	if err != nil {
		return &play.Trouble{
			What: "The game needs Wine, which is not installed here.", Next: "Install the package wine with its 32-bit part (wine32), then click again.", Cause: err,
		}
	}
	log, err := g.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	dir := at.Host.Native(at.Dir)
	cmd := exec.Command(wine, host.Join(at.Dir, at.Exe))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(os.Environ(), "WINEPREFIX="+at.Prefix())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the tray
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return g.explain(err)
	case <-time.After(g.Patience):
		return nil
	}
}

func (g Game) openLog() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(g.Log), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(g.Log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// tail is the end of what Wine said; it is only a help.
func (g Game) tail() string {
	f, err := os.Open(g.Log)
	if err != nil {
		return ""
	}
	defer f.Close()
	const enough = 8 << 10
	_, _ = f.Seek(-enough, io.SeekEnd) // else it is shorter
	text, _ := io.ReadAll(io.LimitReader(f, enough))
	return string(text)
}

// explain says why the game ended at once; an end without an error is that of a
// program that started another one.
func (g Game) explain(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	lines := strings.Split(strings.TrimSpace(g.tail()), "\n")
	last := plain.Words(lines[len(lines)-1], plain.Long)
	if last != "" {
		last = " Wine said: " + strings.TrimRight(last, ".") + "."
	}
	return &play.Trouble{
		What: fmt.Sprintf("The game ended at once (%s).%s", exit.ProcessState, last), Next: "Look into " + g.Log + "; the game needs 32-bit Wine.", Cause: err,
	}
}
