package client

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	return Patcher{Host: h, Record: filepath.Join(t.TempDir(), "x", "undo"), Now: time.Now}
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

// stride leaves steps out when time is short; it shares no divisor with the three
// steps of a change, so every kind of step has its turn.
func stride() int {
	if os.Getenv("MCOS_SOAK") != "" {
		return 1
	}
	return 7
}

// TestPowerCut stops at every step of patching, and of unpatching, and goes on both
// ways from there.
func TestPowerCut(t *testing.T) {
	s := server(t, "a.example", "A")
	before := computer().Snapshot()
	for n := 1; ; n += stride() {
		h := computer()
		p := patcher(t, h)
		steps := 0
		p.Step = func(string) error {
			if steps++; steps >= n {
				return change.ErrStopped
			}
			return nil
		}
		err := patch(p, s)
		if err == nil { // so n was beyond the last step: cut the undo
			require.Greater(t, n, 60)
			break
		}
		require.ErrorIs(t, err, change.ErrStopped)
		p.Step = nil
		if n%2 == 0 { // patch again first
			require.NoError(t, patch(p, s), "after %d steps", n)
		}
		_, err = p.Unpatch(false)
		require.NoError(t, err)
		require.Equal(t, before, h.Snapshot(), "after %d steps", n)
	}
	for n := 1; ; n += stride() {
		h := computer()
		p := patcher(t, h)
		require.NoError(t, patch(p, s))
		steps := 0
		p.Step = func(string) error {
			if steps++; steps >= n {
				return change.ErrStopped
			}
			return nil
		}
		_, err := p.Unpatch(false)
		p.Step = nil
		if err != nil {
			require.ErrorIs(t, err, change.ErrStopped)
			_, err = p.Unpatch(false)
			require.NoError(t, err)
		}
		require.Equal(t, before, h.Snapshot(), "undo after %d steps", n)
		if steps < n {
			return
		}
	}
}

// TestFailures lets each operation fail in turn: a full disk, a refused certificate.
func TestFailures(t *testing.T) {
	s, other := server(t, "a.example", "A"), server(t, "b.example", "B")
	for _, patched := range []bool{false, true} {
		for n := 1; ; n++ {
			h := computer()
			p := patcher(t, h)
			before := h.Snapshot()
			if patched {
				require.NoError(t, patch(p, other))
			}
			start := h.Snapshot()
			calls := 0
			h.Fail = func(string) error {
				if calls++; calls == n {
					return syscall.ENOSPC
				}
				return nil
			}
			err := patch(p, s)
			h.Fail = nil
			if err == nil {
				require.Greater(t, n, 15)
				break
			}
			require.ErrorContains(t, err, "the disk is full; make some room")
			require.Equal(t, start, h.Snapshot(), "failure %d leaves the game as it was", n)
			_, err = p.Unpatch(false)
			require.NoError(t, err)
			require.Equal(t, before, h.Snapshot())
		}
	}
	h := computer()
	start := h.Snapshot()
	h.Fail = func(what string) error {
		if strings.HasPrefix(what, "certificate") {
			return errors.New("refused")
		}
		return nil
	}
	require.ErrorContains(t, patch(patcher(t, h), s), "trusted certificate "+s.Thumbprint()+": refused")
	require.Equal(t, start, h.Snapshot())
}

func TestGameRunning(t *testing.T) {
	h := computer()
	start := h.Snapshot()
	h.Programs = []string{"mcity.exe"}
	require.ErrorIs(t, patch(patcher(t, h), server(t, "a.example", "A")), ErrRunning)
	assert.Equal(t, start, h.Snapshot())
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
