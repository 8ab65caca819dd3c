package service

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Windows makes the names of services so
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"mcos/protocol/plain"
)

// Preparation is what Prepare works on.
type Preparation struct {
	// DataDir is the absolute path of the data folder.
	DataDir string
	// Start is how the service starts, as the number that Windows keeps in its
	// registry; 0 leaves it as it is.
	Start uint32
}

// ParseStart reads how a service starts from the text that the Windows installer
// makes of the value in the registry: "#2" automatically, "#3" by hand, "#4" not at
// all. Everything else is 0, which means: as it is.
func ParseStart(text string) uint32 {
	switch text {
	case "#2", "#3", "#4":
		return uint32(text[1] - '0')
	}
	return 0
}

// moveAside gives a folder another name when others than administrators and the
// service could have made or changed it, and says which: every user of Windows may
// make folders where programs keep their data, with a configuration, keys and accounts
// of their own. trusted tells whether it is one of ours.
func moveAside(dir string, trusted func(string) error) (aside string, err error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if trusted(dir) == nil {
		return "", nil
	}
	aside = dir + "-before-" + rand.Text()[:8] // a name that nobody has taken before
	if err := os.Rename(dir, aside); err != nil {
		return "", fmt.Errorf("it is not the service's and cannot be moved aside: %w", err)
	}
	return aside, nil
}

// makeOwn makes a folder where it is missing. protect closes it to others; a folder
// that was just made must be empty after that, as somebody may have been quicker.
func makeOwn(dir string, protect func(string) error) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o750)
	fresh := err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return errors.Join(err, errors.New("it is a link or a file; remove it first"))
	}
	if err := protect(dir); err != nil || !fresh {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("another program has put %s into it; remove the folder and try again", plain.Line(entries[0].Name(), plain.Short))
	}
	return err
}

// serviceSID is the security identifier of a Windows service, which is made of its
// name alone: the SHA-1 of the upper-case name in UTF-16.
func serviceSID(name string) string {
	var text []byte
	for _, unit := range utf16.Encode([]rune(strings.ToUpper(name))) {
		text = binary.LittleEndian.AppendUint16(text, unit)
	}
	sum := sha1.Sum(text) //nolint:gosec // see the import
	sid := "S-1-5-80"
	for i := 0; i < len(sum); i += 4 {
		sid += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(sum[i:]))
	}
	return sid
}
