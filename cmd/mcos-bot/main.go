// Command mcos-bot plays Motor City Online without a screen: it signs up or logs in, makes or picks a persona, buys its first
// car, enters a room and logs out in order, exactly as the original client does, against any server. It is there to see
// whether a server works, to put load on it, and to have somebody to meet.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"mcos/protocol/plain"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, shown(os.Stdout), shown(os.Stderr)}, games{play: play, race: race})
	stop()
	os.Exit(code)
}

// shown is a stream that lets no text of a server steer a terminal.
func shown(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return plain.Writer(f)
	}
	return f
}

// streams are where the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}
