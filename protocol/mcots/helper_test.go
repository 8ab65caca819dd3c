package mcots

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// testKey is the session key of the captured session (RC4 uses its first half).
var testKey = cipher.SessionKey(unhex("3b9675ea29368d711c27491ba1e6c15de6071164b8c0fbcf3e514529946946cb"))

// unhex reads hexadecimal text; blanks are allowed between bytes.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return b
}

// put is a piece of an expected message: bytes at the offset that the reference
// gives them.
type put struct {
	at  int
	hex string
}

// image builds an expected message of size bytes from pieces; the rest is zero.
func image(size int, pieces ...put) []byte {
	b := make([]byte, size)
	for _, p := range pieces {
		raw := unhex(p.hex)
		if copy(b[p.at:], raw) != len(raw) {
			panic("piece beyond the end of the image")
		}
	}
	return b
}

// encode gives message number and body, as the reference writes messages down.
func encode(t testing.TB, p wire.Packet) []byte {
	t.Helper()
	b, err := p.AppendBody(binary.LittleEndian.AppendUint16(nil, p.Message.Number))
	require.NoError(t, err)
	return b
}

// reference gives the path of a reference file and skips the test without it.
func reference(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("MCOS_REFERENCE")
	if root == "" {
		dir, err := os.Getwd()
		require.NoError(t, err)
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			parent := filepath.Dir(dir)
			require.NotEqual(t, dir, parent, "no go.mod above the test")
			dir = parent
		}
		root = filepath.Join(dir, "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference not present: %v", err)
	}
	return path
}

// table reads a tab-separated reference file without its heading line.
func table(t testing.TB, elem ...string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(reference(t, elem...))
	require.NoError(t, err)
	var rows [][]string
	for line := range strings.Lines(string(raw)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
	}
	require.Greater(t, len(rows), 1)
	return rows[1:]
}
