package client

import (
	"encoding/json"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/guard"
	"mcos/installer/client/host"
)

// record writes an undo record with these entries.
func record(t *testing.T, path string, entries ...change.Entry) {
	t.Helper()
	f, err := guard.Create(path)
	require.NoError(t, err)
	defer f.Close()
	e := json.NewEncoder(f)
	require.NoError(t, e.Encode(map[string]any{"header": change.Header{Version: 1}}))
	for _, entry := range entries {
		require.NoError(t, e.Encode(map[string]any{"entry": entry}))
	}
}

// TestForgedRecord: a record is followed with high rights, so what it may do is limited.
func TestForgedRecord(t *testing.T) {
	der := []byte("evil root")
	there := change.State{Present: true, Type: host.TypeSZ, Data: host.UTF16("x")}
	for name, e := range map[string]change.Entry{
		"autostart": {Item: change.Item{Kind: change.RegValue, Hive: host.Machine, View: 64, Path: `SOFTWARE\Microsoft\Windows\CurrentVersion\Run`, Name: "x"}, Before: there},
		"other value of the game's key": {
			Item: change.Item{Kind: change.RegValue, Hive: host.Machine, View: 32, Path: `SOFTWARE\EACom\AuthAuth`, Name: "AuthLoginDllpath"}, Before: there,
		},
		"other key":          {Item: change.Item{Kind: change.RegKey, Hive: host.Machine, View: 32, Path: `SOFTWARE\Policies`}, After: there},
		"any file":           {Item: change.Item{Kind: change.File, Path: `C:\Windows\System32\evil.dll`}, Before: there},
		"detour":             {Item: change.Item{Kind: change.File, Path: gameDir + `\..\pub.key`}, Before: there},
		"slash":              {Item: change.Item{Kind: change.File, Path: `C:\Windows/..\pub.key`}, Before: there},
		"stream":             {Item: change.Item{Kind: change.File, Path: gameDir + `\x:\pub.key`}, Before: there},
		"network":            {Item: change.Item{Kind: change.File, Path: `\\evil\share\pub.key`}, Before: there},
		"device":             {Item: change.Item{Kind: change.File, Path: `\\?\C:\x\pub.key`}, Before: there},
		"other setting":      {Item: change.Item{Kind: change.Setting, Path: `C:\Windows\win.ini`, Name: "load"}, Before: there},
		"moving":             {Item: change.Item{Kind: change.Moved, Path: gameDir + `\Data\Movies`, Name: `C:\Windows\System32`}, After: there},
		"flags outside":      {Item: change.Item{Kind: change.WriteFlags, Path: gameDir}, Before: change.State{Files: []string{`..\..\x`}}},
		"trust again":        {Item: change.Item{Kind: change.Certificate, Name: thumbprintOf(der)}, Before: change.State{Present: true, Data: der}},
		"wrong thumbprint":   {Item: change.Item{Kind: change.Certificate, Name: thumbprintOf([]byte("x"))}, After: change.State{Present: true, Data: der}},
		"path as thumbprint": {Item: change.Item{Kind: change.Certificate, Name: `..\x`}},
		"other feature":      {Item: change.Item{Kind: change.Feature, Name: "TelnetClient"}, Before: there},
		"new kind":           {Item: change.Item{Kind: "program", Path: `C:\x.exe`}, Before: there},
	} {
		h := computer()
		p := patcher(t, h)
		record(t, p.Record, e)
		before := h.Snapshot()
		_, err := p.Unpatch(true)
		assert.ErrorIs(t, err, ErrForbidden, name)
		require.ErrorIs(t, patch(p, server(t, "a.example", "A")), ErrForbidden, name)
		assert.Equal(t, before, h.Snapshot(), name)
		_, err = p.State()
		assert.NoError(t, err, "looking at it does no harm")
	}
}

func TestRecordOfSomebodyElse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows the rights of the record are no modes; see package guard")
	}
	h := computer()
	p := patcher(t, h)
	require.NoError(t, patch(p, server(t, "a.example", "A")))
	before := h.Snapshot()
	require.NoError(t, os.Chmod(p.Record, 0o666))
	_, err := p.Unpatch(false)
	require.ErrorIs(t, err, guard.ErrUntrusted)
	require.ErrorIs(t, patch(p, server(t, "b.example", "B")), guard.ErrUntrusted)
	assert.Equal(t, before, h.Snapshot())
	c, err := p.State()
	require.NoError(t, err)
	assert.True(t, c.Ours)
}

// TestLinks: nothing is written through a link, neither by patching nor by undoing.
func TestLinks(t *testing.T) {
	h := computer()
	p := patcher(t, h)
	s := server(t, "a.example", "A")
	before := h.Snapshot()
	h.Links = []string{`C:\Program Files (x86)\EA Games`}
	require.ErrorIs(t, patch(p, s), host.ErrLink)
	assert.Equal(t, before, h.Snapshot())

	h.Links = nil
	require.NoError(t, patch(p, s))
	h.Links = []string{gameDir}
	_, err := p.Unpatch(false)
	require.ErrorIs(t, err, host.ErrLink)
	key, err := h.Read(gameDir + `\pub.key`)
	require.NoError(t, err)
	assert.Equal(t, s.PubKey, string(key))
	h.Links = nil
	_, err = p.Unpatch(false)
	require.NoError(t, err)
	assert.Equal(t, before, h.Snapshot())
}

// TestGameRemoved: what belongs to the computer is put back even so, and nothing is
// made in a folder that holds no game.
func TestGameRemoved(t *testing.T) {
	h := computer()
	p := patcher(t, h)
	s := server(t, "a.example", "A")
	require.NoError(t, patch(p, s))
	require.NoError(t, h.Remove(gameDir+`\MCity.exe`))
	u, err := p.Unpatch(false)
	require.NoError(t, err)
	assert.NotEmpty(t, u.Left)
	_, err = h.Certificate(s.Thumbprint())
	require.Error(t, err)
	key, err := h.Read(gameDir + `\pub.key`)
	require.NoError(t, err)
	assert.Equal(t, s.PubKey, string(key), "left alone")
}
