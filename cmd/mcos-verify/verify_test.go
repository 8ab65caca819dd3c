package main

import (
	"bytes"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const setup = `HKLM\SOFTWARE\MCOS\Setup\Version`

// installed is how MCOS 1.2.3 should look on Windows.
func installed() snapshot {
	s := snapshot{
		{system, "Windows"}:                    "10.0.22631",
		{product, "MCOS {1}"}:                  "1.2.3",
		{value, setup}:                         "1.2.3",
		{registryKey, `HKLM\SOFTWARE\MCOS`}:    "",
		{serviceFact, "state"}:                 "running",
		{serviceFact, "start"}:                 "automatic",
		{serviceFact, "account"}:               `NT AUTHORITY\LocalService`,
		{serviceFact, "command"}:               `"C:\Program Files\MCOS\mcos.exe" service entry`,
		{serviceFact, "identity"}:              "unrestricted",
		{serviceFact, "privileges"}:            "SeChangeNotifyPrivilege",
		{serviceFact, "after failures"}:        "restart, restart, restart, nothing",
		{rights, `C:\ProgramData\MCOS`}:        "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;S-1-5-80-1-2-3)(A;OICI;RC;;;OW)",
		{file, `C:\Start Menu\MCOS.lnk`}:       "-",
		{rule, "{1}"}:                          `v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Private|LPort=80|App=C:\Program Files\MCOS\mcos.exe|Name=MCOS game ports|`,
		{rule, "{2}"}:                          `v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|Profile=Private|LPort=5353|App=C:\Program Files\MCOS\mcos.exe|Name=MCOS discovery|`,
		{trace, `HKCU\Software\X\mcos.exe`}:    "",
		{certificate, "HKLM 0123456789ABCDEF"}: "",
	}
	for _, name := range []string{"mcos", "mcos-tray", "mcos-bot"} {
		s[item{program, `C:\Program Files\MCOS\` + name + ".exe"}] = "1.2.3.5"
	}
	s[item{value, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\MCOS`}] = `"C:\Program Files\MCOS\mcos-tray.exe" --login`
	s[item{value, `HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\mcos\TypesSupported`}] = "7"
	s[item{value, `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment\Path`}] = `C:\Windows;C:\Program Files\MCOS\`
	return s
}

// Everything that matters is noticed when it is missing or different.
func TestCheckInstalled(t *testing.T) {
	assert.Empty(t, checkInstalled(installed(), "1.2.3"))
	described := installed()
	described[item{value, setup}] = "1.2.3+5.gabc"
	assert.Empty(t, checkInstalled(described, "1.2.3+5.gabc"))

	// Without this there is nothing to complain about.
	harmless := map[item]bool{
		{system, "Windows"}: true, {registryKey, `HKLM\SOFTWARE\MCOS`}: true, {trace, `HKCU\Software\X\mcos.exe`}: true, {certificate, "HKLM 0123456789ABCDEF"}: true,
	}
	for i := range installed() {
		s := installed()
		delete(s, i)
		assert.Equal(t, harmless[i], len(checkInstalled(s, "1.2.3")) == 0, "without %v", i)
	}
	for name, c := range map[string]struct {
		item item
		is   string
		want string
	}{
		"two products":            {item{product, "MCOS {2}"}, "1.2.2", "installed products"},
		"an older program":        {item{program, `C:\Program Files\MCOS\mcos-bot.exe`}, "1.2.2.9", "mcos-bot.exe has the version 1.2.2.9"},
		"another version":         {item{program, `C:\Program Files\MCOS\mcos.exe`}, "1.2.30.1", "mcos.exe has the version 1.2.30.1"},
		"a path without quotes":   {item{serviceFact, "command"}, `C:\Program Files\MCOS\mcos.exe service entry`, "no quotes"},
		"another command":         {item{serviceFact, "command"}, `"C:\Program Files\MCOS\mcos.exe" run`, "the service runs"},
		"a mighty account":        {item{serviceFact, "account"}, "LocalSystem", "LocalSystem"},
		"an open folder":          {item{rights, `C:\ProgramData\MCOS`}, "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FR;;;BU)", "open to BU"},
		"inherited rights":        {item{rights, `C:\ProgramData\MCOS`}, "O:BAD:AI(A;OICI;FA;;;SY)", "inherits"},
		"everybody, by number":    {item{rights, `C:\ProgramData\MCOS`}, "D:P(A;;FA;;;S-1-1-0)", "open to S-1-1-0"},
		"public networks too":     {item{rule, "{1}"}, `Action=Allow|Active=TRUE|Dir=In|Profile=Private|Profile=Public|App=C:\Program Files\MCOS\mcos.exe`, "more than private networks"},
		"all networks":            {item{rule, "{1}"}, `Action=Allow|Active=TRUE|Dir=In|App=C:\Program Files\MCOS\mcos.exe`, "no Profile=Private"},
		"every program":           {item{rule, "{1}"}, `Action=Allow|Active=TRUE|Dir=In|Profile=Private|Name=MCOS`, "not for the server alone"},
		"one rule more":           {item{rule, "{3}"}, `Action=Allow|Active=TRUE|Dir=In|Profile=Private|App=C:\Program Files\MCOS\mcos.exe`, "3 rules"},
		"a rule that is off":      {item{rule, "{1}"}, `Action=Allow|Active=FALSE|Dir=In|Profile=Private|App=C:\Program Files\MCOS\mcos.exe`, "no Active=TRUE"},
		"gives up at once":        {item{serviceFact, "after failures"}, "", "after failures"},
		"all privileges":          {item{serviceFact, "privileges"}, "", "privileges"},
		"a service that is down":  {item{serviceFact, "state"}, "stopped", "state"},
		"started by hand":         {item{serviceFact, "start"}, "manual", "start"},
		"the version of yore":     {item{value, setup}, "1.2.2", setup},
		"another tray at login":   {item{value, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\MCOS`}, `x.exe`, "at login"},
		"a PATH without programs": {item{value, `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment\Path`}, `C:\Windows`, "PATH"},
	} {
		s := installed()
		s[c.item] = c.is
		assert.Contains(t, strings.Join(checkInstalled(s, "1.2.3"), "\n"), c.want, name)
	}

	// Wine has no firewall, no rights and no quotes.
	s := installed()
	s[wine] = "yes"
	maps.DeleteFunc(s, func(i item, _ string) bool { return i.kind == rule || i.kind == rights })
	s[item{serviceFact, "command"}] = `C:\Program Files\MCOS\mcos.exe service entry`
	assert.Empty(t, checkInstalled(s, "1.2.3"))
}

func TestCheckRemoved(t *testing.T) {
	assert.Empty(t, checkRemoved(snapshot{{system, "wine"}: "yes", {certificate, "HKLM 01"}: "", {value, `HKCU\Software\X`}: "y"}))
	for i, v := range map[item]string{
		{value, `HKCU\Software\MCOS\Tray\NoLogin`}: "1", {file, `C:\ProgramData\MCOS`}: "d", {rule, "{1}"}: "|App=mcos.exe|",
		{serviceFact, "command"}: `"C:\Program Files\MCOS\mcos.exe"`, {registryKey, `HKLM\SOFTWARE\mcos`}: "",
	} {
		assert.Len(t, checkRemoved(snapshot{i: v}), 1, "%v", i)
	}
}

func TestCheckConnected(t *testing.T) {
	key := item{value, `HKLM32\SOFTWARE\Electronic Arts\Motor City\AuthAuth\AuthLoginServer`}
	assert.Empty(t, checkConnected(snapshot{key: "127.0.0.1"}, "127.0.0.1"))
	assert.Len(t, checkConnected(snapshot{key: "www.ea.com"}, "127.0.0.1"), 1)
	assert.Len(t, checkConnected(snapshot{}, "127.0.0.1"), 1)
}

// What is written is read again, whatever signs are in it.
func TestSnapshotFile(t *testing.T) {
	s := installed()
	s[item{value, "with\ttabs\nand \"quotes\" \u202e"}] = "a\tb\r\n\x00"
	again, err := parse(s.String())
	require.NoError(t, err)
	assert.Equal(t, s, again)
	assert.Empty(t, compare(s, again))
	again, err = parse(strings.ReplaceAll(s.String(), "\n", "\r\n"))
	require.NoError(t, err, "as an editor of Windows saves it")
	assert.Equal(t, s, again)
	for _, text := range []string{"x\n", "a\tb\tc\n", "a\t\"b\"\tc\n", "a\t\"b\"\t\"c\"\td\n"} {
		_, err := parse(text)
		assert.Error(t, err, text)
	}
}

func TestCompare(t *testing.T) {
	before := snapshot{{file, "a"}: "1", {file, "b"}: "2", {value, "v"}: "x"}
	after := snapshot{{file, "a"}: "1", {file, "c"}: "3", {value, "v"}: "y"}
	assert.Equal(t, []string{"- file b = 2", "+ file c = 3", "~ value v = y, was x"}, compare(before, after))
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	now := installed()
	try := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(args, &out, func() (snapshot, error) { return now, nil })
		return out.String(), err
	}
	_, err := try("snapshot", a)
	require.NoError(t, err)
	now[item{trace, `HKCU\Software\Y\mcos.exe`}] = ""
	_, err = try("snapshot", b)
	require.NoError(t, err)
	out, err := try("compare", a, b)
	require.NoError(t, err, "a trace that Windows keeps is no fault")
	assert.Contains(t, out, `+ trace HKCU\Software\Y\mcos.exe`)
	now[item{certificate, "HKLM 99"}] = ""
	_, err = try("snapshot", b)
	require.NoError(t, err)
	out, err = try("compare", a, b)
	require.ErrorIs(t, err, errFound)
	assert.Contains(t, out, "+ certificate HKLM 99")
	_, err = try("check", "installed", "1.2.3")
	require.NoError(t, err)
	_, err = try("check", "installed", "1.2.4")
	require.ErrorIs(t, err, errFound)
	_, err = try("check", "removed")
	require.ErrorIs(t, err, errFound)
	for _, args := range [][]string{nil, {"snapshot"}, {"compare", a}, {"check"}, {"check", "installed"}, {"check", "removed", "x"}, {"x"}} {
		_, err = try(args...)
		require.ErrorContains(t, err, "usage")
		assert.NotErrorIs(t, err, errFound)
	}
	_, err = try("compare", a, filepath.Join(dir, "absent"))
	require.Error(t, err)
	broken := errors.New("no registry")
	assert.ErrorIs(t, run([]string{"check", "removed"}, &bytes.Buffer{}, func() (snapshot, error) { return nil, broken }), broken)
}
