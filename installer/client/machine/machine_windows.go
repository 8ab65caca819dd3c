package machine

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/windows"

	"mcos/installer/client/winhost"
)

// Find returns this Windows. A Wine prefix cannot be chosen here.
func Find(prefix string, _ func(string) string) ([]Target, error) {
	if prefix != "" {
		return nil, errors.New("--wine-prefix is for Linux; this Windows has one registry only")
	}
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return nil, err
	}
	h, err := winhost.New()
	if err != nil {
		return nil, err
	}
	return []Target{{Host: h, Record: filepath.Join(data, "MCOS-Client", recordName), GamePath: filepath.Abs}}, nil
}
