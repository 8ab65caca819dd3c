package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

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

// maxSaid bounds what is kept of what the helper says, in bytes.
const maxSaid = 64 << 10

// Client implements play.Helper: with administrator rights, which Windows asks the
// player for. A program with more rights than this one cannot write to our pipes, so
// it sends what it says to a port.
func (Helper) Client(ctx context.Context, args ...string) (string, error) {
	name, err := Command()
	if err != nil {
		return "", err
	}
	port, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer port.Close()
	said := make(chan string, 1)
	go func() {
		conn, err := port.Accept()
		if err != nil {
			said <- ""
			return
		}
		defer conn.Close()
		text, _ := io.ReadAll(io.LimitReader(conn, maxSaid)) // a part will do
		said <- string(text)
	}()
	line := windows.ComposeCommandLine(append([]string{"client", "--report-to", port.Addr().String()}, args...))
	process, err := elevated(name, line)
	if errors.Is(err, windows.ERROR_CANCELLED) {
		return "", play.ErrRefused
	}
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(process) //nolint:errcheck // it was only waited for
	code, err := wait(ctx, process)
	_ = port.Close() // no more than what came
	text := <-said
	if err == nil && code != 0 {
		err = fmt.Errorf("it ended with code %d", code)
	}
	return text, err
}

// wait waits for the end of a process and returns its exit code.
func wait(ctx context.Context, process windows.Handle) (code uint32, err error) {
	for {
		event, err := windows.WaitForSingleObject(process, uint32((100 * time.Millisecond).Milliseconds()))
		switch {
		case err != nil:
			return 0, err
		case event == windows.WAIT_OBJECT_0:
			err := windows.GetExitCodeProcess(process, &code)
			return code, err
		case ctx.Err() != nil:
			return 0, ctx.Err()
		}
	}
}

// executeInfo is SHELLEXECUTEINFOW.
type executeInfo struct {
	size, mask                  uint32
	window                      windows.Handle
	verb, file, parameters, dir *uint16
	show                        int32
	instance                    windows.Handle
	idList                      uintptr
	class                       *uint16
	classKey                    windows.Handle
	hotKey                      uint32
	icon, process               windows.Handle
}

// The flags of executeInfo: keep the process, and return only when it has started.
const (
	seeMaskNoCloseProcess = 0x40
	seeMaskNoAsync        = 0x100
)

var shellExecuteEx = windows.NewLazySystemDLL("shell32.dll").NewProc("ShellExecuteExW")

// elevated starts a program with administrator rights and without a window.
func elevated(file, parameters string) (windows.Handle, error) {
	info := executeInfo{mask: seeMaskNoCloseProcess | seeMaskNoAsync, show: windows.SW_HIDE}
	info.size = uint32(unsafe.Sizeof(info))
	var err error
	for _, t := range []struct {
		to   **uint16
		text string
	}{{&info.verb, "runas"}, {&info.file, file}, {&info.parameters, parameters}} {
		if *t.to, err = windows.UTF16PtrFromString(t.text); err != nil {
			return 0, err
		}
	}
	if ok, _, err := shellExecuteEx.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return 0, err
	}
	return info.process, nil
}
