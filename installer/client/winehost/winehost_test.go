//go:build unix

package winehost

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
)

const system = `WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\Machine

#arch=win64

[Software\\Wow6432Node\\A B] 1700000000
#time=1dd7eab69289160
@="d\x00fcr \"q\" c:\\x"
"Bin"=hex:01,02,\
  03
"Multi"=str(7):"a\0b\0"
"N"=dword:0000000f

[Software\\Z] 1700000000
"k"="v"
`

func prefix(t *testing.T) *Host {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "drive_c", "Games", "MCO"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dosdevices"), 0o755))
	require.NoError(t, os.Symlink("../drive_c", filepath.Join(dir, "dosdevices", "c:")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "system.reg"), []byte(system), 0o600))
	h, err := Open(dir)
	require.NoError(t, err)
	h.proc = filepath.Join(dir, "proc")
	return h
}

func TestRegistryRoundTrip(t *testing.T) {
	h := prefix(t)
	k := host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\A b`}
	for name, want := range map[string]host.Value{
		"":      host.SZ(`dür "q" c:\x`),
		"bin":   {Type: host.TypeBinary, Data: []byte{1, 2, 3}},
		"n":     host.DWORD(15),
		"multi": {Type: 7, Data: host.UTF16("a\x00b\x00")},
	} {
		got, err := h.Value(k, name)
		require.NoError(t, err, name)
		if name != "multi" {
			require.NoError(t, h.DeleteValue(k, name))
			_, err = h.Value(k, name)
			require.ErrorIs(t, err, fs.ErrNotExist)
			require.NoError(t, h.SetValue(k, name, got))
		}
		again, err := h.Value(k, name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
		assert.Equal(t, want, again, name)
	}
	require.ErrorIs(t, h.DeleteKey(k), host.ErrBusy)
}

func TestAddedThingsLeaveNoTrace(t *testing.T) {
	h := prefix(t)
	k := host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\New`}
	require.NoError(t, h.CreateKey(k))
	require.NoError(t, h.SetValue(k, "x", host.SZ("y")))
	require.NoError(t, h.DeleteValue(k, "x"))
	require.NoError(t, h.DeleteKey(k))
	require.NoError(t, h.AddCertificate([]byte("certificate")))
	require.NoError(t, h.RemoveCertificate("F8D1CC25BC5BF6ED0F3E8E9FD8BD5C9D9D7A64C2"), "another one is no error")
	sub, err := h.SubKeys(host.Key{Hive: host.Machine, View: host.View64, Path: rootStore})
	require.NoError(t, err)
	require.Len(t, sub, 1)
	der, err := h.Certificate(sub[0])
	require.NoError(t, err)
	assert.Equal(t, "certificate", string(der))
	blob, err := h.Value(host.Key{Hive: host.Machine, View: host.View64, Path: rootStore + `\` + sub[0]}, "Blob")
	require.NoError(t, err)
	assert.Contains(t, string(blob.Data), string(protocol.ServerUse), "only as a server, whatever it says itself")
	require.NoError(t, h.RemoveCertificate(sub[0]))
	got, err := os.ReadFile(h.file(host.Machine))
	require.NoError(t, err)
	assert.Equal(t, system, string(got))
}

// TestLeavesNoTraceAnywhere: at the end, at the start, and above a key that is there.
func TestLeavesNoTraceAnywhere(t *testing.T) {
	for _, end := range []string{"", "\n"} {
		h := prefix(t)
		before := system + end
		require.NoError(t, os.WriteFile(h.file(host.Machine), []byte(before), 0o600))
		for _, path := range []string{`SOFTWARE\zz`, `SOFTWARE\Wow6432Node\A`, `SOFTWARE\Wow6432Node\A B\C`, `AAA`, `SOFTWARE\Wow6432Node`} {
			k := host.Key{Hive: host.Machine, View: host.View64, Path: path}
			existed, err := h.KeyExists(k)
			require.NoError(t, err)
			if !existed {
				require.NoError(t, h.CreateKey(k))
			}
			require.NoError(t, h.SetValue(k, "new", host.SZ("y")))
			require.NoError(t, h.DeleteValue(k, "new"))
			if !existed {
				require.NoError(t, h.DeleteKey(k))
			}
			got, err := os.ReadFile(h.file(host.Machine))
			require.NoError(t, err)
			require.Equal(t, before, string(got), path)
		}
	}
}

func TestPaths(t *testing.T) {
	h := prefix(t)
	require.NoError(t, h.Write(`C:\games\mco\Pub.key`, []byte("x")))
	assert.FileExists(t, filepath.Join(h.prefix, "drive_c", "Games", "MCO", "Pub.key"))
	_, err := h.Read(`C:\games\..\x`)
	require.Error(t, err)
	path, err := h.WindowsPath(filepath.Join(h.prefix, "drive_c", "Games", "MCO"))
	require.NoError(t, err)
	assert.Equal(t, `C:\Games\MCO`, path)
}

func FuzzParseReg(f *testing.F) {
	f.Add([]byte(system))
	f.Add([]byte(magic + "\n[a\n\"\\"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := parseReg(content)
		if err != nil {
			return
		}
		require.Equal(t, string(content), string(r.bytes()), "what is not changed stays")
		for _, l := range r.lines {
			if _, data, ok := valueLine(l); ok {
				_, _ = parseValue(data)
			}
			sectionPath(l)
		}
	})
}
