package client

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	"mcos/installer/client/memhost"
)

// diskFull is the system's error for that.
func diskFull() error {
	if full := syscall.Errno(112); isDiskFull(full) { // Windows: ERROR_DISK_FULL
		return full
	}
	return syscall.ENOSPC
}

// forms are the ways in which changes are recorded: in one record, or in two.
var forms = map[string]func(*testing.T, host.Host) Patcher{"one record": patcher, "two records": twoParts}

// at lets a step or operation number n end with an error.
func at(n int, err error) func(string) error {
	calls := 0
	return func(string) error {
		if calls++; calls == n {
			return err
		}
		return nil
	}
}

// from does so with all that follow, too.
func from(n int, err error) func(string) error {
	calls := 0
	return func(string) error {
		if calls++; calls >= n {
			return err
		}
		return nil
	}
}

// TestPowerCut stops at every step of patching, and goes on both ways from there.
func TestPowerCut(t *testing.T) {
	s := server(t, "a.example", "A")
	before := computer().Snapshot()
	for form, patcher := range forms {
		for n := 1; ; n++ {
			h := computer()
			p := patcher(t, h)
			p.Step = from(n, change.ErrStopped)
			err := patch(p, s)
			if err == nil {
				require.Greater(t, n, 60, form)
				break
			}
			require.ErrorIs(t, err, change.ErrStopped)
			p.Step = nil
			if n%2 == 0 { // patch again first
				require.NoError(t, patch(p, s), "%s, after %d steps", form, n)
			}
			_, err = p.Unpatch(false)
			require.NoError(t, err)
			require.Equal(t, before, h.Snapshot(), "%s, after %d steps", form, n)
			require.NoFileExists(t, p.Record)
		}
	}
}

// TestPowerCutWhileUndoing stops at every step of unpatching, and undoes the rest.
func TestPowerCutWhileUndoing(t *testing.T) {
	s := server(t, "a.example", "A")
	before := computer().Snapshot()
	for form, patcher := range forms {
		for n := 1; ; n++ {
			h := computer()
			p := patcher(t, h)
			require.NoError(t, patch(p, s))
			p.Step = from(n, change.ErrStopped)
			_, err := p.Unpatch(false)
			done := err == nil
			p.Step = nil
			if !done {
				require.ErrorIs(t, err, change.ErrStopped)
				_, err = p.Unpatch(false)
				require.NoError(t, err)
			}
			require.Equal(t, before, h.Snapshot(), "%s, undo after %d steps", form, n)
			if done {
				break
			}
		}
	}
}

// TestFailures lets each operation fail in turn, as when the disk is full for a
// moment: then nothing was changed.
func TestFailures(t *testing.T) {
	s, other := server(t, "a.example", "A"), server(t, "b.example", "B")
	before := computer().Snapshot()
	for form, patcher := range forms {
		for _, patched := range []bool{false, true} {
			for n := 1; ; n++ {
				h := computer()
				p := patcher(t, h)
				if patched {
					require.NoError(t, patch(p, other))
				}
				start := h.Snapshot()
				h.Fail = at(n, diskFull())
				err := patch(p, s)
				h.Fail = nil
				if err == nil {
					require.Greater(t, n, 15)
					break
				}
				require.ErrorContains(t, err, "the disk is full; make some room")
				require.Equal(t, start, h.Snapshot(), "%s: failure %d leaves the game as it was", form, n)
				_, err = p.Unpatch(false)
				require.NoError(t, err)
				require.Equal(t, before, h.Snapshot())
			}
		}
	}
}

// TestRecordFails: the record cannot be written at some step, or the program fails
// right after a change.
func TestRecordFails(t *testing.T) {
	s := server(t, "a.example", "A")
	for n := 1; ; n++ {
		h := computer()
		before := h.Snapshot()
		p := patcher(t, h)
		p.Step = at(n, syscall.ENOSPC)
		err := patch(p, s)
		if err == nil {
			require.Greater(t, n, 60)
			return
		}
		require.Equal(t, before, h.Snapshot(), "step %d", n)
		require.NoFileExists(t, p.Record, "step %d", n)
	}
}

// TestStaysBroken: from some operation on nothing can be written any more, not even
// back. When that is over, undoing brings everything back.
func TestStaysBroken(t *testing.T) {
	s := server(t, "a.example", "A")
	for form, patcher := range forms {
		incomplete := 0
		for n := 1; ; n++ {
			h := computer()
			before := h.Snapshot()
			p := patcher(t, h)
			h.Fail = from(n, diskFull())
			err := patch(p, s)
			h.Fail = nil
			if err == nil {
				require.NotZero(t, incomplete, form)
				break
			}
			if errors.Is(err, change.ErrIncomplete) {
				incomplete++
				require.ErrorContains(t, err, "mcos client unpatch", form)
				c, err := p.State()
				require.NoError(t, err)
				require.True(t, c.Ours, "%s: operation %d", form, n)
			}
			_, err = p.Unpatch(false)
			require.NoError(t, err)
			require.Equal(t, before, h.Snapshot(), "%s: operation %d", form, n)
		}
	}
}

// TestUndoFails: an undo that fails at any operation can be repeated.
func TestUndoFails(t *testing.T) {
	s := server(t, "a.example", "A")
	before := computer().Snapshot()
	for form, patcher := range forms {
		for n := 1; ; n++ {
			h := computer()
			p := patcher(t, h)
			require.NoError(t, patch(p, s))
			h.Fail = at(n, syscall.EIO)
			_, err := p.Unpatch(false)
			h.Fail = nil
			done := err == nil
			if !done {
				_, err = p.Unpatch(false)
				require.NoError(t, err)
			}
			require.Equal(t, before, h.Snapshot(), "%s: operation %d", form, n)
			if done {
				require.Greater(t, n, 15)
				break
			}
		}
	}
}

// TestTornRecord: the power went while a line of the record was written. Its change
// was not made, and whatever is left of the line does not matter.
func TestTornRecord(t *testing.T) {
	s := server(t, "a.example", "A")
	for n := 2; n < 60; n += 13 { // some lines
		h := computer()
		before := h.Snapshot()
		p := patcher(t, h)
		writes := 0
		p.Step = func(what string) error {
			if strings.HasPrefix(what, "write ") {
				if writes++; writes >= n {
					return change.ErrStopped
				}
			}
			return nil
		}
		err := patch(p, s)
		if err == nil {
			break
		}
		p.Step = nil
		content, err := os.ReadFile(p.Record)
		require.NoError(t, err)
		start := h.Clone()
		last := bytes.LastIndexByte(content[:len(content)-1], '\n') + 1
		for cut := last; cut <= len(content); cut += 7 {
			p.Host = start.Clone()
			require.NoError(t, os.MkdirAll(strings.TrimSuffix(p.Record, "undo"), 0o755))
			require.NoError(t, os.WriteFile(p.Record, content[:cut], 0o644))
			_, err := p.Unpatch(false)
			require.NoError(t, err, "cut at %d of %d", cut, len(content))
			require.Equal(t, before, p.Host.(*memhost.Host).Snapshot())
		}
	}
}

func TestRefusedCertificate(t *testing.T) {
	h := computer()
	start := h.Snapshot()
	s := server(t, "a.example", "A")
	h.Fail = func(what string) error {
		if strings.HasPrefix(what, "certificate") {
			return errors.New("refused")
		}
		return nil
	}
	require.ErrorContains(t, patch(patcher(t, h), s), "trusted certificate "+s.Thumbprint()+": refused")
	assert.Equal(t, start, h.Snapshot())
}

// TestLockedFile: some program has the key file open.
func TestLockedFile(t *testing.T) {
	h := computer()
	start := h.Snapshot()
	locked := error(syscall.EBUSY)
	if isLocked(syscall.Errno(32)) { // Windows: ERROR_SHARING_VIOLATION
		locked = syscall.Errno(32)
	}
	h.Fail = func(what string) error {
		if what == "write "+gameDir+`\pub.key` {
			return locked
		}
		return nil
	}
	require.ErrorContains(t, patch(patcher(t, h), server(t, "a.example", "A")), "another program holds the file")
	assert.Equal(t, start, h.Snapshot())
}
