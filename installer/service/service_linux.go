package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	kardianos "github.com/kardianos/service"

	"mcos/assets"
)

const unitName = Name + ".service"

// The files that mcos service install writes besides the unit. The packages put
// the same texts into the folders of the distribution.
const (
	sysusersFile = "/etc/sysusers.d/mcos.conf"
	polkitFile   = "/etc/polkit-1/rules.d/50-mcos.rules"
)

// packageUnits are where packages put units.
var packageUnits = []string{"/usr/lib/systemd/system/" + unitName, "/lib/systemd/system/" + unitName}

// New is the service manager of this computer.
func New(cfg Config) Manager {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return &systemd{off: true}
	}
	return &systemd{cfg: cfg, run: runCommand, euid: os.Geteuid(), root: "/"}
}

// systemd manages the service through systemctl.
type systemd struct {
	cfg  Config
	off  bool   // systemd does not run here
	root string // of the file system
	euid int
	// run runs a program and returns what it prints; a failure is a *failure.
	run func(ctx context.Context, name string, args ...string) (string, error)
	// unit writes and removes the unit; the real one when nil.
	unit unitFile
}

// unitFile is the part of kardianos/service that is used here: it writes the unit
// and has systemd read it.
type unitFile interface {
	Install() error
	Uninstall() error
}

// failure is a program that ended with an error.
type failure struct {
	err    error
	stderr string
}

func (f *failure) Error() string {
	if f.stderr != "" {
		return f.stderr
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

func runCommand(ctx context.Context, name string, args ...string) (string, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", &failure{err, strings.TrimSpace(stderr.String())}
	}
	return string(out), nil
}

const asRoot = "try it as root (sudo)"

func (s *systemd) path(name string) string { return filepath.Join(s.root, name) }

func (s *systemd) packaged() bool {
	return slices.ContainsFunc(packageUnits, func(name string) bool {
		_, err := os.Stat(s.path(name))
		return err == nil
	})
}

// Install implements Manager.
func (s *systemd) Install(ctx context.Context) error {
	switch {
	case s.off:
		return ErrUnsupported
	case s.packaged():
		return ErrPackaged
	case s.euid != 0:
		return denied(asRoot)
	}
	if st, err := s.Status(ctx); err != nil || st.State != NotInstalled {
		return errors.Join(err, ErrInstalled)
	}
	exe, err := s.executable()
	if err != nil {
		return err
	}
	for name, text := range map[string]string{sysusersFile: assets.Sysusers(), polkitFile: assets.PolkitRules()} {
		if err := writeFile(s.path(name), text); err != nil {
			return err
		}
	}
	if _, err := s.run(ctx, "systemd-sysusers", sysusersFile); err != nil {
		return fmt.Errorf("the user of the service could not be made: %w", err)
	}
	unit, err := s.unitFile(unitText(exe), exe)
	if err != nil {
		return err
	}
	if err := unit.Install(); err != nil {
		return fmt.Errorf("the service could not be installed: %w", err)
	}
	return nil
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // system folders are open to all
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644) //nolint:gosec // so are these files
}

// unitText is the unit for a program in another place than that of the packages.
func unitText(exe string) string {
	// systemd reads % and \ in its own way.
	exe = strings.NewReplacer("%", "%%", `\`, `\\`, `"`, `\"`, "'", `\'`).Replace(exe)
	if strings.ContainsAny(exe, " \t;'\"") {
		exe = `"` + exe + `"`
	}
	return strings.Replace(assets.SystemdUnit(), "ExecStart=/usr/bin/mcos ", "ExecStart="+exe+" ", 1)
}

func (s *systemd) unitFile(text, exe string) (unitFile, error) {
	if s.unit != nil {
		return s.unit, nil
	}
	unit, err := kardianos.New(nil, &kardianos.Config{
		Name: Name, DisplayName: displayName, Description: description, Executable: exe, Arguments: EntryArguments,
		Option: kardianos.KeyValue{"SystemdScript": text},
	})
	if err == nil && unit.Platform() != "linux-systemd" {
		return nil, ErrUnsupported
	}
	return unit, err
}

// private are folders that the service cannot look into.
var private = []string{"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"}

// executable is the path of the program. It has to be where the user of the
// service can read it.
func (s *systemd) executable() (string, error) {
	exe := s.cfg.Executable
	if exe == "" {
		var err error
		if exe, err = os.Executable(); err != nil {
			return "", err
		}
	}
	exe, err := filepath.EvalSymlinks(exe)
	if err != nil {
		return "", err
	}
	if strings.ContainsFunc(exe, unicode.IsControl) || !utf8.ValidString(exe) {
		return "", errors.New("the path of the program holds signs that a unit of systemd cannot hold; copy it to /usr/local/bin first")
	}
	for _, dir := range private {
		if strings.HasPrefix(exe, dir) {
			return "", fmt.Errorf("the service runs as a user of its own, who cannot read %s; copy the program to /usr/local/bin first: sudo install -m 755 %s /usr/local/bin/, then: sudo /usr/local/bin/mcos service install", exe, exe)
		}
	}
	return exe, nil
}

// Uninstall implements Manager.
func (s *systemd) Uninstall(ctx context.Context) error {
	st, err := s.Status(ctx)
	switch {
	case err != nil:
		return err
	case st.State == NotInstalled:
		return ErrNotInstalled
	case st.Owner == OwnerPackage:
		return ErrPackaged
	case s.euid != 0:
		return denied(asRoot)
	}
	if err := s.Stop(ctx); err != nil {
		return err
	}
	unit, err := s.unitFile("", "/")
	if err != nil {
		return err
	}
	if err := unit.Uninstall(); err != nil {
		return fmt.Errorf("the service could not be removed: %w", err)
	}
	for _, name := range []string{sysusersFile, polkitFile} {
		if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	// Forgets that the service may have failed.
	_, _ = s.run(ctx, "systemctl", "reset-failed", unitName)
	return nil
}

// Start implements Manager.
func (s *systemd) Start(ctx context.Context) error {
	if err := s.control(ctx, "start"); err != nil {
		return err
	}
	return started(ctx, s)
}

// Stop implements Manager.
func (s *systemd) Stop(ctx context.Context) error { return s.control(ctx, "stop") }

// Restart implements Manager.
func (s *systemd) Restart(ctx context.Context) error {
	if err := s.control(ctx, "restart"); err != nil {
		return err
	}
	return started(ctx, s)
}

// control has systemd do something with the service and puts its answer into
// words.
func (s *systemd) control(ctx context.Context, verb string) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if st.State == NotInstalled {
		return ErrNotInstalled
	}
	if verb != "stop" {
		// systemd counts what people start like what starts by itself after a failure,
		// and refuses the sixth time within two minutes; people may try more often.
		_, _ = s.run(ctx, "systemctl", "--no-ask-password", "reset-failed", unitName)
	}
	_, err = s.run(ctx, "systemctl", verb, unitName)
	var failed *failure
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &failed):
		return err
	case refused(failed.stderr):
		return denied("the user at the screen may, and the members of the group mcos; or " + asRoot)
	}
	if st, err := s.Status(ctx); err == nil && st.Problem != "" {
		return fmt.Errorf("%w: %s", ErrFailed, st.Problem)
	}
	return fmt.Errorf("systemctl %s %s: %w", verb, unitName, err)
}

// refused recognises the answers of systemd to who has no right.
func refused(stderr string) bool {
	return slices.ContainsFunc([]string{"Access denied", "Interactive authentication required", "not authorized", "Permission denied"},
		func(text string) bool { return strings.Contains(stderr, text) })
}

// Status implements Manager.
func (s *systemd) Status(ctx context.Context) (Status, error) {
	if s.off {
		return Status{}, ErrUnsupported
	}
	out, err := s.run(ctx, "systemctl", "show", unitName,
		"--property=LoadState,ActiveState,SubState,MainPID,UnitFileState,FragmentPath,Result,StatusText")
	if err != nil {
		return Status{}, fmt.Errorf("systemd does not answer: %w", err)
	}
	return parseShow(out), nil
}

const journalHint = "journalctl -u mcos says more"

// parseShow reads the answer of systemctl show.
func parseShow(out string) Status {
	facts := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		facts[name] = value
	}
	if facts["LoadState"] == "not-found" || facts["LoadState"] == "" {
		return Status{State: NotInstalled}
	}
	st := Status{Automatic: facts["UnitFileState"] == "enabled", Owner: OwnerCommand}
	st.PID, _ = strconv.Atoi(facts["MainPID"])
	if slices.Contains(packageUnits, facts["FragmentPath"]) {
		st.Owner = OwnerPackage
	}
	switch facts["ActiveState"] {
	case "active", "reloading":
		st.State = Running
	case "activating":
		st.State = Starting
	case "deactivating":
		st.State = Stopping
	case "inactive":
		st.State = Stopped
	case "failed":
		st.State = Failed
	}
	// While systemd waits before it tries again, the reason is known too.
	if st.State == Failed || facts["SubState"] == "auto-restart" {
		st.Problem = problem(facts["Result"], facts["StatusText"])
	}
	return st
}

// problem says why the service failed: in its own last words, or in those of
// systemd.
func problem(result, lastWords string) string {
	switch {
	case lastWords != "" && !slices.Contains(ownStatus, lastWords):
		return lastWords + " (" + journalHint + ")"
	case result == "timeout":
		return "it did not answer in time; " + journalHint
	case result == "signal", result == "core-dump", result == "oom-kill":
		return "it was ended from outside or broke down (" + result + "); " + journalHint
	}
	return "it ended with an error; " + journalHint
}
