package client

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	"mcos/installer/client/pever"
)

// lastBuild is the last number of the retail game's last version, 1.0.151
// (web-and-client section 0).
const lastBuild = 151

// Facts are what there is to say about an installation apart from its server.
type Facts struct {
	// Version of the program, "" when it does not tell one.
	Version string `json:"version,omitempty"`
	// Outdated tells that the game lacks its last update.
	Outdated bool `json:"outdated"`
	// Update says in plain words what the version means.
	Update string `json:"update"`
	// ReadOnly is how many files the game cannot change; patching clears the flags.
	ReadOnly int `json:"read_only_files"`
	// Missing says what else the game needs on this computer.
	Missing []string `json:"missing,omitempty"`
	// Offers are comforts that patching can bring.
	Offers []Offer `json:"offers,omitempty"`
	// Catalog is the database with the game's cars and parts, as this program reads
	// it; "" when it is not there.
	Catalog string `json:"catalog,omitempty"`
}

// Offer is something that patching can do on request.
type Offer struct {
	What string `json:"what"`
	Flag string `json:"flag"` // of `mcos client patch`
}

// Examine looks at an installation.
func Examine(h host.Host, game Installation) (Facts, error) {
	f := Facts{Missing: Missing(h)}
	f.version(h, game)
	flags, err := change.Item{Kind: change.WriteFlags, Path: game.Dir}.Read(h)
	if err != nil {
		return f, err
	}
	f.ReadOnly = len(flags.Files)
	if err := f.offers(h, game); err != nil {
		return f, err
	}
	database := host.Join(game.Dir, "Data", "DB", "Online.mdb")
	if info, err := h.Stat(database); err == nil && !info.Dir {
		f.Catalog = h.Native(database)
	}
	return f, nil
}

// version judges the program. The number may stand in the third or the fourth place.
func (f *Facts) version(h host.Host, game Installation) {
	content, err := h.Read(host.Join(game.Dir, game.Exe))
	if err != nil {
		f.Update = fmt.Sprintf("The program cannot be read: %v.", err)
		return
	}
	v, err := pever.File(content)
	switch {
	case errors.Is(err, pever.ErrFormat):
		f.Update = "The program is damaged, or not the game; install the game again."
		return
	case err != nil:
		f.Update = fmt.Sprintf("The program does not tell its version; the last one is 1.0.%d.", lastBuild)
		return
	}
	f.Version = v.String()
	build := v[2]
	if build == 0 {
		build = v[3]
	}
	switch {
	case game.Debug:
		f.Update = "This is the debug build, version " + f.Version + "."
	case v[0] != 1 || v[1] != 0 || build == 0:
		f.Update = fmt.Sprintf("The program says that it is version %s; the last one is known as 1.0.%d.", f.Version, lastBuild)
	case build < lastBuild:
		f.Outdated = true
		f.Update = fmt.Sprintf("The game is version 1.0.%d and lacks its last update, 1.0.%d. Install that update first; it may not get on with servers otherwise.", build, lastBuild)
	default:
		f.Update = fmt.Sprintf("The game is version 1.0.%d, the last one known.", build)
	}
}

// usualResolution is the graphicsModeIndex of 1024x768, the most that suits every screen.
const usualResolution = 2

func (f *Facts) offers(h host.Host, game Installation) error {
	if info, err := h.Stat(host.Join(game.Dir, "Data", "Movies")); err == nil && info.Dir {
		f.Offers = append(f.Offers, Offer{"The movies at the start can be set aside.", "--no-movies"})
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	setting := func(name string) (string, bool, error) {
		s, err := change.Item{Kind: change.Setting, Path: host.Join(game.Dir, "SaveData", "options.ini"), Name: name}.Read(h)
		return strings.TrimSpace(string(s.Data)), s.Present, err
	}
	index, ok, err := setting("graphicsModeIndex")
	if err != nil {
		return err
	}
	if n, bad := strconv.Atoi(index); ok && bad == nil && n < usualResolution {
		now := "unknown"
		for size, i := range resolutions {
			if i == index {
				now = size
			}
		}
		f.Offers = append(f.Offers, Offer{"The picture is " + now + "; the game can do up to 1280x960.", "--resolution 1024x768"})
	}
	window, ok, err := setting("windowed")
	if ok && window == "0" {
		f.Offers = append(f.Offers, Offer{"The game fills the screen; it can run in a window.", "--windowed yes"})
	}
	return err
}

// Where the database parts of the game are registered, and one file of each
// (web-and-client section 9).
var (
	jetKey   = host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\Microsoft\Jet\3.5`}
	daoKey   = host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\Classes\DAO.DBEngine.35`}
	daoClass = host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\Classes\CLSID\{00000010-0000-0010-8000-00AA006D2EA4}`}
)

// Missing says in plain words what else the game needs on this computer.
func Missing(h host.Host) []string {
	const what = "The game reads its cars and parts with Microsoft's database parts DAO 3.51 / Jet 3.5 and does not start without. " +
		"The setup on the game's disc installs them; run it as administrator."
	for _, k := range []host.Key{jetKey, daoKey, daoClass} {
		if ok, err := h.KeyExists(k); err == nil && !ok {
			return []string{"DAO 3.51 / Jet 3.5 are not registered here. " + what}
		}
	}
	for _, file := range daoFiles(h) {
		if _, err := h.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return []string{"DAO 3.51 / Jet 3.5 are registered, but the file " + file + " is not there. " + what}
		}
	}
	return nil
}

func daoFiles(h host.Host) []string {
	s := h.System()
	system := host.Join(s.WindowsDir, "SysWOW64")
	if _, err := h.Stat(system); err != nil {
		system = host.Join(s.WindowsDir, "System32")
	}
	out := []string{host.Join(system, "MSJET35.DLL")}
	if len(s.ProgramFiles) > 0 {
		out = append(out, host.Join(s.ProgramFiles[0], "Common Files", "Microsoft Shared", "DAO", "dao350.dll"))
	}
	return out
}
