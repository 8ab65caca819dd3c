package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"

	"mcos/cmd/mcos-tray/launch"
)

// child is a server that runs as a process of this user.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}

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
	c := &child{cmd: exec.Command(name, "run"), done: make(chan struct{}), st: childState{running: true}}
	c.cmd.Stdout = lines(func(line string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.st.console = consoleOf(line, c.st.console)
	})
	var said bytes.Buffer
	c.cmd.Stderr = &said
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
			c.st.problem = complaint(said.String(), err)
		}
		close(c.done)
	}()
	return c, nil
}

// lines is a writer that hands on whole lines.
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
			w.each(string(w.part))
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

// complaint is what the program said last that was meant for people.
func complaint(said string, err error) string {
	text := ""
	for line := range strings.Lines(said) {
		if words, ok := strings.CutPrefix(line, "mcos: "); ok {
			text += " " + strings.TrimSpace(words)
		}
	}
	if text == "" {
		return "The server ended (" + err.Error() + "); look into its log, or run: mcos doctor"
	}
	return strings.TrimSpace(text)
}

// state of a child that may be nil.
func (c *child) state() childState {
	if c == nil {
		return childState{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.st
}

// stop asks the server to end and waits for it; it is cut off when ctx ends.
func (c *child) stop(ctx context.Context) error {
	if err := interrupt(c.cmd.Process); err != nil {
		return err
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
