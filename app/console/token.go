package console

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/natefinch/atomic"

	"mcos/app/console/client"
)

// tokenBytes is how much chance is in a token.
const tokenBytes = 32

// loadToken reads the token, or makes one on the first start. The file it makes
// can be read by its owner only.
func loadToken(path string, random io.Reader) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeToken(path, random)
	}
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if len(token) < 2*tokenBytes {
		return "", fmt.Errorf("%s does not hold a token of at least %d characters; remove it to get a new one", path, 2*tokenBytes)
	}
	return token, nil
}

func makeToken(path string, random io.Reader) (string, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make the console's token: %w", err)
	}
	token := hex.EncodeToString(raw)
	if err := atomic.WriteFile(path, strings.NewReader(token+"\n")); err != nil {
		return "", err
	}
	return token, nil
}

// writeNote tells every user of this computer where the interface is.
func writeNote(path string, n client.Note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return writeAddr(path, string(text))
}

// writeAddr notes where the interface is reached. Everybody may read that.
func writeAddr(path, addr string) error {
	if err := atomic.WriteFile(path, strings.NewReader(addr+"\n")); err != nil {
		return err
	}
	return os.Chmod(path, 0o644)
}
