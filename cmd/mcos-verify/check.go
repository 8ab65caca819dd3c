package main

import (
	"fmt"
	"slices"
	"strings"
)

// folder is where the installer puts the programs, at the end of its path.
const folder = `\MCOS\`

// wine is the item of a snapshot that was made in Wine, which does not do everything
// that Windows does.
var wine = item{system, "wine"}

// checker collects what is not as it should be.
type checker struct {
	s     snapshot
	found []string
}

func (c *checker) wrong(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// is checks the value of a thing.
func (c *checker) is(kind, name, want string) {
	if got, ok := c.s[item{kind, name}]; !ok || !strings.EqualFold(got, want) {
		c.wrong("%s %s is %q, not %q", kind, name, got, want)
	}
}

// checkInstalled tells what is wrong with an installed MCOS of a version.
func checkInstalled(s snapshot, version string) []string {
	c := &checker{s: s}
	number, _, _ := strings.Cut(version, "+") // Windows knows no more of it
	if got := s.named(product); len(got) != 1 || s[item{product, got[0]}] != number {
		c.wrong("installed products: %v, not one of version %s", compare(snapshot{}, only(s, product)), number)
	}
	for _, name := range []string{"mcos.exe", "mcos-tray.exe", "mcos-bot.exe"} {
		found := slices.IndexFunc(s.named(program), func(p string) bool { return strings.HasSuffix(strings.ToLower(p), strings.ToLower(folder)+name) })
		if found < 0 {
			c.wrong("program %s is not there", name)
		} else if p := s.named(program)[found]; !strings.HasPrefix(s[item{program, p}], number+".") {
			c.wrong("program %s has the version %s, not %s", p, s[item{program, p}], number)
		}
	}
	c.is(value, `HKLM\SOFTWARE\MCOS\Setup\Version`, version)
	c.service()
	c.is(value, `HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\mcos\TypesSupported`, "7")
	if !strings.Contains(s[item{value, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\MCOS`}], `mcos-tray.exe" --login`) {
		c.wrong("the tray does not start at login")
	}
	if !strings.Contains(s[item{value, `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment\Path`}], strings.TrimSuffix(folder, `\`)) {
		c.wrong("the PATH does not have the programs")
	}
	if !slices.ContainsFunc(s.named(file), func(f string) bool { return strings.HasSuffix(f, `\MCOS.lnk`) }) {
		c.wrong("the Start menu has no entry")
	}
	if _, ok := s[wine]; !ok {
		c.hardening()
	}
	return c.found
}

// only are the things of one kind.
func only(s snapshot, kind string) snapshot {
	out := snapshot{}
	for i, v := range s {
		if i.kind == kind {
			out[i] = v
		}
	}
	return out
}

func (c *checker) service() {
	c.is(serviceFact, "state", "running")
	c.is(serviceFact, "start", "automatic")
	c.is(serviceFact, "account", `NT AUTHORITY\LocalService`)
	if !strings.HasSuffix(c.s[item{serviceFact, "command"}], " service entry") {
		c.wrong("the service runs %q", c.s[item{serviceFact, "command"}])
	}
}

// hardening is what only Windows itself does: rights, the firewall, failures.
func (c *checker) hardening() {
	// Without quotes Windows would try C:\Program.exe first.
	if command := c.s[item{serviceFact, "command"}]; !strings.HasPrefix(command, `"`) {
		c.wrong("the path of the service has no quotes: %s", command)
	}
	c.is(serviceFact, "identity", "unrestricted")
	c.is(serviceFact, "privileges", "SeChangeNotifyPrivilege")
	c.is(serviceFact, "after failures", "restart, restart, restart, nothing")
	rules := c.s.named(rule)
	if len(rules) != 2 {
		c.wrong("the firewall has %d rules of ours, not 2", len(rules))
	}
	for _, r := range rules {
		parts := strings.Split(c.s[item{rule, r}], "|")
		for _, want := range []string{"Action=Allow", "Dir=In", "Active=TRUE", "Profile=Private"} {
			if !slices.Contains(parts, want) {
				c.wrong("the rule of the firewall has no %s: %s", want, c.s[item{rule, r}])
			}
		}
		if profiles := slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return !strings.HasPrefix(p, "Profile=") }); len(profiles) != 1 {
			c.wrong("the rule of the firewall is for more than private networks: %s", c.s[item{rule, r}])
		}
		if !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, "App=") && strings.HasSuffix(p, folder+"mcos.exe") }) {
			c.wrong("the rule of the firewall is not for the server alone: %s", c.s[item{rule, r}])
		}
	}
	c.dataFolder()
}

// dataFolder checks that only the system, the administrators and the service get into
// the data folder.
func (c *checker) dataFolder() {
	for _, name := range c.s.named(rights) {
		if !strings.HasSuffix(name, `\ProgramData\MCOS`) {
			continue
		}
		sd := c.s[item{rights, name}]
		if !strings.Contains(sd, "D:P") {
			c.wrong("%s inherits rights: %s", name, sd)
		}
		for entry := range strings.SplitSeq(sd, "(") {
			who := entry[strings.LastIndex(entry, ";")+1:]
			who, _, ok := strings.Cut(who, ")")
			if ok && !slices.Contains([]string{"SY", "BA", "OW"}, who) && !strings.HasPrefix(who, "S-1-5-80-") {
				c.wrong("%s is open to %s: %s", name, who, sd)
			}
		}
		return
	}
	c.wrong("the data folder's rights are not known")
}

// checkRemoved tells what is left of MCOS after a removal with its data.
func checkRemoved(s snapshot) []string {
	c := &checker{s: s}
	for _, i := range s.items() {
		if strings.Contains(strings.ToLower(i.name+s[i]), "mcos") && i.kind != system {
			c.wrong("left: %s %s = %s", i.kind, i.name, s[i])
		}
	}
	return c.found
}

// checkConnected tells whether the installed game is connected to a server.
func checkConnected(s snapshot, host string) []string {
	const name = `\AuthLoginServer`
	connected := 0
	c := &checker{s: s}
	for _, v := range s.named(value) {
		if !strings.HasSuffix(v, name) {
			continue
		}
		connected++
		if got := s[item{value, v}]; got != host {
			c.wrong("%s is %q, not %q", v, got, host)
		}
	}
	if connected == 0 {
		c.wrong("the game is connected to no server")
	}
	return c.found
}
