package machine

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/windows"

	"mcos/installer/client/winhost"
)

// folder is where the records lie, among the data of all users and of this one.
const folder = "MCOS-Client"

// Find returns this Windows. A Wine prefix cannot be chosen here.
func Find(prefix string, _ func(string) string) ([]Target, error) {
	if prefix != "" {
		return nil, errors.New("--wine-prefix is for Linux; this Windows has one registry only")
	}
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return nil, err
	}
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0)
	if err != nil {
		return nil, err
	}
	h, err := winhost.New()
	if err != nil {
		return nil, err
	}
	return []Target{{
		Host: h, GamePath: filepath.Abs,
		Record:     filepath.Join(data, folder, recordName),
		UserRecord: filepath.Join(local, folder, recordName),
	}}, nil
}
