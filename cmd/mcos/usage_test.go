package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin/doctor"
	"mcos/app/buildinfo"
)

func TestWrongUsage(t *testing.T) {
	s := newShell(t)
	s.stdin = "x\n"
	for line, words := range map[string]string{
		"frobnicate":                        `mcos has no command "frobnicate"`,
		"frobnicate --help":                 `mcos has no command "frobnicate"`,
		"--help frobnicate":                 `mcos has no command "frobnicate"`,
		"-h account frobnicate":             `mcos account has no command "frobnicate"`,
		"help frobnicate":                   `mcos has no command "frobnicate"`,
		"help account frobnicate":           `mcos account has no command "frobnicate"`,
		"acount --help":                     `did you mean account?`,
		"acount":                            "did you mean account?",
		"account frobnicate":                `mcos account has no command "frobnicate"`,
		"account lst":                       "did you mean list?",
		"account add":                       "NAME is missing",
		"account add a b":                   `"b" is one argument too many`,
		"account add alice secret":          "one argument too many",
		"account add alice --password x":    "unknown flag: --password",
		"account add alice --id -1":         `--id: "-1" is not a whole number from 0 to 4294967295`,
		"account add alice":                 "--password-stdin",
		"account list x":                    "one argument too many",
		"persona add alice":                 "NAME is missing",
		"persona add alice x --skin 5":      "--skin needs --car",
		"persona grant x":                   "--cash is missing",
		"persona grant x --cash 0":          "--cash is missing",
		"persona grant x --cash many":       `--cash: "many" is not a whole number`,
		"persona rename x":                  "NEW is missing",
		"ban add":                           "ADDRESS is missing",
		"invite add x":                      "one argument too many",
		"invite add --uses -1":              `--uses: "-1" is not a whole number`,
		"motd --clear x":                    "contradict",
		"broadcast":                         "TEXT is missing",
		"broadcast x --clear":               "contradict",
		"broadcast --clear --shutdown":      "contradict",
		"session record on --connection x":  "such as c12",
		"broadcast x --minutes 0":           "1 or more",
		"keys import":                       "PRIVATE_KEY.pem is missing",
		"catalog import":                    "PATH is missing",
		"backup":                            "FILE is missing",
		"restore":                           "FILE is missing",
		"restore x --cancel":                "contradict",
		"run x":                             "one argument too many",
		"run --ports 80":                    `"80" is not NAME=PORT`,
		"--frobnicate":                      "unknown flag",
		"version --frobnicate":              "unknown flag",
		"doctor --data-dir":                 "flag needs an argument",
		"run --ports http=99999":            "--ports: ports.http: 99999",
		"run --ports htp=80":                "did you mean ports.http?",
		"run --ports rooms=9000-9001":       "--ports: ports.rooms",
		"run --ports login=5000,mail=5000":  "both use 5000",
		"run --log-level loud":              "--log-level: log.level: loud is not allowed",
		"run --config /absent/mcos.yaml":    "/absent/mcos.yaml",
		"config check --config /absent.yml": "/absent.yml",
	} {
		t.Run(line, func(t *testing.T) {
			s.t = t
			s.fails(exitUsage, words, strings.Fields(line)...)
			assert.NoDirExists(t, s.dir.Root(), "nothing is made")
		})
	}
}

func TestNoPlaceForData(t *testing.T) {
	if _, err := os.Stat("/var/lib/mcos"); err == nil {
		t.Skip("the service is installed here")
	}
	s := newShell(t)
	s.environ = nil
	s.fails(exitUsage, "--data-dir", "account", "list")
}

func TestNoDataYet(t *testing.T) {
	s := newShell(t)
	for _, args := range [][]string{
		{"account", "list"}, {"persona", "list"}, {"persona", "show", "x"}, {"keys", "show"}, {"catalog", "show"},
	} {
		s.fails(exitFailed, "there is no data folder "+s.dir.Root()+" yet", args...)
	}
	assert.NoDirExists(t, s.dir.Root(), "a slip in --data-dir makes no folders")
}

// TestEveryCommandExplainsItself walks through all commands.
func TestEveryCommandExplainsItself(t *testing.T) {
	s := newShell(t)
	var walk func(*cobra.Command)
	leaves := 0
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" || cmd.Hidden {
			return
		}
		path := strings.Fields(cmd.CommandPath())[1:]
		help := s.ok(append(path, "--help")...)
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		if cmd.HasSubCommands() {
			assert.Equal(t, help, s.ok(path...), "a group alone shows its help")
		} else {
			leaves++
			assert.Contains(t, help, "Examples:\n  ", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			if !sub.Hidden {
				assert.Contains(t, help, sub.Short+"\n")
			}
			walk(sub)
		}
	}
	root := (&program{}).root()
	require.NotEmpty(t, root.Commands())
	walk(root)
	assert.Equal(t, 60, leaves)
}

func TestVersion(t *testing.T) {
	s := newShell(t)
	assert.True(t, strings.HasPrefix(s.ok("version"), "mcos "+buildinfo.Version+" (go"))
	var v map[string]string
	require.NoError(t, json.Unmarshal([]byte(s.ok("version", "--json")), &v))
	assert.Equal(t, buildinfo.Version, v["version"])
}

func TestConfigInitAndCheck(t *testing.T) {
	s := newShell(t)
	s.environ = s.environ[:1]
	assert.Contains(t, s.ok("config", "check"), "the defaults are used.\nEvery setting has its default.\n")
	assert.Contains(t, s.ok("config", "init"), s.dir.Config())
	s.fails(exitFailed, "exists already", "config", "init")
	assert.Equal(t, s.dir.Config()+" is fine.\nEvery setting has its default.\n", s.ok("config", "check"))

	file := filepath.Join(t.TempDir(), "mine", "my.yaml")
	s.ok("config", "init", "--config", file)
	s.environ = append(s.environ, "MCOS_CONFIG="+file, "MCOS_RACE_X=1", "MCOS_LOG_LEVEL=debug")
	require.NoError(t, os.WriteFile(file, []byte("shard:\n  name: Home\nweb:\n  signup: code\n  signup_code: hunter2\nresearch:\n  tickets: [{ticket: hunter2, account: a}]\nserver:\n  listen: \"\"\n"), 0o600))
	r := s.run("config", "check")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, file+" is fine.\n")
	assert.Contains(t, r.err, "MCOS_RACE_X: unknown setting")
	assert.NotContains(t, r.out, "hunter2")
	assert.NotContains(t, r.out, "server.listen", "set to its default")
	var c checked
	require.NoError(t, json.Unmarshal([]byte(s.ok("config", "check", "--json")), &c))
	assert.Equal(t, []difference{
		{"shard.name", "Home", "The Clocktower", file + ":2"},
		{"log.level", "debug", "info", "MCOS_LOG_LEVEL"},
		{"web.signup", "code", "open", file + ":4"},
		{"web.signup_code", "(hidden)", "", file + ":5"},
		{"research.tickets", "(hidden)", "", file + ":7"},
	}, c.Differences)
	assert.Len(t, c.Warnings, 1)

	require.NoError(t, os.WriteFile(file, []byte("shard:\n  nane: Home\nlog:\n  level: loud\n"), 0o600))
	r = s.run("config", "check")
	assert.Equal(t, exitUsage, r.code)
	assert.Equal(t, 2, strings.Count(r.err, "mcos: "+file+":"), "each mistake on its line: %s", r.err)
	assert.Contains(t, r.err, "did you mean name?")
	s.fails(exitUsage, file+":2", "account", "list", "--data-dir", t.TempDir())
	s.fails(exitUsage, file+":2", "run")
}

func TestDoctor(t *testing.T) {
	s := newShell(t)
	s.environ = append(s.environ, "MCOS_PORTS_HTTP=0", "MCOS_PORTS_HTTPS=0", "MCOS_PORTS_LOGIN=0", "MCOS_PORTS_MAIL=0",
		"MCOS_PORTS_PERSONA=0", "MCOS_PORTS_LOBBY=0", "MCOS_PORTS_ROOMS=0", "MCOS_PORTS_MCOTS=0", "MCOS_PORTS_CONSOLE=0")
	out := s.ok("doctor")
	assert.Contains(t, out, "the first start makes it")
	assert.Contains(t, out, "Found: 0 problems, ")
	assert.NoDirExists(t, s.dir.Root())

	s.environ = append(s.environ, "MCOS_SERVER_PUBLIC_HOST=http://wrong")
	r := s.run("doctor", "--json")
	assert.Equal(t, exitFailed, r.code)
	assert.Empty(t, r.err, "everything has been said")
	var report doctor.Report
	require.NoError(t, json.Unmarshal([]byte(r.out), &report))
	// A configuration that cannot be used leaves the usual ports, and another program
	// may have one of those.
	problems := slices.DeleteFunc(report.Findings, func(f doctor.Finding) bool {
		return f.Level != doctor.Problem || strings.HasPrefix(f.What, "Port ")
	})
	if assert.Len(t, problems, 1, r.out) {
		assert.Equal(t, "Configuration", problems[0].What)
	}

	s.environ = append(s.environ, "MCOS_LOG_LEVEL=loud")
	r = s.run("doctor")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.out, "! PROBLEM  Configuration: MCOS_LOG_LEVEL: log.level: loud is not allowed")
}
