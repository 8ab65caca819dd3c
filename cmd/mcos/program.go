package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"mcos/app/admin"
	"mcos/app/config/schema"
	"mcos/app/datadir"
	"mcos/app/passwords"
	game "mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/elevate"
	"mcos/installer/service"
	"mcos/protocol/plain"
)

// program is one run of the command line with everything it touches, so that
// tests can run it in their own process.
type program struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	// logTo takes the server's log, which may be coloured; err when nil.
	logTo   io.Writer
	environ []string
	now     func() time.Time
	zone    *time.Location // of the times that are shown
	// ask shows a prompt on the terminal and reads a line without showing it;
	// nil when there is no terminal.
	ask func(prompt string) (string, error)
	// terminal tells whether err is a terminal.
	terminal bool
	// hash is the cost of new passwords.
	hash passwords.Params
	// browse opens a page in a browser.
	browse func(url string) error
	// services is the service manager of this computer.
	services func(service.Config) service.Manager
	// admin runs this program again with more rights; nil where that is not needed.
	admin func(ctx context.Context, args ...string) (said string, err error)
	// report notes where an administrator looks why a step of the installer failed.
	report func(error)
	// errorMark stands before every line of an error, for the journal.
	errorMark string

	// name is how this program is called on a command line: "mcos" where the shell
	// finds it.
	name string

	// computers finds those that can hold the game; nil means this one's.
	computers func(prefix string) ([]machine.Target, error)

	// part of the game's settings that a command is limited to.
	part game.Part

	// helpless is why there is no help for what was asked.
	helpless error

	// the global flags
	dataDir    string
	configFile string
	json       bool
}

// newProgram is the program with this process's streams.
func newProgram() *program {
	p := &program{
		in: os.Stdin, out: shown(os.Stdout), err: shown(os.Stderr), logTo: os.Stderr, environ: os.Environ(), now: time.Now, zone: time.Local,
		terminal: term.IsTerminal(int(os.Stderr.Fd())), hash: passwords.Default(), browse: openBrowser,
		name:     callName(os.Args[0], exec.LookPath, os.Executable),
		services: service.New, report: service.Report,
	}
	if elevate.Needed() {
		p.admin = runAsAdmin
	}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		p.ask = func(prompt string) (string, error) {
			fmt.Fprint(p.err, prompt)
			line, err := term.ReadPassword(fd)
			fmt.Fprintln(p.err)
			return string(line), err
		}
	}
	return p
}

// shown is a stream for what people read. What players, other servers and files have
// named does not steer a terminal.
func shown(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return plain.Writer(f)
	}
	return f
}

// runAsAdmin runs a command line of this program with administrator rights.
func runAsAdmin(ctx context.Context, args ...string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	return elevate.Run(ctx, own, args...)
}

// callName is what an operator types to run this program again: "mcos" when that
// leads here, the go command when that has built it for this one run, else the path
// it was started by.
func callName(arg string, look func(string) (string, error), self func() (string, error)) string {
	own, err := self()
	if err != nil {
		return "mcos"
	}
	if found, err := look("mcos"); err == nil && sameFile(found, own) {
		return "mcos"
	}
	if strings.Contains(filepath.ToSlash(own), "/go-build") {
		return "go run ./cmd/mcos"
	}
	return quoted(arg)
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// quoted is a path as a word of a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t") {
		return `"` + path + `"`
	}
	return path
}

// The exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // also a wrong configuration
)

// usageError is a wrong command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSilent ends the program with code 1; everything has been said.
var errSilent = errors.New("failed")

// execute runs one command line and returns the exit code.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = p.helpless
	}
	p.handBack()
	var usage usageError
	var wrong *schema.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errSilent):
		return exitFailed
	case errors.As(err, &usage):
		p.complain(err)
		fmt.Fprintf(p.err, "Usage: %s\n%s --help says more.\n", cmd.UseLine(), cmd.CommandPath())
		return exitUsage
	case errors.As(err, &wrong), errors.As(err, new(configError)):
		p.complain(err)
		return exitUsage
	}
	p.complain(err)
	if advice := admin.Advice(err); advice != "" {
		fmt.Fprintln(p.err, advice)
	}
	return exitFailed
}

// handBack gives what root has made in somebody else's data folder to its owner.
func (p *program) handBack() {
	dir, err := p.dir()
	if err != nil {
		return // then the command has touched none
	}
	if err := dir.HandBack(); err != nil {
		p.complain(fmt.Errorf("the files in the data folder: %w", err))
	}
}

// complain prints an error, each of several on a line of its own.
func (p *program) complain(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(p.err, "%smcos: %s\n", p.errorMark, strings.TrimRight(line, "\n"))
	}
}

func (p *program) root() *cobra.Command {
	root := p.group("mcos", "A server for Motor City Online",
		p.runCommand(), p.accountCommand(), p.personaCommand(), p.banCommand(), p.inviteCommand(),
		p.motdCommand(), p.broadcastCommand(), p.keysCommand(), p.catalogCommand(), p.clientCommand(),
		p.consoleCommand(), p.backupCommand(), p.restoreCommand(), p.doctorCommand(), p.configCommand(),
		p.serviceCommand(), p.sessionCommand(), p.versionCommand(), p.networkCommand(), p.installerCommand())
	root.Long = `mcos runs a server for the game Motor City Online and manages it.

Start a server with "mcos run" and make an account with "mcos account add NAME".
The other commands work whether the server runs or not: they ask the running
server, or open its data folder themselves.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{plainFlagError(err)} })
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd, p.helpless = descend(cmd, cmd.Flags().Args()); p.helpless == nil {
			help(cmd, args)
		}
	})
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, err := descend(cmd.Root(), args)
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	})
	flags := root.PersistentFlags()
	flags.StringVar(&p.dataDir, "data-dir", "", "`folder` with the server's data (default: the one of the service, or your own)")
	flags.StringVar(&p.configFile, "config", "", "configuration `file` (default: mcos.yaml in the data folder)")
	return p.reporting(root)
}

// plainFlagError says what is wrong with the value of a flag without the words of
// the parser.
func plainFlagError(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	what := "not allowed"
	switch wrong.GetFlag().Value.Type() {
	case "int64":
		what = "not a whole number"
	case "uint32":
		what = "not a whole number from 0 to 4294967295"
	case "bool":
		what = "neither true nor false"
	}
	return fmt.Errorf("--%s: %q is %s", wrong.GetFlag().Name, wrong.GetValue(), what)
}

// group is a command that only holds others.
func (p *program) group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(children...)
	return cmd
}

// descend finds the command that the words name below a group. Help for one that there
// is not would be that of the group, as if all were well.
func descend(cmd *cobra.Command, words []string) (*cobra.Command, error) {
	for _, word := range words {
		if !cmd.HasSubCommands() {
			break // an argument of the command
		}
		i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == word || c.HasAlias(word) })
		if i < 0 {
			return nil, unknownCommand(cmd, word)
		}
		cmd = cmd.Commands()[i]
	}
	return cmd, nil
}

func unknownCommand(group *cobra.Command, word string) error {
	hint := ""
	if similar := group.SuggestionsFor(word); len(similar) > 0 {
		hint = "; did you mean " + strings.Join(similar, " or ") + "?"
	}
	return usagef("%s has no command %q%s", group.CommandPath(), word, hint)
}

// exactly checks that every parameter in names is there and no other.
func exactly(names ...string) cobra.PositionalArgs { return between(len(names), names...) }

// between checks that at least the first of the parameters are there.
func between(least int, names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s is missing", names[len(args)])
		case len(args) > len(names):
			return usagef("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// jsonFlag adds --json to a command.
func (p *program) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return cmd
}

// getenv reads a variable of the program's environment.
func (p *program) getenv(name string) string {
	value := ""
	for _, pair := range p.environ {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// dir is the data folder, which need not exist.
func (p *program) dir() (datadir.Dir, error) {
	path, err := datadir.Locator{Flag: p.dataDir, Getenv: p.getenv}.Locate()
	if err != nil {
		return datadir.Dir{}, usageError{err}
	}
	return datadir.At(path), nil
}
