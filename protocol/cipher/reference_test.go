package cipher_test

import (
	"bufio"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// referencePath names a file of the reference material, or skips the test where there is none: it is not part of the
// repository. MCOS_REFERENCE says where it is, relative to the root of the repository.
func referencePath(t *testing.T, elements ...string) string {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(repositoryRoot(t), dir)
	}
	path := filepath.Join(append([]string{dir}, elements...)...)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no reference material: %s", path)
	}
	return path
}

func repositoryRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, parent, dir, "no go.mod above the test")
		dir = parent
	}
}

// referenceRows reads the rows of a tab-separated vector file, without its heading.
func referenceRows(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(referencePath(t, "captures", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	var rows [][]string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		rows = append(rows, strings.Split(lines.Text(), "\t"))
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, rows)
	return rows[1:]
}

func referenceKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(referencePath(t, "captures", "keys", "private_key.pem"))
	require.NoError(t, err)
	block, _ := pem.Decode(text)
	require.NotNil(t, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}
