//go:build unix

package client_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/installer/client"
	"mcos/installer/client/winehost"
)

const killAt = "MCOS_TEST_KILL_AT"

// winePrefix makes a Wine prefix with the game in it.
func winePrefix(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "mcos-test-"); err == nil { // every step is flushed
		t.Cleanup(func() { os.RemoveAll(memory) })
		dir = memory
	}
	for name, text := range map[string]string{
		"system.reg":                             "WINE REGISTRY Version 2\n\n#arch=win64\n\n[Software\\\\EACom] 1700000000\n\"x\"=\"y\"\n",
		"user.reg":                               "WINE REGISTRY Version 2\n\n#arch=win64\n",
		"drive_c/Games/MCO/MCity.exe":            "MZ",
		"drive_c/Games/MCO/pub.key":              "old",
		"drive_c/Games/MCO/SaveData/options.ini": "graphicsModeIndex=0\r\nwindowed=0\r\n",
		"drive_c/Games/MCO/Data/Movies/a.mpg":    "film",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "drive_c/Games/MCO/pub.key"), 0o444))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "dosdevices"), 0o755))
	require.NoError(t, os.Symlink("../drive_c", filepath.Join(dir, "dosdevices", "c:")))
	return dir
}

// files are all files of a folder with their contents and modes.
func files(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var text []byte
		if info.Mode().IsRegular() {
			text, err = os.ReadFile(path)
		}
		fmt.Fprintf(&out, "%s %s %q\n", path, info.Mode(), text)
		return err
	}))
	return out.String()
}

// work opens a prefix and patches or undoes.
func work(prefix, what string, step func(string) error) error {
	h, err := winehost.Open(prefix)
	if err != nil {
		return err
	}
	p := client.Patcher{Host: h, Record: filepath.Join(prefix, ".mcos-client", "undo"), Now: time.Now, Step: step}
	if what == "undo" {
		_, err := p.Unpatch(false)
		return err
	}
	game, ok := client.Look(h, `C:\Games\MCO`)
	if !ok {
		return fs.ErrNotExist
	}
	// The key is only a text to the patcher.
	s := client.Server{
		Host: "a.example", WebPort: 80, CertDER: []byte("certificate"),
		PubKey: "30819f300d06092a864886f70d010101050003818d0030818902818100" + "c" + strings.Repeat("1", 255) + "0203010001",
	}
	plan, err := client.Plan(h, game, s, client.Options{NoMovies: true, Resolution: "1024x768", Windowed: "yes"})
	if err != nil {
		return err
	}
	return p.Patch(game, s, plan)
}

// TestKilled kills a process, as with kill -9, at steps of patching and of undoing;
// everything comes back afterwards.
func TestKilled(t *testing.T) {
	if os.Getenv(killAt) != "" {
		victim(t)
		return
	}
	stride := 37
	if os.Getenv("MCOS_SOAK") != "" {
		stride = 1
	}
	for _, what := range []string{"patch", "undo"} {
		killed := 0
		for n := 1; ; n += stride {
			prefix := winePrefix(t)
			before := files(t, prefix)
			if what == "undo" {
				require.NoError(t, work(prefix, "patch", nil))
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
			cmd.Env = append(os.Environ(), killAt+"="+strconv.Itoa(n)+" "+what+" "+prefix)
			said, err := cmd.CombinedOutput()
			if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
				killed++
			} else {
				require.NoError(t, err, string(said))
			}
			require.NoError(t, work(prefix, "undo", nil), "%s, step %d", what, n)
			require.Equal(t, before, files(t, prefix), "%s, step %d", what, n)
			if cmd.ProcessState.Success() {
				require.NotZero(t, killed)
				break
			}
		}
	}
}

// victim is the process that is killed.
func victim(t *testing.T) {
	args := strings.SplitN(os.Getenv(killAt), " ", 3)
	left, err := strconv.Atoi(args[0])
	require.NoError(t, err)
	require.NoError(t, work(args[2], args[1], func(string) error {
		if left--; left == 0 {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}))
}
