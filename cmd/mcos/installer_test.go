package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The steps of the Windows installer are in no help, and a failure is noted where the
// installer's message sends its reader.
func TestInstallerSteps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("here the steps work")
	}
	s := newShell(t)
	assert.NotContains(t, s.ok("--help"), "installer")
	s.fails(exitFailed, "", "installer", "setup", "--start", "#2")
	s.fails(exitFailed, "", "installer", "end-tray")
	if assert.Len(t, s.reported, 2) {
		assert.Contains(t, s.reported[0], "the Windows installer, setup: ")
		assert.Contains(t, s.reported[1], "the Windows installer, end-tray: ")
	}
	s.ok("installer", "takedown")
	assert.Len(t, s.reported, 2, "what worked is not reported")
}
