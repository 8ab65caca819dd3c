package dissect_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/dissect"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func script(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, dissect.Lua(&b, "1.2\"\n3"))
	return b.String()
}

// Every message and every field of the registries is in the script, once.
func TestEverythingIsDeclared(t *testing.T) {
	text := script(t)
	assert.Contains(t, text, "Written by MCOS 1.2__3 from")
	for space, r := range map[string]*wire.Registry{"nps": nps.Registry, "mcots": mcots.Registry} {
		for _, m := range r.All() {
			if m.Number == 0 {
				continue
			}
			way := "in"
			if m.Dir == wire.ToClient {
				way = "out"
			}
			assert.Contains(t, text, fmt.Sprintf("declare(%q, %q, %d, {n=%q, ", m.Family, way, m.Number, m.Name), m.String())
			for _, s := range m.Layout().Shapes() {
				assert.Contains(t, text, fmt.Sprintf("n=%q", s.Name), "%s of %s", s.Name, m)
			}
			if m.Layout().Type() == "UserLoginBody" {
				assert.Equal(t, 1, strings.Count(text, "ProtoField.string(\"mco."+space+".UserLoginBody.Ticket\""))
			}
		}
	}
}

// The script uses nothing that only some of Wireshark's Luas have.
func TestPortableLua(t *testing.T) {
	text := script(t)
	for _, word := range []string{"bit32", "bit.band", "//", "goto ", "<const>", "require"} {
		for line := range strings.Lines(text) {
			code, _, _ := strings.Cut(line, "--")
			assert.NotContains(t, code, word)
		}
	}
}

// shark is a command of tshark that loads the script and reads a capture without a
// packet.
func shark(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	file := filepath.Join(t.TempDir(), "mcos.lua")
	require.NoError(t, os.WriteFile(file, []byte(script(t)), 0o600))
	empty := filepath.Join(t.TempDir(), "empty.pcap")
	require.NoError(t, os.WriteFile(empty, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00"), 0o600))
	return exec.Command(program, append([]string{"-X", "lua_script:" + file, "-r", empty}, args...)...)
}

// Wireshark loads it without a word.
func TestWiresharkLoadsIt(t *testing.T) {
	args := []string{"-T", "fields"}
	for _, field := range []string{"mco.name", "mco.nps.UserLoginBody.Ticket", "mco.mcots.Login.PersonaName", "mco.mcots.FinalResults.RaceID"} {
		args = append(args, "-e", field) // refused when there is no such field
	}
	out, err := shark(t, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.NotContains(t, strings.ToLower(string(out)), "lua:")
	assert.NotContains(t, string(out), "MCO:")
}

// A file of keys that cannot work is named, because all that one sees without it is
// that nothing gets decrypted.
func TestUselessKeysAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	for text, complaint := range map[string]string{
		"":               "MCO: the file of session keys cannot be read: " + file,
		"no key in here": "MCO: there is no session key in " + file,
		"3b9675ea29368d711c27491ba1e6c15de6071164b8c0fbcf3e514529946946cb Marty": "",
	} {
		if text != "" {
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		} else {
			require.NoError(t, os.RemoveAll(file))
		}
		out, err := shark(t, "-o", "mco.keys:"+file).CombinedOutput()
		require.NoError(t, err, string(out))
		if complaint == "" {
			assert.NotContains(t, string(out), "MCO:")
		} else {
			assert.Contains(t, string(out), complaint)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestFullDisk(t *testing.T) { require.Error(t, dissect.Lua(full{}, "")) }
