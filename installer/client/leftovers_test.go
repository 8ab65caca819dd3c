package client

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	"mcos/installer/client/memhost"
	protocol "mcos/protocol/client"
)

const hostsFile = "# a comment\r\n127.0.0.1 localhost\r\n\t10.1.2.3  WWW.EA.com downloads.mco.ea.com # old\r\n10.1.2.3 www.ea.com other.example\r\n#10.1.2.3 www.ea.com\r\n"

// littered is a computer on which other servers have left everything that is known.
func littered(t *testing.T) *memhost.Host {
	t.Helper()
	der := "the shared certificate"
	usual := sharedRoots
	sharedRoots = []string{thumbprintOf([]byte(der))}
	t.Cleanup(func() { sharedRoots = usual })
	h := computer()
	require.NoError(t, h.AddCertificate([]byte(der)))
	h.Put(h.Sys.Hosts, hostsFile, true)
	k := host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\` + protocol.KeyNPS}
	h.EnsureKey(k)
	require.NoError(t, h.SetValue(k, "AuthUse_NPS_AAI", host.DWORD(1)))
	k = host.Key{Hive: host.User, View: host.View32, Path: virtualRoots[0] + protocol.KeyVersion}
	h.EnsureKey(k)
	require.NoError(t, h.SetValue(k, "ShardUrl", host.SZ("http://old.example/ShardList/")))
	return h
}

func changes(all []Leftover) (out []change.Change) {
	for _, l := range all {
		out = append(out, l.Changes...)
	}
	return out
}

func TestCleanUp(t *testing.T) {
	h := littered(t)
	before := h.Snapshot()
	p := patcher(t, h)
	found, err := Leftovers(h, Detect(h))
	require.NoError(t, err)
	require.Len(t, found, 5)
	assert.Equal(t, before, h.Snapshot(), "looking changes nothing")
	assert.NotEmpty(t, found[2].Hand, "a line that also names something else")
	require.NoError(t, p.CleanUp(changes(found)))

	found, err = Leftovers(h, Detect(h))
	require.NoError(t, err)
	require.Len(t, found, 1, "only what must be done by hand")
	hosts, err := h.Read(h.Sys.Hosts)
	require.NoError(t, err)
	assert.Contains(t, string(hosts), "\r\n#mcos# \t10.1.2.3  WWW.EA.com downloads.mco.ea.com # old\r\n")

	// A second time, with something new.
	require.NoError(t, h.Write(h.Sys.VirtualStore+gameDir[2:]+`\pub.key`, []byte("again")))
	found, err = Leftovers(h, Detect(h))
	require.NoError(t, err)
	require.NoError(t, p.CleanUp(changes(found)))
	_, err = h.Certificate(sharedRoots[0])
	require.Error(t, err, "what was removed the first time stays away")

	// Patching and unpatching in between do not bring it back.
	require.NoError(t, patch(p, server(t, "a.example", "A")))
	_, err = p.Unpatch(false)
	require.NoError(t, err)
	_, err = h.Certificate(sharedRoots[0])
	require.Error(t, err)

	u, err := p.UndoCleanUp(false)
	require.NoError(t, err)
	assert.Empty(t, u.Left)
	assert.Equal(t, before, h.Snapshot())
	assert.NoFileExists(t, filepath.Join(filepath.Dir(p.Record), "cleanup.jsonl"))
}

// TestHostsEditedSince: only the line comes back, other edits stay.
func TestHostsEditedSince(t *testing.T) {
	h := littered(t)
	p := patcher(t, h)
	found, err := Leftovers(h, Detect(h))
	require.NoError(t, err)
	require.NoError(t, p.CleanUp(changes(found)))
	hosts, err := h.Read(h.Sys.Hosts)
	require.NoError(t, err)
	require.NoError(t, h.SetReadOnly(h.Sys.Hosts, false))
	require.NoError(t, h.Write(h.Sys.Hosts, append(hosts, "10.0.0.1 printer\r\n"...)))
	_, err = p.UndoCleanUp(false)
	require.NoError(t, err)
	hosts, err = h.Read(h.Sys.Hosts)
	require.NoError(t, err)
	assert.Equal(t, hostsFile+"10.0.0.1 printer\r\n", string(hosts))

	require.NoError(t, p.CleanUp(changes(found)))
	require.NoError(t, h.Write(h.Sys.Hosts, []byte("10.0.0.1 printer\r\n")))
	u, err := p.UndoCleanUp(false)
	require.NoError(t, err)
	require.Len(t, u.Left, 1)
	hosts, err = h.Read(h.Sys.Hosts)
	require.NoError(t, err)
	assert.Equal(t, "10.0.0.1 printer\r\n", string(hosts), "somebody took the line out")
}

func TestForgedCleanup(t *testing.T) {
	der := []byte("evil root")
	for name, e := range map[string]change.Entry{
		"other certificate":       {Item: change.Item{Kind: change.Certificate, Name: thumbprintOf(der)}, Before: change.State{Present: true, Data: der}},
		"shared thumbprint":       {Item: change.Item{Kind: change.Certificate, Name: sharedRoots[0]}, Before: change.State{Present: true, Data: der}},
		"hosts line of a bank":    {Item: change.Item{Kind: change.HostsLine, Path: memhost.New().Sys.Hosts, Name: "1.2.3.4 bank.example"}, Before: change.State{Present: true}},
		"line of two":             {Item: change.Item{Kind: change.HostsLine, Path: memhost.New().Sys.Hosts, Name: "1.2.3.4 www.ea.com\n1.2.3.4 bank.example"}},
		"hosts line of any file":  {Item: change.Item{Kind: change.HostsLine, Path: `C:\x`, Name: "1.2.3.4 www.ea.com"}, Before: change.State{Present: true}},
		"two names, one a bank's": {Item: change.Item{Kind: change.HostsLine, Path: memhost.New().Sys.Hosts, Name: "1.2.3.4 www.ea.com bank.example"}},
	} {
		h := computer()
		p := patcher(t, h)
		record(t, filepath.Join(filepath.Dir(p.Record), "cleanup.jsonl"), e)
		before := h.Snapshot()
		_, err := p.UndoCleanUp(true)
		assert.ErrorIs(t, err, ErrForbidden, name)
		assert.Equal(t, before, h.Snapshot(), name)
	}
}

// What several games share is told once.
func TestLeftoversOfSeveralGames(t *testing.T) {
	h := littered(t)
	games := Detect(h)
	require.Len(t, games, 1)
	once, err := Leftovers(h, games)
	require.NoError(t, err)
	other := games[0]
	other.Dir = `C:\Another copy`
	twice, err := Leftovers(h, append(games, other))
	require.NoError(t, err)
	assert.Equal(t, once, twice)
}
