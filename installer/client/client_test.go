package client

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	"mcos/installer/client/memhost"
	protocol "mcos/protocol/client"
)

const gameDir = `C:\Program Files (x86)\EA Games\Motor City Online`

// computer is one with the game as its disc leaves it.
func computer() *memhost.Host {
	h := memhost.New()
	h.Put(gameDir+`\MCity.exe`, "MZ", true)
	h.Put(gameDir+`\pub.key`, "old", true)
	h.Put(gameDir+`\Data\Movies\a.mpg`, "film", false)
	h.Put(gameDir+`\SaveData\options.ini`, "graphicsModeIndex=0\r\nwindowed = 0\r\n", false)
	h.Put(gameDir+`\SaveData\togglewindowtest.txt`, "", false)
	h.Put(h.Sys.VirtualStore+gameDir[2:]+`\pub.key`, "stale", false)
	k := host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\Electronic Arts\Motor City\1.0`}
	h.EnsureKey(k)
	_ = h.SetValue(k, "ShardUrl", host.SZ("http://159.153.226.86/ShardList/"))
	_ = h.SetValue(k, "TickerUrl", host.DWORD(7)) // of a wrong type
	h.EnsureKey(secureProtocols)
	_ = h.SetValue(secureProtocols, "SecureProtocols", host.DWORD(0x80))
	return h
}

func server(t *testing.T, name, der string) Server {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text, err := protocol.PubKey(&key.PublicKey)
	require.NoError(t, err)
	return Server{Host: name, WebPort: 80, PubKey: text, CertDER: []byte(der)}
}

var wishes = Options{NoMovies: true, Resolution: "1024x768", Windowed: "yes"}

// patch plans and patches.
func patch(p Patcher, s Server) error {
	g, ok := Look(p.Host, gameDir)
	if !ok {
		return errors.New("no game")
	}
	plan, err := Plan(p.Host, g, s, wishes)
	if err != nil {
		return err
	}
	return p.Patch(g, s, plan)
}

func patcher(t *testing.T, h host.Host) Patcher {
	return Patcher{Host: h, Record: filepath.Join(memory(t), "x", "undo"), Now: time.Now}
}

// memory is a folder for undo records, in memory where the system has a place for
// that: every line of a record is flushed, which makes thousands of runs slow.
func memory(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "mcos-test-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func TestPatchAndUnpatch(t *testing.T) {
	h := computer()
	before := h.Snapshot()
	p := patcher(t, h)
	require.Len(t, Detect(h), 1)
	c, err := p.State()
	require.NoError(t, err)
	assert.Contains(t, c.Text, "closed")

	a, b := server(t, "a.example", "A"), server(t, "b.example", "B")
	require.NoError(t, patch(p, a))
	once := h.Snapshot()
	c, err = p.State()
	require.NoError(t, err)
	assert.Equal(t, []string{"a.example"}, c.Hosts)
	assert.Contains(t, c.Text, "by this program")
	require.NoError(t, patch(p, a))
	assert.Equal(t, once, h.Snapshot(), "again changes nothing")

	require.NoError(t, patch(p, b))
	_, err = h.Certificate(a.Thumbprint())
	require.ErrorIs(t, err, fs.ErrNotExist, "the other server is no longer trusted")
	u, err := p.Unpatch(false)
	require.NoError(t, err)
	assert.Empty(t, u.Left)
	assert.Equal(t, before, h.Snapshot())
	assert.NoFileExists(t, p.Record)
}

func TestGameRunning(t *testing.T) {
	h := computer()
	start := h.Snapshot()
	h.Programs = []string{"mcity.exe"}
	require.ErrorIs(t, patch(patcher(t, h), server(t, "a.example", "A")), ErrRunning)
	assert.Equal(t, start, h.Snapshot())
}

// TestUndoable: whoever removes the program asks before whether Unpatch could do its
// work, and nothing is changed by that.
func TestUndoable(t *testing.T) {
	h := computer()
	p := patcher(t, h)
	h.Programs = []string{"mcity.exe"}
	require.NoError(t, p.Undoable(), "the game runs, but there is nothing to undo")
	h.Programs = nil
	require.NoError(t, patch(p, server(t, "a.example", "A")))
	patched := h.Snapshot()
	require.NoError(t, p.Undoable())
	h.Programs = []string{"mcity.exe"}
	require.ErrorIs(t, p.Undoable(), ErrRunning)
	h.Programs = nil
	forged := patcher(t, h)
	record(t, forged.Record, change.Entry{Item: change.Item{Kind: change.File, Path: `C:\Windows\system.ini`}})
	require.ErrorIs(t, forged.Undoable(), ErrForbidden, "a record that cannot be followed")
	require.NoError(t, p.Undoable())
	assert.Equal(t, patched, h.Snapshot())
}

// TestUndoableParts: also when only the player's own part is left.
func TestUndoableParts(t *testing.T) {
	h := computer()
	p := twoParts(t, h)
	admin := p
	admin.Only = PartMachine
	require.NoError(t, patch(p, server(t, "a.example", "A")))
	_, err := admin.Unpatch(false)
	require.NoError(t, err)
	h.Programs = []string{"mcity.exe"}
	require.NoError(t, admin.Undoable())
	assert.ErrorIs(t, p.Undoable(), ErrRunning)
}

// TestSomebodyElse: what another launcher has set since stays.
func TestSomebodyElse(t *testing.T) {
	h := computer()
	p := patcher(t, h)
	require.NoError(t, patch(p, server(t, "a.example", "A")))
	require.NoError(t, h.SetValue(gameKey(protocol.KeyVersion), "ShardUrl", host.SZ("http://else.example/ShardList/")))
	u, err := p.Unpatch(false)
	require.NoError(t, err)
	require.Len(t, u.Left, 1)
	assert.Equal(t, "ShardUrl", u.Left[0].Name)
	assert.Equal(t, "http://else.example/ShardList/", host.Text(h, gameKey(protocol.KeyVersion), "ShardUrl"))
}
