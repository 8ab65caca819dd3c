package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
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
	problem string // why it ended, for people; empty when it was asked to
}

// startChild starts the server program that lies beside the tray.
func startChild() (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(self), "mcos")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	c := &child{cmd: exec.Command(name, "run"), done: make(chan struct{}), st: childState{running: true}}
	var said bytes.Buffer
	c.cmd.Stderr = &said
	hide(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("the server program could not be started (%w); install MCOS again", err)
	}
	go func() {
		err := c.cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.st.running = false
		if err != nil && c.st.problem == "" {
			c.st.problem = complaint(said.String(), err)
		}
		close(c.done)
	}()
	return c, nil
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
