package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

// TestLiveAndOfflineAreTheSame runs one script on a data folder of its own and on
// one that a running server has, and compares every word.
func TestLiveAndOfflineAreTheSame(t *testing.T) {
	script := [][]string{
		{"account", "list"},
		{"account", "add", "alice", "--password-stdin"},
		{"account", "add", "bob", "--password-stdin", "--id", "77", "--json"},
		{"account", "add", "ALICE", "--password-stdin"},
		{"account", "add", "a b", "--password-stdin"},
		{"account", "passwd", "alice", "--password-stdin"},
		{"account", "passwd", "nobody", "--password-stdin"},
		{"account", "ban", "bob", "--reason", "see you in June"},
		{"account", "list"},
		{"account", "list", "--json"},
		{"account", "unban", "bob"},
		{"account", "unban", "nobody"},
		{"persona", "list"},
		{"persona", "list", "--json"},
		{"persona", "add", "alice", "Dr Brown"},
		{"persona", "add", "bob", "Speedy", "--car", "104", "--id", "4711"},
		{"persona", "add", "bob", "Other", "--car", "132", "--json"},
		{"persona", "add", "bob", "Nope", "--car", "99"},
		{"persona", "add", "nobody", "Nope"},
		{"persona", "grant", "Speedy", "--cash", "500", "--note", "first prize"},
		{"persona", "grant", "Speedy", "--cash", "-250", "--json"},
		{"persona", "grant", "Speedy", "--cash", "-1000000"},
		{"persona", "grant", "nobody", "--cash", "1"},
		{"persona", "list", "bob"},
		{"persona", "list", "nobody"},
		{"persona", "show", "speedy"},
		{"persona", "show", "Dr Brown", "--json"},
		{"persona", "show", "nobody"},
		{"persona", "rename", "Dr Brown", "Doc"},
		{"persona", "rename", "Doc", "speedy"},
		{"persona", "rename", "Doc", "Emmett", "--json"},
		{"persona", "deleted"},
		{"persona", "deleted", "nobody"},
		{"persona", "restore", "Ghost"},
		{"persona", "mute", "emmett"},
		{"persona", "show", "Emmett", "--json"},
		{"persona", "unmute", "Emmett"},
		{"persona", "unmute", "nobody"},
		{"persona", "kick", "Emmett"},
		{"ban", "list"},
		{"ban", "add", "203.0.113.7", "--reason", "floods"},
		{"ban", "add", "203.0.113.9/24", "--json"},
		{"ban", "add", "127.0.0.1"},
		{"ban", "list"},
		{"ban", "list", "--json"},
		{"ban", "remove", "203.0.113.0/24"},
		{"ban", "remove", "203.0.113.0/24"},
		{"invite", "list"},
		{"invite", "list", "--json"},
		{"invite", "remove", "AAAA"},
		{"motd"},
		{"motd", "Drag races on Saturday"},
		{"motd", "two\nlines"},
		{"motd", "--json"},
		{"motd", "--clear"},
		{"broadcast", "Restart"},
		{"catalog", "show"},
		{"catalog", "show", "--json"},
		{"keys", "show"},
		{"keys", "show", "--json"},
		{"keys", "rotate"},
		{"keys", "rotate", "--certificate", "--json"},
		{"account", "remove", "bob"},
		{"account", "remove", "bob"},
		{"account", "list", "--json"},
		{"persona", "list"},
	}
	offline, live := newShell(t), newShell(t)
	offline.stdin, live.stdin = "secret\n", "secret\n"
	require.NoError(t, os.MkdirAll(offline.dir.Root(), 0o700))
	live.serve()
	failed := 0
	for _, args := range script {
		want, got := offline.run(args...), live.run(args...)
		assert.Equal(t, want.code, got.code, "%v", args)
		assert.Equal(t, offline.steady(want.out), live.steady(got.out), "%v", args)
		assert.Equal(t, offline.steady(want.err), live.steady(got.err), "%v", args)
		assert.NotEmpty(t, want.out+want.err, "%v", args)
		if want.code != exitOK {
			failed++
			assert.Equal(t, exitFailed, want.code, "%v", args)
			assert.Empty(t, want.out, "%v", args)
		}
	}
	assert.Equal(t, 21, failed)
}

func TestAccounts(t *testing.T) {
	s := newShell(t)
	s.stdin = "secret\r\nignored\n"
	assert.Equal(t, "The account alice has been made (customer id 1000000).\n", s.ok("account", "add", "alice", "--password-stdin"))
	s.ok("account", "ban", "alice", "--reason", "see you")
	assert.Equal(t, strings.Join([]string{
		"ID       NAME   DRIVERS  CREATED           LAST LOGIN  STATE",
		"1000000  alice  0        2026-05-01 12:00  never       banned: see you",
		"",
	}, "\n"), s.ok("account", "list"))
	var list []admin.Account
	require.NoError(t, json.Unmarshal([]byte(s.ok("account", "list", "--json")), &list))
	require.Len(t, list, 1)
	assert.True(t, list[0].Banned)

	s.stdin = ""
	s.fails(exitFailed, "the password is empty", "account", "passwd", "alice", "--password-stdin")
	s.fails(exitUsage, "--password-stdin", "account", "passwd", "alice")
	s.answers = []string{"new", "new"}
	r := s.run("account", "passwd", "alice")
	assert.Equal(t, exitOK, r.code)
	assert.Equal(t, "New password: \nThe same again: \n", r.err)
	s.answers = []string{"new", "other"}
	s.fails(exitFailed, "the two passwords differ", "account", "passwd", "alice")
	s.answers = []string{""}
	s.fails(exitFailed, "the password is empty", "account", "passwd", "alice")
}

func TestPersonaShow(t *testing.T) {
	s := newShell(t)
	s.account("alice")
	assert.Equal(t, "The driver Speedy has been made (id 1000) with $10,000.\nCar 1: 1957 Ford Fairlane 500\n",
		s.ok("persona", "add", "alice", "Speedy", "--car", "104"))
	assert.Equal(t, "Speedy now has $9,750.\n", s.ok("persona", "grant", "Speedy", "--cash", "-250", "--note", "speeding"))
	out := s.ok("persona", "show", "Speedy")
	for _, words := range []string{
		"Speedy (id 1000, account alice), not in the game", "$9,750", "1957 Ford Fairlane 500 (branded part 104", "shoebox, 40 parts, undamaged", "speeding", "starter-cash",
	} {
		assert.Contains(t, out, words)
	}
}

func TestKeysImport(t *testing.T) {
	s := newShell(t)
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	out := s.ok("keys", "import", s.file("key.pem", string(text)))
	assert.Contains(t, out, "The login key has been imported.")
	written, err := os.ReadFile(filepath.Join(s.dir.Keys(), "login_key.pem"))
	require.NoError(t, err)
	assert.Equal(t, string(text), string(written))

	s.fails(exitFailed, "no key in PEM form", "keys", "import", s.file("bad.pem", "hello"))
	s.fails(exitFailed, "16384 bytes", "keys", "import", s.file("big.pem", strings.Repeat("x", 17<<10)))
	s.fails(exitFailed, "absent.pem", "keys", "import", "absent.pem")
}

func TestCatalogImport(t *testing.T) {
	s := newShell(t)
	s.fails(exitFailed, "absent", "catalog", "import", filepath.Join(t.TempDir(), "absent"))
	s.fails(exitFailed, "brand.tsv", "catalog", "import", t.TempDir())
	assert.NoDirExists(t, s.dir.Root(), "nothing was made for nothing")

	folder := tables(t)
	for _, running := range []bool{false, true} {
		s := newShell(t)
		if running {
			s.serve()
		}
		r := s.run("catalog", "import", folder)
		require.Equal(t, exitOK, r.code, r.err)
		assert.Contains(t, r.out, "imported")
		assert.Contains(t, r.err, "1 row could not be used")
		var c admin.Catalog
		require.NoError(t, json.Unmarshal([]byte(s.ok("catalog", "show", "--json")), &c))
		assert.True(t, c.Imported)
		assert.Equal(t, 1, c.Counts.Cars)
	}
}

// tables is a folder with the tables of a catalog of one car.
func tables(t *testing.T) string {
	folder := t.TempDir()
	for name, lines := range map[string][]string{
		"brand":                    {"brand_id|brand|is_stock", "1|Maker|1"},
		"model":                    {"model_id|brand_id|e_model|debug_string", "2|1|Model|"},
		"abstract_part_type":       {"abstract_part_type_id|parent_abstract_part_type_id|eapt|block_family_compatibility|modified_rule|part_paired|repair_cost_modifier|scrap_value_modifier|garage_category", "101||Vehicle|0|0|0|1|1|0"},
		"part_type":                {"part_type_id|abstract_part_type_id|part_type|part_grade_id", "3|101|Car|1"},
		"branded_part":             {"branded_part_id|part_type_id|model_id|mfg_date|qty_avail|retail_price|max_item_wear|engine_block_family_id", "500|3|2|1957-01-01|10|9000|0|0", "501|9|2|1957-01-01|10|9000|0|0"},
		"attachment_point":         {"attachment_point_id|attachment_point"},
		"stock_assembly":           {"parent_branded_part_id|child_branded_part_id|attachment_point_id|config_default|physics_default"},
		"stock_vehicle_attributes": {"branded_part_id|car_class|ai_restriction_class|mode_restriction|sponsor|vin_branded_part_id|vin_crc|retail_price", "500|1|1|0|0|500|77|9000"},
		"pt_skin":                  {"skin_id|part_type_id|skin_type_id|price|default_flag|e_skin"},
	} {
		text := strings.ReplaceAll(strings.Join(lines, "\n"), "|", "\t") + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".tsv"), []byte(text), 0o600))
	}
	return folder
}

func TestTellLeft(t *testing.T) {
	var err strings.Builder
	p := &program{err: &err}
	p.tellLeft(nil)
	assert.Empty(t, err.String())
	p.tellLeft([]string{"1", "2", "3", "4", "5", "6", "7"})
	assert.Contains(t, err.String(), "7 rows could not be used")
	assert.Contains(t, err.String(), "and 2 more")
}

func TestBackupAndRestore(t *testing.T) {
	for name, running := range map[string]bool{"offline": false, "live": true} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t)
			s.account("alice")
			if running {
				s.serve()
			}
			folder := t.TempDir()
			file := filepath.Join(folder, "copy.db")
			assert.Contains(t, s.ok("backup", file), "has been copied to "+file)
			s.fails(exitFailed, "exists already", "backup", file)
			entries, err := os.ReadDir(folder)
			require.NoError(t, err)
			assert.Len(t, entries, 1, "nothing else is left")
			if running {
				assert.Contains(t, s.ok("restore", file), "Restart the server")
				s.fails(exitFailed, "cannot be used as a backup, so nothing has been changed", "restore", s.file("x.db", "no store"))
				assert.FileExists(t, s.dir.StagedRestore(), "the good one still waits")
				assert.Contains(t, s.ok("restore", "--cancel"), "stays as it is")
				assert.NoFileExists(t, s.dir.StagedRestore())
				s.fails(exitFailed, "no backup waits", "restore", "--cancel")
			}

			other := newShell(t)
			other.account("bob")
			out := other.ok("restore", file)
			assert.Contains(t, out, "mcos.db.before-restore")
			assert.Contains(t, other.ok("account", "list"), "alice")
			other.fails(exitFailed, "x.db cannot be used as a backup, so nothing has been changed", "restore", other.file("x.db", "no store"))
			assert.Contains(t, other.ok("account", "list"), "alice", "a bad backup changes nothing")
		})
	}
	s := newShell(t)
	s.fails(exitFailed, "absent.db", "restore", "absent.db")
	s.fails(exitFailed, "there is no data folder", "backup", filepath.Join(t.TempDir(), "x"))
	s.account("alice")
	s.fails(exitFailed, "no such", "backup", filepath.Join(t.TempDir(), "absent", "x"))
}

func TestRestoreFromTheFolderOfBackups(t *testing.T) {
	s := newShell(t)
	s.account("alice")
	require.NoError(t, os.MkdirAll(s.dir.Backups(), 0o700))
	s.ok("backup", filepath.Join(s.dir.Backups(), "mcos-auto-20260501T120000Z.db"))
	s.account("bob")
	s.ok("restore", "mcos-auto-20260501T120000Z.db")
	assert.NotContains(t, s.ok("account", "list"), "bob")
	s.fails(exitFailed, "absent.db", "restore", "absent.db")
}

func TestDamagedStoreComesWithAdvice(t *testing.T) {
	s := newShell(t)
	s.account("alice")
	file := filepath.Join(t.TempDir(), "copy.db")
	s.ok("backup", file)
	require.NoError(t, os.WriteFile(s.dir.Store(), []byte("gone"), 0o600))
	s.fails(exitFailed, "mcos restore FILE", "account", "list")
	s.ok("restore", file)
	assert.Contains(t, s.ok("account", "list"), "alice")
}

func TestPublishNeverReplaces(t *testing.T) {
	folder := t.TempDir()
	temp, path := filepath.Join(folder, "temp"), filepath.Join(folder, "path")
	require.NoError(t, os.WriteFile(temp, []byte("new"), 0o600))
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.Error(t, publish(temp, path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(text))
}

func TestStoreInUse(t *testing.T) {
	s := newShell(t)
	s.serve()
	require.NoError(t, os.Remove(s.dir.ConsoleAddr()))
	s.fails(exitFailed, "in use by another program", "account", "list")
	s.fails(exitFailed, "stop the server", "restore", s.file("x.db", "x"))
}

func TestTokenIsNeeded(t *testing.T) {
	s := newShell(t)
	s.serve()
	require.NoError(t, os.Remove(s.dir.ConsoleToken()))
	for _, args := range [][]string{{"account", "list"}, {"doctor"}} {
		s.fails(exitFailed, "a server runs here, but you may not read", args...)
	}
	s.fails(exitFailed, "a server runs here, but you may not read", "restore", s.file("x.db", "x"))
}

func TestConsole(t *testing.T) {
	s := newShell(t)
	s.fails(exitFailed, "no server runs on "+s.dir.Root(), "console", "open")
	s.account("alice")
	s.serve()
	url := strings.TrimSpace(s.ok("console", "open"))
	assert.Equal(t, []string{url}, s.browsed)
	resp, err := http.Get(url)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode)

	s.stdin = "two words\n"
	s.fails(exitFailed, "password", "console", "passwd", "--password-stdin")
	s.stdin = "outatim\n"
	s.fails(exitFailed, "at least 8 characters", "console", "passwd", "--password-stdin")
	assert.NoFileExists(t, s.dir.ConsolePassword())
	s.stdin = "operator1\n"
	s.ok("console", "passwd", "--password-stdin")
	assert.FileExists(t, s.dir.ConsolePassword())
}

// The message of the day is not what the ticker shows while something is told.
func TestShowMessage(t *testing.T) {
	until := time.Date(2026, 3, 1, 22, 30, 0, 0, time.UTC)
	for want, m := range map[string]admin.Message{
		"The game's ticker shows: Race night\n":                                                                                                          {Text: "Race night"},
		"The game's ticker shows the setting web.ticker: there is no message of the day.\n":                                                              {},
		"Until 2026-03-01 22:30 the game's ticker shows the broadcast: Restart\nThen it shows: Race night\n":                                             {Text: "Race night", Notice: "Restart", Until: until},
		"Until 2026-03-01 22:30 the game's ticker shows the broadcast: Restart\nThen it shows the setting web.ticker: there is no message of the day.\n": {Notice: "Restart", Until: until},
	} {
		var out strings.Builder
		require.NoError(t, newShell(t).program(&out, &screen{}).showMessage(m))
		assert.Equal(t, want, out.String())
	}
}

func TestCondition(t *testing.T) {
	for want, v := range map[string]admin.Vehicle{
		"muscle, 44 parts, undamaged":                           {Class: "muscle", Parts: 44},
		"3 parts, damaged up to 100 percent, repair $1,250":     {Parts: 3, Damage: 100, Repair: 1250},
		"shoebox, 40 parts, damaged up to 1 percent, repair $0": {Class: "shoebox", Parts: 40, Damage: 1},
	} {
		assert.Equal(t, want, condition(v))
	}
}

func TestInvites(t *testing.T) {
	s := newShell(t)
	code := strings.TrimSpace(s.ok("invite", "add", "--note", "for Doc", "--uses", "2", "--days", "1"))
	assert.Regexp(t, `^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$`, code)
	assert.Equal(t, strings.Join([]string{
		"CODE            USED    ENDS              STATE  NOTE     ACCOUNTS",
		code + "  0 of 2  2026-05-02 12:00  good   for Doc  ",
		"",
	}, "\n"), s.ok("invite", "list"))
	var list []admin.Invite
	require.NoError(t, json.Unmarshal([]byte(s.ok("invite", "list", "--json")), &list))
	require.Len(t, list, 1)
	assert.True(t, list[0].Valid)
	s.ok("invite", "remove", strings.ToLower(code))
	assert.Contains(t, s.ok("invite", "list"), "There are no invite codes")
}
