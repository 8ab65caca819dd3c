package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// language is that of the resources of the programs, US English.
const language = "1033"

// check reads an installer with the rules of Windows and returns what would go wrong.
// programs are the file versions of the programs in it, by the names of their files;
// nil leaves that out.
func (db database) check(programs map[string]string) []string {
	problems := db.checkFiles(programs)
	for _, more := range [][]string{
		db.checkComponents(), db.checkOrder(), db.checkTables(), db.checkUpgrade(), db.checkActions(),
		db.checkServices(), db.checkSearches(), db.checkMessages(), db.checkProduct(),
	} {
		problems = append(problems, more...)
	}
	return problems
}

// longName is the long form of a FileName or DefaultDir.
func longName(name string) string {
	if _, long, ok := strings.Cut(name, "|"); ok {
		return long
	}
	return name
}

func isProgram(file row) bool { return strings.HasSuffix(longName(file["FileName"]), ".exe") }

// checkFiles checks what decides whether a file takes the place of another one ("File
// Versioning Rules"): one with a version always wins over one without.
func (db database) checkFiles(programs map[string]string) (problems []string) {
	sequences := map[string]bool{}
	for _, f := range db["File"] {
		name := longName(f["FileName"])
		_, hashed := db.find("MsiFileHash", "File_", f["File"])
		switch {
		case isProgram(f) && !regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`).MatchString(f["Version"]):
			problems = append(problems, fmt.Sprintf("%s has the version %q in the table File: an update would keep the old one, then remove it (ICE60)", name, f["Version"]))
		case isProgram(f) && f["Language"] != language:
			problems = append(problems, fmt.Sprintf("%s has the language %q, its resources have %s", name, f["Language"], language))
		case isProgram(f) == hashed:
			problems = append(problems, name+": MsiFileHash is for files without a version, and for all of them")
		case !isProgram(f) && f["Version"] != "":
			problems = append(problems, name+" is no program and has a version")
		case isProgram(f) && programs != nil && programs[name] != f["Version"]:
			problems = append(problems, fmt.Sprintf("%s has the version %s in the table File and %s in itself", name, f["Version"], programs[name]))
		}
		if sequences[f["Sequence"]] {
			problems = append(problems, name+" has the place of another file in the cabinet")
		}
		sequences[f["Sequence"]] = true
		if len(db["Media"]) != 1 || f.number("Sequence") > db["Media"][0].number("LastSequence") {
			problems = append(problems, name+" is behind the end of the cabinet")
		}
	}
	return problems
}

// frozen are the components with their identifiers, folders and what they are there
// for. They stay for ever: the old and the new product of an update count by the
// identifier who still needs a thing ("Changing the Component Code").
var frozen = map[string][3]string{
	"Server": {"{69F85FB8-0FA2-4440-A8F7-326DB8ABF9BA}", "ProgramFolder", "mcos.exe"},
	"Tray":   {"{113A0FCB-BCE0-49C4-AFC7-1812DDB33FF4}", "ProgramFolder", "tray.exe"},
	"Bot":    {"{4269EFE0-41D2-4503-8B51-CA12E609AF52}", "ProgramFolder", "bot.exe"},
	"Texts":  {"{9C5B1C3E-2D19-4AFD-8123-677A2202C7D9}", "ProgramFolder", "license.txt"},
	"Setup":  {"{D7189DA7-C6A8-4C7C-A65C-E10B5C66F8F5}", "ProgramFolder", `SOFTWARE\MCOS\Setup\Version`},
	"Menu":   {"{E06E010E-214E-43E9-B369-9DDA29F26ED2}", "ProgramMenuFolder", `SOFTWARE\MCOS\Setup\Menu`},
}

// checkComponents checks the rules for components ("Organizing Applications into
// Components").
func (db database) checkComponents() (problems []string) {
	const registryKeyPath, is64Bit = 4, 256
	ids := map[string]bool{}
	for _, c := range db["Component"] {
		name, id := c["Component"], c["ComponentId"]
		if !regexp.MustCompile(`^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$`).MatchString(id) || ids[id] {
			problems = append(problems, fmt.Sprintf("component %s: %q is no identifier of its own (ICE08)", name, id))
		}
		ids[id] = true
		if c.number("Attributes")&is64Bit == 0 {
			problems = append(problems, "component "+name+" is not marked as 64 bit (ICE80)")
		}
		_, inFeature := db.find("FeatureComponents", "Component_", name)
		if !inFeature {
			problems = append(problems, "component "+name+" is in no feature (ICE21)")
		}
		key := c["KeyPath"]
		if c.number("Attributes")&registryKeyPath != 0 {
			r, _ := db.find("Registry", "Registry", key)
			if r["Component_"] != name {
				problems = append(problems, "component "+name+" has the key path of another one (ICE18)")
			}
			key = r["Key"] + `\` + r["Name"]
		} else if f, _ := db.find("File", "File", key); f["Component_"] != name {
			problems = append(problems, "component "+name+" has the key path of another one (ICE18)")
		}
		if want, is := frozen[name], [3]string{id, c["Directory_"], key}; is != want {
			problems = append(problems, fmt.Sprintf("component %s is %q and was %q: a change needs a new component", name, is, want))
		}
		var exes []string
		for _, f := range db["File"] {
			if f["Component_"] == name && isProgram(f) {
				exes = append(exes, f["File"])
			}
		}
		if len(exes) > 1 || len(exes) == 1 && exes[0] != c["KeyPath"] {
			problems = append(problems, fmt.Sprintf("component %s: a program is a component of its own and its key path, here are %v", name, exes))
		}
	}
	for name := range frozen {
		if _, ok := db.find("Component", "Component", name); !ok {
			problems = append(problems, "component "+name+" is gone: a later update would leave what was in it")
		}
	}
	slices.Sort(problems)
	return problems
}

// noRollback are the deferred actions that have no counterpart for a rollback, and why.
var noRollback = map[string]string{
	"UnpatchUser": "original game settings are a sound state, and one click in the tray connects the game again",
	"Unpatch":     "as UnpatchUser",
	"EndTrays":    "a tray is started again with one click, or when its user signs in",
	"ForgetUser":  "the tray's few own settings; nothing that can fail comes after it but the removal of files",
	"RemoveData":  "was asked for; nothing that can fail comes after it but the removal of files",
}

// checkActions checks the custom actions: each is one of the package's own programs, is
// done in a script when it changes the computer, as the system unless it belongs to the
// user, and has a counterpart for a rollback right before it (ICE27, ICE68, ICE75,
// ICE77).
func (db database) checkActions() (problems []string) {
	say := func(action, format string, args ...any) {
		problems = append(problems, action+": "+fmt.Sprintf(format, args...))
	}
	for _, a := range db["CustomAction"] {
		name, kind, place := a["Action"], a.number("Type"), db.at(a["Action"])
		script := kind&typeInScript != 0
		if _, ok := db.find("File", "File", a["Source"]); kind&typeKind != kindInstalledProgram || !ok {
			say(name, "type %d is not a program of the package", kind)
		}
		switch {
		case place == 0:
			say(name, "is in no sequence")
		case place < db.at("CostFinalize"):
			say(name, "comes before the folders are known (CostFinalize)")
		case script && (place < db.at("InstallInitialize") || place > db.at("InstallExecute")):
			say(name, "is part of the script and not between InstallInitialize and InstallExecute")
		case kind&(typeRollback|typeCommit) != 0 && !script:
			say(name, "is for a rollback and would be done at once: type %d", kind)
		case !script && kind&typeNoImpersonate != 0:
			say(name, "cannot run as the system outside the script")
		}
		user := strings.HasSuffix(name, "User")
		if script && user == (kind&typeNoImpersonate != 0) {
			say(name, "runs as the wrong one: type %d", kind)
		}
		if kind&typeRollback != 0 && kind&typeContinue == 0 {
			say(name, "a failure would end the rollback")
		}
		if script && kind&typeRollback == 0 && noRollback[name] == "" {
			r, ok := db.find("CustomAction", "Action", name+"Undo")
			if !ok || r.number("Type")&typeRollback == 0 || db.at(name+"Undo") != place-1 {
				say(name, "has no counterpart for a rollback right before it")
			}
		}
	}
	return problems
}

// checkServices checks that the service is the program of its component, has the
// program's component to itself and is stopped before that is replaced or removed.
func (db database) checkServices() (problems []string) {
	const stop, stopRemoved, removeRemoved = 0x2, 0x20, 0x80
	for _, s := range db["ServiceInstall"] {
		c, _ := db.find("Component", "Component", s["Component_"])
		f, _ := db.find("File", "File", c["KeyPath"])
		if !isProgram(f) {
			problems = append(problems, s["Name"]+": the program of a service is the key path of its component (ServiceInstall table)")
		}
		events := 0
		for _, e := range db["ServiceControl"] {
			if e["Name"] == s["Name"] && e["Component_"] == s["Component_"] {
				events |= e.number("Event")
				if e.number("Event")&stop != 0 && e["Wait"] != "1" {
					problems = append(problems, s["Name"]+": nobody waits for its end")
				}
			}
		}
		if want := stop | stopRemoved | removeRemoved; events&want != want {
			problems = append(problems, fmt.Sprintf("%s is not stopped and removed: events %#x", s["Name"], events))
		}
	}
	return problems
}

// public tells whether a property may be set from outside: it has no small letters.
func public(name string) bool { return strings.ToUpper(name) == name }

// checkSearches checks that what is found or asked for reaches the service that does
// the work, and that no folder can be set from a command line.
func (db database) checkSearches() (problems []string) {
	secure := strings.Split(db.property("SecureCustomProperties"), ";")
	wanted := []string{"REMOVEDATA", "KEEPGAME"}
	for _, s := range db["AppSearch"] {
		wanted = append(wanted, s["Property"])
		if _, ok := db.find("RegLocator", "Signature_", s["Signature_"]); !ok {
			problems = append(problems, s["Property"]+" is looked for nowhere")
		}
	}
	for _, name := range wanted {
		if !public(name) || !slices.Contains(secure, name) {
			problems = append(problems, name+" gets lost on the way to the service that installs (SecureCustomProperties)")
		}
	}
	for _, d := range db["Directory"] {
		if public(d["Directory"]) && d["Directory"] != "TARGETDIR" {
			problems = append(problems, "the folder "+d["Directory"]+" can be set from the command line, where an update does not know it")
		}
	}
	return problems
}

// own are the messages of Windows Installer that say nothing to the people who meet
// them: a program of the package cannot be started or fails, the service cannot be
// stopped or installed.
var own = []string{"1721", "1722", "1921", "1923"}

func (db database) checkMessages() (problems []string) {
	for _, number := range own {
		r, _ := db.find("Error", "Error", number)
		if !strings.Contains(r["Message"], "[2]") || !strings.Contains(r["Message"], "try again") {
			problems = append(problems, fmt.Sprintf("message %s does not say what happened and what to do: %q", number, r["Message"]))
		}
	}
	for _, c := range db["LaunchCondition"] {
		if len(c["Description"]) < 40 || !strings.HasSuffix(c["Description"], ".") {
			problems = append(problems, fmt.Sprintf("the refusal of %s says %q", c["Condition"], c["Description"]))
		}
	}
	return problems
}

// checkProduct checks the properties of the product ("ProductVersion Property").
func (db database) checkProduct() (problems []string) {
	var major, minor, build int
	version := db.property("ProductVersion")
	n, _ := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &build)
	if n != 3 || major > 255 || minor > 255 || build > 65535 {
		problems = append(problems, version+" is no version of a product")
	}
	for name, want := range map[string]string{
		"ALLUSERS": "1", "UpgradeCode": "{A96D4DDB-6F4D-46C4-BE9C-C3007C58DF72}", "REINSTALLMODE": "amus",
	} {
		if db.property(name) != want {
			problems = append(problems, fmt.Sprintf("%s is %q, not %q", name, db.property(name), want))
		}
	}
	if _, ok := db.find("Icon", "Name", db.property("ARPPRODUCTICON")); !ok {
		problems = append(problems, "the list of programs shows no icon")
	}
	slices.Sort(problems)
	return problems
}
