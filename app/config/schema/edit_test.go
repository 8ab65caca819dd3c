package schema

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type editSample struct {
	Server struct {
		Name  string   `yaml:"name" help:"A name."`
		Port  int      `yaml:"port" help:"A port." min:"1" max:"9"`
		Hosts []string `yaml:"hosts" help:"Hosts."`
		Rows  []struct {
			A int `yaml:"a" help:"A."`
		} `yaml:"rows" help:"Rows."`
	} `yaml:"server" help:"The server."`
	Log struct {
		Level string `yaml:"level" help:"A level." values:"info|debug"`
	} `yaml:"log" help:"The log."`
}

func editDefaults() *editSample {
	s := &editSample{}
	s.Server.Name, s.Server.Port, s.Log.Level = "x", 1, "info"
	return s
}

func TestEdit(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		changes map[string]string
		want    string
	}{
		"a value": {
			"# mine\nserver:\n  name: old # why\n  # more\n  port: 2\nlog:\n  level: debug\n", map[string]string{"server.name": "new one"},
			"# mine\nserver:\n  name: new one # why\n  # more\n  port: 2\nlog:\n  level: debug\n",
		},
		"two values":     {"server:\n  name: a\n  port: 2\n", map[string]string{"server.name": "b", "server.port": "3"}, "server:\n  name: b\n  port: 3\n"},
		"a missing key":  {"server: # here\n    port: 2\n", map[string]string{"server.name": "b"}, "server: # here\n    name: b\n    port: 2\n"},
		"a bare section": {"server:\nlog:\n  level: debug\n", map[string]string{"server.name": "b"}, "server:\n  name: b\nlog:\n  level: debug\n"},
		"no section":     {"log:\n  level: debug\n\n", map[string]string{"server.name": "b"}, "log:\n  level: debug\n\nserver:\n  name: b\n"},
		"no file":        {"", map[string]string{"server.name": "true"}, "server:\n  name: \"true\"\n"},
		"only comments":  {"# empty\n", map[string]string{"log.level": "debug"}, "# empty\n\nlog:\n  level: debug\n"},
		"a list": {
			"server:\n  hosts:\n  - a\n  # second\n  - b\n\n  # the port\n  port: 2\n", map[string]string{"server.hosts": "c,d"},
			"server:\n  hosts: [c, d]\n\n  # the port\n  port: 2\n",
		},
		"a table":      {"server:\n  rows:\n    - {a: 1}\n    - a: 2\nlog:\n  level: info\n", map[string]string{"server.rows": "[{a: 3}]"}, "server:\n  rows: [{a: 3}]\nlog:\n  level: info\n"},
		"long text":    {"server:\n  name: \"a\n    b\"\n  port: 2\n", map[string]string{"server.name": ""}, "server:\n  name: \"\"\n  port: 2\n"},
		"a quoted key": {"server:\n  \"name\": a\n", map[string]string{"server.name": "b"}, "server:\n  name: b\n"},
		"windows":      {"server:\r\n  name: a\r\n", map[string]string{"server.name": "b"}, "server:\n  name: b\n"},
		"nothing":      {"server:\n  name: a\n", nil, "server:\n  name: a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Edit(editDefaults(), "mcos.yaml", []byte(tc.text), tc.changes)
			require.NoError(t, err)
			assert.Equal(t, tc.want, string(got))
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		changes map[string]string
		words   string
	}{
		"a wrong value":       {"", map[string]string{"server.port": "10", "log.level": "loud"}, "server.port: 10 is not allowed"},
		"an unknown setting":  {"", map[string]string{"server.nome": "x"}, "unknown setting"},
		"a section":           {"", map[string]string{"server": "x"}, "is a section"},
		"a broken file":       {"server: [", map[string]string{"server.name": "x"}, "mcos.yaml"},
		"a section in braces": {"server: {name: a}\n", map[string]string{"server.name": "b"}, "with an editor"},
		"a file in braces":    {"{server: {name: a}}\n", map[string]string{"log.level": "debug"}, "with an editor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Edit(editDefaults(), "mcos.yaml", []byte(tc.text), tc.changes)
			require.ErrorContains(t, err, tc.words)
		})
	}
}

// TestEditKeepsWhatWriteMakes changes one setting after the other in written files.
func TestEditKeepsWhatWriteMakes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		from, to := randomSample(rng), randomSample(rng)
		var file bytes.Buffer
		require.NoError(t, Write(&file, from, defaults()))
		for _, e := range Describe(to, "") {
			if e.Kind == Section || e.Secret {
				continue
			}
			got, err := Edit(defaults(), "f", file.Bytes(), map[string]string{e.Path: e.Default})
			if err != nil && !strings.Contains(err.Error(), "with an editor") {
				continue // the samples' sections do not fit together in every mixture
			}
			require.NoError(t, err, e.Path)
			assert.Equal(t, strings.Count(file.String(), "#"), strings.Count(string(got), "#")-strings.Count(e.Default, "#")+
				strings.Count(valueOf(t, from, e.Path), "#"), "%s: no comment is lost", e.Path)
		}
	}
}

// valueOf is how a sample's setting is written.
func valueOf(t *testing.T, s *sample, path string) string {
	t.Helper()
	for _, e := range Describe(s, "") {
		if e.Path == path {
			return e.Default
		}
	}
	t.Fatal(path)
	return ""
}

func FuzzEdit(f *testing.F) {
	f.Add("server:\n  name: a\n", "b")
	f.Add("server:\n  rows:\n  - a: 1\n# x\n", "c # d")
	f.Add("{}", "")
	f.Fuzz(func(t *testing.T, text, value string) {
		changed, err := Edit(editDefaults(), "f", []byte(text), map[string]string{"server.name": value})
		if err != nil {
			return
		}
		again, err := Edit(editDefaults(), "f", changed, map[string]string{"server.name": value})
		require.NoError(t, err)
		assert.Equal(t, string(changed), string(again))
	})
}
