package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"mcos/app/console/client"
	"mcos/cmd/mcos-tray/launch"
	"mcos/protocol/plain"
)

// child is a server that runs as a process of this user.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	// ask asks the server through its console to end.
	ask func(context.Context) error

	mu sync.Mutex
	st childState
}

type childState struct {
	running bool
	console string // where its console listens, "" until it is ready
	problem string // why it ended, for people; empty when it was asked to
}

// startChild starts the server program that lies beside the tray.
func startChild() (*child, error) {
	name, err := launch.Command()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(name, "run"), done: make(chan struct{}), ask: askToStop, st: childState{running: true}}
	c.cmd.Stdout = lines(func(line string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.st.console = consoleOf(line, c.st.console)
	})
	said := "" // its log comes there, too, for as long as it runs
	c.cmd.Stderr = lines(func(line string) { said = addComplaint(said, line) })
	launch.Hide(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("the server program could not be started (%w); install MCOS again", err)
	}
	go func() {
		err := c.cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.st.running, c.st.console = false, ""
		if err != nil && c.st.problem == "" {
			c.st.problem = complaint(said, err)
		}
		close(c.done)
	}()
	return c, nil
}

// lines is a writer that hands on whole lines of plain text.
func lines(each func(string)) io.Writer { return &lineWriter{each: each} }

type lineWriter struct {
	each func(string)
	part []byte
}

// longest part of a line that is kept, in bytes.
const maxLine = 4 << 10

// Write implements io.Writer.
func (w *lineWriter) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case b == '\n':
			w.each(plain.Line(string(w.part), maxLine))
			w.part = w.part[:0]
		case len(w.part) < maxLine:
			w.part = append(w.part, b)
		}
	}
	return len(p), nil
}

// consoleOf finds the console in the line that says that all ports are open; what is
// known already stays for other lines.
func consoleOf(line, known string) string {
	words := strings.Fields(line)
	if len(words) == 0 || words[0] != "ready" {
		return known
	}
	for _, w := range words[1:] {
		if at, ok := strings.CutPrefix(w, "console="); ok {
			return at
		}
	}
	return known
}

// addComplaint adds a line of the program to what it has said that was meant for
// people. At most maxLine bytes are kept.
func addComplaint(said, line string) string {
	words, ok := strings.CutPrefix(line, "mcos: ")
	if !ok || len(said)+len(words) > maxLine {
		return said
	}
	return strings.TrimSpace(said + " " + strings.TrimSpace(words))
}

// complaint is why the program ended, for people.
func complaint(said string, err error) string {
	if said == "" {
		return "The server ended (" + err.Error() + "); look into its log, or run: mcos doctor"
	}
	return said
}

var errNotReady = errors.New("the server is not ready")

// state of a child that may be nil.
func (c *child) state() childState {
	if c == nil {
		return childState{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.st
}

// askWithin is how long the server may take to answer that it is going to end.
const askWithin = 5 * time.Second

// askToStop asks the server that runs on this user's data folder to end.
func askToStop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	live, err := client.Here(ctx, os.Getenv)
	if err != nil {
		return err
	}
	return live.Stop(ctx)
}

// stop asks the server to end and waits for it; it is cut off when ctx ends. One that
// cannot be asked, as it is only starting, gets a signal where there are such things.
func (c *child) stop(ctx context.Context) error {
	asked := errNotReady
	if c.state().console != "" { // it has the data folder, and nobody else
		asked = c.ask(ctx)
	}
	if asked != nil {
		if err := interrupt(c.cmd.Process); err != nil {
			return err
		}
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		_ = c.cmd.Process.Kill() // it may have ended by itself
		<-c.done
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.problem = ""
	return nil
}
