package elevate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"mcos/protocol/plain"
)

// Needed tells whether this program lacks the rights of an administrator that it
// could ask for.
func Needed() bool { return !windows.GetCurrentProcessToken().IsElevated() }

// maxSaid bounds what is kept of what the program says, in bytes.
const maxSaid = 64 << 10

// saidWithin is how long the last words of a program that has ended may take.
const saidWithin = 2 * time.Second

// Run runs a program without a window and with the rights of an administrator, for
// which Windows asks the player, and waits for its end. It returns what the program
// has said, to ReportFlag, which is added to the arguments. The error is ErrRefused
// when the player answered No.
func Run(ctx context.Context, program string, args ...string) (said string, err error) {
	port, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer port.Close()
	ended, end := context.WithCancel(context.Background())
	defer end()
	text := make(chan string, 1)
	go func() {
		conn, err := port.Accept()
		if err != nil {
			text <- ""
			return
		}
		defer conn.Close()
		// Whoever has connected must not keep us when the program has ended, or nobody
		// waits for it any more.
		defer context.AfterFunc(ended, func() { _ = conn.SetReadDeadline(time.Now().Add(saidWithin)) })()
		b, _ := io.ReadAll(io.LimitReader(conn, maxSaid)) // a part will do
		text <- string(b)
	}()
	line := windows.ComposeCommandLine(append(args, ReportFlag, port.Addr().String()))
	process, err := start(program, line)
	if errors.Is(err, windows.ERROR_CANCELLED) {
		return "", ErrRefused
	}
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(process) //nolint:errcheck // it was only waited for
	code, err := wait(ctx, process)
	_ = port.Close() // no more than what came
	end()
	said = plain.Text(<-text, maxSaid) // it may be somebody else who has connected
	if err == nil && code != 0 {
		err = fmt.Errorf("it ended with code %d", code)
	}
	return said, err
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

// start starts a program with administrator rights and without a window.
func start(file, parameters string) (windows.Handle, error) {
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
