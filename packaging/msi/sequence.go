package main

import (
	"fmt"
	"slices"
	"strings"
)

// executeSequence is the table with the order in which things are done.
const executeSequence = "InstallExecuteSequence"

// Bits of the type of a custom action ("Custom Action Reference").
const (
	typeKind          = 0x3F
	typeContinue      = 0x40  // whatever it returns
	typeAsync         = 0x80  // nobody waits
	typeRollback      = 0x100 // with inScript
	typeCommit        = 0x200 // with inScript
	typeInScript      = 0x400
	typeNoImpersonate = 0x800 // as the system

	kindInstalledProgram = 18 // a program of the package
)

// at is the place of an action in the sequence; 0 when it has none.
func (db database) at(action string) int {
	r, _ := db.find(executeSequence, "Action", action)
	return r.number("Sequence")
}

// runs lists, in order, the custom actions that are done where the properties have
// these values. Actions of a rollback are among them.
func (db database) runs(properties map[string]string) ([]string, error) {
	sequence := slices.Clone(db[executeSequence])
	slices.SortFunc(sequence, func(a, b row) int { return a.number("Sequence") - b.number("Sequence") })
	all := map[string]string{"VersionNT": "603", "ProductCode": db.property("ProductCode")}
	for name, value := range properties {
		all[name] = value
	}
	var out []string
	for _, r := range sequence {
		if _, custom := db.find("CustomAction", "Action", r["Action"]); !custom {
			continue
		}
		yes, err := holds(r["Condition"], all)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, r["Action"])
		}
	}
	return out, nil
}

// order is what must come in this order, and why.
type order struct {
	actions []string
	why     string
}

// orders are the places that Microsoft's reference ("Sequence Restrictions" of each
// action, and ICE27) and this package's own work ask for.
var orders = []order{
	{[]string{
		"FindRelatedProducts", "AppSearch", "LaunchConditions", "CostInitialize", "FileCost", "CostFinalize", "MigrateFeatureStates",
		"InstallValidate", "InstallInitialize", "ProcessComponents", "UnpublishFeatures", "StopServices", "DeleteServices", "RemoveRegistryValues",
		"RemoveEnvironmentStrings", "RemoveFiles", "InstallFiles", "WriteRegistryValues", "WriteEnvironmentStrings", "InstallServices",
		"StartServices", "RegisterProduct", "PublishFeatures", "PublishProduct", "InstallExecute", "RemoveExistingProducts", "InstallFinalize",
	}, "the reference asks for this order"},
	{[]string{"RemoveShortcuts", "CreateShortcuts"}, "the reference asks for this order"},
	{[]string{"CostFinalize", "MayRemove", "EndTray", "InstallValidate"}, "Windows looks for files in use in InstallValidate, and a removal is refused before anything is touched"},
	{[]string{"InstallInitialize", "UnpatchUser", "Unpatch", "EndTrays", "ProcessComponents"}, "a game that cannot be restored stops a removal before anything else is done"},
	{[]string{"EndTrays", "RemoveFiles"}, "a running program cannot be removed"},
	{[]string{"StopServices", "TakeDown", "ForgetUser", "RemoveData", "RemoveFiles"}, "a running service holds its data, and its program is needed for that"},
	{[]string{"InstallFiles", "InstallServices", "SetUp", "StartServices"}, "the service gets its rights before it starts"},
	{[]string{"InstallFinalize", "ShowTray"}, "the tray belongs to a finished installation"},
}

// checkOrder checks the sequence table.
func (db database) checkOrder() (problems []string) {
	seen := map[int]string{}
	for _, r := range db[executeSequence] {
		n := r.number("Sequence")
		if seen[n] != "" {
			problems = append(problems, fmt.Sprintf("%s and %s have the same place %d", seen[n], r["Action"], n))
		}
		seen[n] = r["Action"]
		if _, err := holds(r["Condition"], nil); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", r["Action"], err))
		}
	}
	for _, o := range orders {
		for i, a := range o.actions {
			switch {
			case db.at(a) == 0:
				problems = append(problems, a+" is in no sequence")
			case i > 0 && db.at(a) < db.at(o.actions[i-1]):
				problems = append(problems, fmt.Sprintf("%s (%d) comes before %s (%d): %s", a, db.at(a), o.actions[i-1], db.at(o.actions[i-1]), o.why))
			}
		}
	}
	return problems
}

// needsSequence are tables that do nothing without their standard actions.
var needsSequence = map[string][]string{
	"File": {"InstallFiles", "RemoveFiles"}, "Registry": {"WriteRegistryValues", "RemoveRegistryValues"},
	"Shortcut": {"CreateShortcuts", "RemoveShortcuts"}, "Environment": {"WriteEnvironmentStrings", "RemoveEnvironmentStrings"},
	"ServiceInstall": {"InstallServices", "DeleteServices"}, "ServiceControl": {"StartServices", "StopServices"},
	"AppSearch": {"AppSearch"}, "LaunchCondition": {"LaunchConditions"}, "Upgrade": {"FindRelatedProducts", "RemoveExistingProducts"},
	"CreateFolder": {"CreateFolders", "RemoveFolders"}, "RemoveFile": {"RemoveFiles"}, "Component": {"ProcessComponents"},
}

// checkTables checks that everything a table asks for is done.
func (db database) checkTables() (problems []string) {
	for table, actions := range needsSequence {
		for _, a := range actions {
			if len(db[table]) > 0 && db.at(a) == 0 {
				problems = append(problems, fmt.Sprintf("the table %s has rows and %s is in no sequence (ICE26)", table, a))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// checkUpgrade checks that an update finds every older product and takes its place
// without a gap. RemoveExistingProducts after the files of the new one (between
// InstallExecute and InstallFinalize) lets both share their components: the service
// stays, and a failure rolls everything back.
func (db database) checkUpgrade() (problems []string) {
	secure := strings.Split(db.property("SecureCustomProperties"), ";")
	ranges := map[string]row{}
	for _, r := range db["Upgrade"] {
		ranges[r["ActionProperty"]] = r
		if !slices.Contains(secure, r["ActionProperty"]) {
			problems = append(problems, r["ActionProperty"]+" is not in SecureCustomProperties: it gets lost on the way to the service that installs")
		}
		if r["UpgradeCode"] != db.property("UpgradeCode") {
			problems = append(problems, "an update looks for "+r["UpgradeCode"])
		}
	}
	const onlyDetect, fromIncluded, toIncluded = 2, 0x100, 0x200
	version := db.property("ProductVersion")
	older, newer := ranges["OLDER"], ranges["NEWER"]
	if older.number("Attributes") != fromIncluded|toIncluded || older["VersionMax"] != version || older["VersionMin"] != "0.0.0" || older["Remove"] != "" {
		problems = append(problems, fmt.Sprintf("an update does not replace all versions up to %s: %v", version, older))
	}
	if newer.number("Attributes") != onlyDetect || newer["VersionMin"] != version || newer["VersionMax"] != "" {
		problems = append(problems, fmt.Sprintf("newer versions than %s are not noticed: %v", version, newer))
	}
	between := 0
	for _, r := range db[executeSequence] {
		if n := r.number("Sequence"); n > db.at("InstallExecute") && n < db.at("InstallFinalize") {
			between++
		}
	}
	if between != 1 {
		problems = append(problems, "between InstallExecute and InstallFinalize is more than RemoveExistingProducts (ICE63)")
	}
	return problems
}
