package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// stage is where build.sh puts what it makes for the packages.
const stage = "dist/stage/"

type nfpm struct {
	Contents []struct {
		Source string `yaml:"src"`
		Target string `yaml:"dst"`
		Type   string `yaml:"type"`
		Form   string `yaml:"packager"`
	} `yaml:"contents"`
	Overrides map[string]struct {
		Scripts map[string]string `yaml:"scripts"`
	} `yaml:"overrides"`
}

func readNFPM(t *testing.T) nfpm {
	raw, err := os.ReadFile("nfpm.yaml")
	require.NoError(t, err)
	var n nfpm
	require.NoError(t, yaml.Unmarshal(raw, &n))
	return n
}

// Every file that a package takes from the source is there, and every file that it
// takes from the build is made by build.sh.
func TestContents(t *testing.T) {
	build, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	for _, c := range readNFPM(t).Contents {
		if made, ok := strings.CutPrefix(c.Source, stage); ok {
			name, _, _ := strings.Cut(made, "/")
			assert.Contains(t, string(build), `$STAGE/`+name, "%s is made nowhere", c.Source)
			if dir, program := filepath.Split(made); dir == "bin/" {
				_, err := os.Stat(filepath.Join("..", "cmd", program))
				assert.NoError(t, err)
			}
			continue
		}
		_, err := os.Stat(filepath.Join("..", filepath.FromSlash(c.Source)))
		assert.NoError(t, err)
	}
}

// What an administrator changes survives an update.
func TestConfigurationFiles(t *testing.T) {
	for _, c := range readNFPM(t).Contents {
		want := ""
		if strings.HasPrefix(c.Target, "/etc/") {
			want = "config|noreplace"
		}
		assert.Equal(t, want, c.Type, c.Target)
	}
}

// The unit starts the program where the package puts it, and reads the file of
// settings that the package brings.
func TestUnit(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join("..", "assets", "service", "mcos.service"))
	require.NoError(t, err)
	targets := map[string]bool{}
	units := map[string]string{}
	for _, c := range readNFPM(t).Contents {
		targets[c.Target] = true
		if c.Source == "assets/service/mcos.service" {
			units[c.Form] = c.Target
		}
	}
	assert.Equal(t, map[string]string{
		"deb": "/lib/systemd/system/mcos.service", "rpm": "/usr/lib/systemd/system/mcos.service",
	}, units)
	for line := range strings.Lines(string(unit)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "ExecStart", "EnvironmentFile":
			path, _, _ := strings.Cut(strings.TrimPrefix(value, "-"), " ")
			assert.True(t, targets[path], "%s is in no package", path)
		}
	}
}

// The scripts are there and free of mistakes that a shell sees without running them.
func TestScripts(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh here")
	}
	n := readNFPM(t)
	require.Len(t, n.Overrides, 2)
	for form, o := range n.Overrides {
		assert.Len(t, o.Scripts, 4, form)
		for _, script := range o.Scripts {
			out, err := exec.Command(shell, "-n", filepath.Join("..", filepath.FromSlash(script))).CombinedOutput()
			assert.NoError(t, err, "%s: %s", script, out)
		}
	}
}

func TestVersion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3": "1.2.3", "v1.2.3-5-gabc12": "1.2.3+5.gabc12",
		"v1.2.3-5-gabc12-dirty": "1.2.3+5.gabc12.dirty", "v1.2.3-dirty": "1.2.3+dirty",
	} {
		out, err := exec.Command(bash, "-c", `. ./version.sh; package_version "$1"`, "test", version).CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Equal(t, want, strings.TrimSpace(string(out)), version)
	}
	out, err := exec.Command(bash, "-c", `. ./version.sh; package_version 2c54fb5`).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Regexp(t, `^0\.0\.\d+\+g2c54fb5$`, strings.TrimSpace(string(out)), "a commit without a tag")
	_, err = exec.Command(bash, "-c", `. ./version.sh; package_version 1.x/3`).CombinedOutput()
	assert.Error(t, err)
}

// The numbers of a file follow the order of the builds: Windows Installer keeps the
// file with the higher ones.
func TestFileVersion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for version, want := range map[string]string{
		"1.2.3": "1.2.3.0", "1.2.3+5.gabc12": "1.2.3.5", "1.2.3+5.gabc12.dirty": "1.2.3.5", "1.2.3+dirty": "1.2.3.0",
		"1.2.3+12.g9": "1.2.3.12", "0.0.451+g2c54fb5": "0.0.451.0", "0.0.451+g2c54fb5.dirty": "0.0.451.0", "0.0.451+g77": "0.0.451.0",
	} {
		out, err := exec.Command(bash, "-c", `. ./version.sh; file_version "$1"`, "test", version).CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Equal(t, want, strings.TrimSpace(string(out)), version)
	}
}

// The script for a real Windows stays one that can be read in a minute, and that
// Windows PowerShell 5 understands without anything else: without a mark at its start
// it takes a file for one of an old code page.
func TestVerifyScript(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("windows", "verify.ps1"))
	require.NoError(t, err)
	text := string(raw)
	assert.LessOrEqual(t, strings.Count(text, "\n"), 60, "lines")
	for _, r := range text {
		require.Less(t, r, rune(0x80), "only ASCII")
	}
	for _, newer := range []string{"&&", "||", "??", "Import-Module", "Install-Module", "-Parallel", "#requires"} {
		assert.NotContains(t, text, newer)
	}
	// Every step is a call of one of the functions, and everything is noted.
	for _, step := range []string{"/i `\"$Old`\"", "/i `\"$New`\"", "/fa `\"$New`\"", "REMOVEDATA=1", "'doctor'", "'--sign-up'", "'snapshot', $before", "'compare', $before, $after", "'check', 'removed'"} {
		assert.Contains(t, text, step)
	}
	assert.Equal(t, strings.Count(text, "{"), strings.Count(text, "}"))
	assert.Equal(t, strings.Count(text, "("), strings.Count(text, ")"))
}
