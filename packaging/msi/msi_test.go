package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// build makes an installer as make package does, around three files that stand in for
// the programs.
const build = `set -euo pipefail
cd ../..
die() { echo "$*" >&2; exit 1; }
sign() { :; }
export SOURCE_DATE_EPOCH=1700000000 LC_ALL=C TZ=UTC
STAGE=$1 PKGVERSION=1.2.3+5.gabcdef
. packaging/version.sh
. packaging/msi.sh
NUMBER=${PKGVERSION%%+*} FILEVERSION=$(file_version "$PKGVERSION")
windows_installer "$1/test.msi"`

// built is the installer of build; the tests that need it are skipped where its tools
// are missing.
var built = sync.OnceValues(func() (map[string]string, error) {
	for _, tool := range []string{"bash", "wixl", "msibuild", "msiinfo"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "msi-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.Mkdir(filepath.Join(dir, "windows"), 0o755); err != nil {
		return nil, err
	}
	for _, name := range []string{"windows/mcos.exe", "windows/mcos-tray.exe", "windows/mcos-bot.exe", "THIRD-PARTY.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			return nil, err
		}
	}
	if out, err := exec.Command("bash", "-c", build, "build", dir).CombinedOutput(); err != nil {
		return map[string]string{"failed": string(out)}, nil // the tools are there, so the test fails
	}
	return export(filepath.Join(dir, "test.msi"))
})

// installer is a copy of its own of what the installer says.
func installer(t *testing.T) database {
	tables, err := built()
	if err != nil {
		t.Skip("no tools that make an installer: ", err)
	}
	require.Empty(t, tables["failed"])
	db, err := parseAll(tables)
	require.NoError(t, err)
	return db
}

// The installer keeps all rules.
func TestInstaller(t *testing.T) {
	assert.Empty(t, installer(t).check(map[string]string{"mcos.exe": "1.2.3.5", "mcos-tray.exe": "1.2.3.5", "mcos-bot.exe": "1.2.3.5"}))
}

// TestScenarios says which steps are done when. Under Wine the removal of the older
// product in an update looks like one by its owner; what counts is which product the
// registry names.
func TestScenarios(t *testing.T) {
	const older = "{00000000-0000-0000-0000-000000000001}"
	db := installer(t)
	own := db.property("ProductCode")
	removal := []string{"MayRemove", "EndTray", "UnpatchUser", "Unpatch", "EndTrays", "TakeDownUndo", "TakeDown", "ForgetUser"}
	for _, c := range []struct {
		name       string
		properties map[string]string
		want       []string
	}{
		{"first installation", map[string]string{"UILevel": "5"}, []string{"SetUpUndo", "SetUp", "ShowTray"}},
		{"first installation without a window", map[string]string{"UILevel": "2"}, []string{"SetUpUndo", "SetUp"}},
		{"update", map[string]string{"UILevel": "5", "OLDER": older, "INSTALLEDPRODUCT": older, "STARTTYPE": "#2"}, []string{"EndTray", "EndTrays", "SetUpOlder", "SetUp", "ShowTray"}},
		{"the older product in an update", map[string]string{"UILevel": "2", "Installed": "1", "REMOVE": "ALL", "UPGRADINGPRODUCTCODE": older, "INSTALLEDPRODUCT": older}, nil},
		{"the older product in an update, Wine", map[string]string{"UILevel": "2", "Installed": "1", "REMOVE": "ALL", "INSTALLEDPRODUCT": older}, nil},
		{"the older product in an update that wrote no registry", map[string]string{"UILevel": "2", "Installed": "1", "REMOVE": "ALL", "UPGRADINGPRODUCTCODE": older, "INSTALLEDPRODUCT": own}, nil},
		{"repair", map[string]string{"UILevel": "3", "Installed": "1", "REINSTALL": "ALL", "INSTALLEDPRODUCT": own}, []string{"EndTray", "EndTrays", "SetUp", "ShowTray"}},
		{"removal", map[string]string{"UILevel": "3", "Installed": "1", "REMOVE": "ALL", "INSTALLEDPRODUCT": own}, removal},
		{"removal of the one feature", map[string]string{"UILevel": "3", "Installed": "1", "REMOVE": "Main", "INSTALLEDPRODUCT": own}, removal},
		{"removal of a damaged installation", map[string]string{"UILevel": "3", "Installed": "1", "REMOVE": "ALL"}, removal},
		{"removal with the data", map[string]string{"UILevel": "2", "Installed": "1", "REMOVE": "ALL", "INSTALLEDPRODUCT": own, "REMOVEDATA": "1"}, append(slices.Clone(removal), "RemoveData")},
		{"removal that leaves the game", map[string]string{"UILevel": "2", "Installed": "1", "REMOVE": "ALL", "INSTALLEDPRODUCT": own, "KEEPGAME": "1"}, []string{"EndTray", "EndTrays", "TakeDownUndo", "TakeDown", "ForgetUser"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := db.runs(c.properties)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

// An update starts the service again only where it is to start by itself.
func TestServiceKeepsItsStart(t *testing.T) {
	r, _ := installer(t).find(executeSequence, "Action", "StartServices")
	for start, want := range map[string]bool{"": true, "#2": true, "#3": false, "#4": false} {
		got, err := holds(r["Condition"], map[string]string{"VersionNT": "603", "STARTTYPE": start})
		require.NoError(t, err)
		assert.Equal(t, want, got, "%q", start)
	}
}

// Every rule notices what it is there for.
func TestRules(t *testing.T) {
	set := func(table, key, value, column, to string) func(database) {
		return func(db database) {
			r, ok := db.find(table, key, value)
			if !ok {
				panic(table + " has no " + value)
			}
			r[column] = to
		}
	}
	remove := func(table, key, value string) func(database) {
		return func(db database) {
			db[table] = slices.DeleteFunc(db[table], func(r row) bool { return r[key] == value })
		}
	}
	add := func(table string, r row) func(database) {
		return func(db database) { db[table] = append(db[table], r) }
	}
	for name, c := range map[string]struct {
		change func(database)
		want   string
	}{
		"no version":                  {set("File", "File", "mcos.exe", "Version", ""), "would keep the old one"},
		"a wrong version":             {set("File", "File", "tray.exe", "Version", "1.2.3.4"), "mcos-tray.exe has the version 1.2.3.4"},
		"no language":                 {set("File", "File", "bot.exe", "Language", ""), "language"},
		"a hash of a program":         {add("MsiFileHash", row{"File_": "mcos.exe"}), "MsiFileHash"},
		"a text without a hash":       {remove("MsiFileHash", "File_", "license.txt"), "LICENSE.txt: MsiFileHash"},
		"a text with a version":       {set("File", "File", "license.txt", "Version", "1.0.0.0"), "has a version"},
		"two files in one place":      {set("File", "File", "bot.exe", "Sequence", "1"), "place of another file"},
		"a file behind the cabinet":   {set("Media", "DiskId", "1", "LastSequence", "4"), "behind the end"},
		"another component":           {set("Component", "Component", "Bot", "ComponentId", "{4269EFE0-41D2-4503-8B51-CA12E609AF53}"), "a change needs a new component"},
		"a component twice":           {set("Component", "Component", "Bot", "ComponentId", "{69F85FB8-0FA2-4440-A8F7-326DB8ABF9BA}"), "ICE08"},
		"a component elsewhere":       {set("Component", "Component", "Tray", "Directory_", "ProgramMenuFolder"), "a change needs a new component"},
		"a component less":            {remove("Component", "Component", "Texts"), "is gone"},
		"a component without feature": {remove("FeatureComponents", "Component_", "Texts"), "ICE21"},
		"a foreign key path":          {set("Component", "Component", "Tray", "KeyPath", "mcos.exe"), "ICE18"},
		"32 bit":                      {set("Component", "Component", "Tray", "Attributes", "0"), "ICE80"},
		"two programs in a component": {set("File", "File", "bot.exe", "Component_", "Tray"), "here are [tray.exe bot.exe]"},
		"the tray ended late":         {set(executeSequence, "Action", "EndTray", "Sequence", "1401"), "files in use"},
		"the older product first":     {set(executeSequence, "Action", "RemoveExistingProducts", "Sequence", "1501"), "RemoveExistingProducts (1501) comes before InstallExecute"},
		"the script ends early":       {set(executeSequence, "Action", "InstallExecute", "Sequence", "6450"), ""},
		"rights after the start":      {set(executeSequence, "Action", "SetUp", "Sequence", "5950"), "gets its rights"},
		"a place twice":               {set(executeSequence, "Action", "SetUp", "Sequence", "5800"), "same place"},
		"nothing removes the PATH":    {remove(executeSequence, "Action", "RemoveEnvironmentStrings"), "ICE26"},
		"a wrong condition":           {set(executeSequence, "Action", "SetUp", "Condition", "NOT (REMOVE"), "a bracket is open"},
		"data removed under a server": {set(executeSequence, "Action", "RemoveData", "Sequence", "1850"), "holds its data"},
		"no counterpart":              {remove("CustomAction", "Action", "SetUpUndo"), "SetUp: has no counterpart"},
		"a counterpart that is none":  {set("CustomAction", "Action", "SetUpUndo", "Type", "2130"), "SetUp: has no counterpart"},
		"a counterpart done at once":  {set("CustomAction", "Action", "SetUpUndo", "Type", strconv.Itoa(3410-typeInScript)), "would be done at once"},
		"a counterpart that may fail": {set("CustomAction", "Action", "SetUpUndo", "Type", strconv.Itoa(3410-typeContinue)), "end the rollback"},
		"a change outside the script": {set("CustomAction", "Action", "TakeDown", "Type", "2130"), "cannot run as the system"},
		"a change as the user":        {set("CustomAction", "Action", "Unpatch", "Type", "1042"), "runs as the wrong one"},
		"the user's as the system":    {set("CustomAction", "Action", "UnpatchUser", "Type", "3090"), "runs as the wrong one"},
		"an action that is nowhere":   {add("CustomAction", row{"Action": "X", "Type": "18", "Source": "mcos.exe"}), "X: is in no sequence"},
		"a script":                    {add("CustomAction", row{"Action": "X", "Type": "38"}), "X: type 38"},
		"a service that stays":        {set("ServiceControl", "ServiceControl", "ServiceStop", "Event", "34"), "not stopped and removed"},
		"a service nobody waits for":  {set("ServiceControl", "ServiceControl", "ServiceStop", "Wait", "0"), "nobody waits"},
		"a property that gets lost":   {set("Property", "Property", "SecureCustomProperties", "Value", "NEWER;REMOVEDATA"), "WINMAJOR gets lost"},
		"a folder from outside":       {set("Directory", "Directory", "ProgramFolder", "Directory", "INSTALLDIR"), "can be set from the command line"},
		"no message":                  {remove("Error", "Error", "1722"), "message 1722"},
		"a refusal without a reason":  {set("LaunchCondition", "Condition", "NOT NEWER", "Description", "No."), `says "No."`},
		"older ones are not replaced": {set("Upgrade", "ActionProperty", "OLDER", "Attributes", "256"), "does not replace all versions"},
		"newer ones are replaced":     {set("Upgrade", "ActionProperty", "NEWER", "Attributes", "0"), "not noticed"},
		"another product":             {set("Property", "Property", "UpgradeCode", "Value", "{0}"), "UpgradeCode is"},
		"a version that is none":      {set("Property", "Property", "ProductVersion", "Value", "1.256.0"), "no version of a product"},
		"no icon":                     {set("Property", "Property", "ARPPRODUCTICON", "Value", "x"), "no icon"},
	} {
		t.Run(name, func(t *testing.T) {
			db := installer(t)
			c.change(db)
			problems := strings.Join(db.check(map[string]string{"mcos.exe": "1.2.3.5", "mcos-tray.exe": "1.2.3.5", "mcos-bot.exe": "1.2.3.5"}), "\n")
			if c.want == "" {
				assert.Empty(t, problems)
				return
			}
			assert.Contains(t, problems, c.want)
		})
	}
}

func TestHolds(t *testing.T) {
	properties := map[string]string{"A": "1", "B": "", "UILevel": "5", "X": "{a}", "Y": "{a}", "Z": "#2"}
	for text, want := range map[string]bool{
		"": true, "A": true, "B": false, "NOT B": true, "NOT NOT A": true, "A AND B": false, "A OR B": true,
		"NOT B AND A": true, "NOT (A AND B)": true, "B OR A AND B": false, "X = Y": true, "X <> Y": false, `Z="#2"`: true,
		"UILevel > 2": true, "UILevel > 10": false, "UILevel <= 5": true, "UILevel < 5": false, "UILevel >= 6": false,
		"A and not B": true, `B = ""`: true, "  A  ": true,
	} {
		got, err := holds(text, properties)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"A AND", "(A", "A)", "A B", "NOT", "= 1", "A ~= B", "A = ", `"x`} {
		_, err := holds(text, properties)
		assert.Error(t, err, text)
	}
}

func TestParse(t *testing.T) {
	rows, err := parse("A\tB\r\ns72\tL0\r\nT\tA\r\nx\t\r\ny\tz\r\n")
	require.NoError(t, err)
	assert.Equal(t, []row{{"A": "x", "B": ""}, {"A": "y", "B": "z"}}, rows)
	rows, err = parse("A\ns72\nT\tA\n")
	require.NoError(t, err)
	assert.Empty(t, rows)
	for _, text := range []string{"", "A\tB\ns\ts", "A\tB\ns\ts\nT\tA\nx\n"} {
		_, err := parse(text)
		assert.Error(t, err)
	}
}

// The rules of a rollback name no action that is not there.
func TestExceptionsAreUsed(t *testing.T) {
	db := installer(t)
	for name := range maps.Keys(noRollback) {
		_, ok := db.find("CustomAction", "Action", name)
		assert.True(t, ok, name)
	}
}
