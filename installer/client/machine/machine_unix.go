//go:build unix

package machine

import (
	"os"
	"path/filepath"
	"regexp"

	"mcos/installer/client/winehost"
)

// places are where programs for Linux keep their prefixes, below the home folder.
var places = []string{
	".wine",
	".steam/steam/steamapps/compatdata/*/pfx",
	".local/share/Steam/steamapps/compatdata/*/pfx",
	".var/app/com.valvesoftware.Steam/.local/share/Steam/steamapps/compatdata/*/pfx",
	"Games/*",
	".local/share/bottles/bottles/*",
	".var/app/com.usebottles.bottles/data/bottles/bottles/*",
	".PlayOnLinux/wineprefix/*",
}

// lists are files that name further places.
var lists = []struct {
	files   string
	pattern *regexp.Regexp
	below   string
}{
	{".local/share/Steam/steamapps/libraryfolders.vdf", regexp.MustCompile(`"path"\s+"([^"]+)"`), "steamapps/compatdata/*/pfx"},
	{".steam/steam/steamapps/libraryfolders.vdf", regexp.MustCompile(`"path"\s+"([^"]+)"`), "steamapps/compatdata/*/pfx"},
	{".config/lutris/games/*.yml", regexp.MustCompile(`(?m)^\s*prefix:\s*['"]?([^'"\n]+?)['"]?\s*$`), ""},
	{".local/share/lutris/games/*.yml", regexp.MustCompile(`(?m)^\s*prefix:\s*['"]?([^'"\n]+?)['"]?\s*$`), ""},
}

// Find returns the chosen Wine prefix, or all that Wine, Steam (Proton), Lutris and
// Bottles have for this user.
func Find(prefix string, getenv func(string) string) ([]Target, error) {
	if prefix != "" {
		t, err := open(prefix)
		if err != nil {
			return nil, err
		}
		return []Target{t}, nil
	}
	var out []Target
	seen := map[string]bool{}
	for _, dir := range prefixes(getenv("HOME"), getenv("WINEPREFIX")) {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		if t, err := open(real); err == nil {
			out = append(out, t)
		}
	}
	return out, nil
}

// prefixes lists the folders that may be one.
func prefixes(home, chosen string) []string {
	var out []string
	if chosen != "" {
		out = append(out, chosen)
	}
	if home == "" {
		return out
	}
	glob := func(pattern string) []string {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil
		}
		return found
	}
	for _, p := range places {
		out = append(out, glob(filepath.Join(home, p))...)
	}
	for _, l := range lists {
		for _, file := range glob(filepath.Join(home, l.files)) {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			for _, m := range l.pattern.FindAllStringSubmatch(string(text), -1) {
				out = append(out, glob(filepath.Join(m[1], l.below))...)
			}
		}
	}
	return out
}

func open(prefix string) (Target, error) {
	h, err := winehost.Open(prefix)
	if err != nil {
		return Target{}, err
	}
	return Target{Host: h, Record: filepath.Join(h.Prefix(), ".mcos-client", recordName), GamePath: h.WindowsPath}, nil
}
