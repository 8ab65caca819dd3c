// Command mcos-verify looks at what an installation leaves on a computer with Windows:
// registry, files, service, trusted certificates, rules of the firewall, versions of
// programs. It notes all of that in a file, compares two such files, and checks that
// MCOS is installed, or gone, as it should be. It changes nothing.
//
//	mcos-verify snapshot FILE
//	mcos-verify compare BEFORE AFTER
//	mcos-verify check installed VERSION
//	mcos-verify check connected HOST
//	mcos-verify check removed
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const usage = `usage: mcos-verify snapshot FILE
       mcos-verify compare BEFORE AFTER
       mcos-verify check installed VERSION
       mcos-verify check connected HOST
       mcos-verify check removed`

// errFound says that something is not as it should be; what it is has been printed.
var errFound = errors.New("not as it should be")

func main() {
	err := run(os.Args[1:], os.Stdout, collect)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "mcos-verify:", err)
	if errors.Is(err, errFound) {
		os.Exit(1)
	}
	os.Exit(2)
}

// run does what a command line asks for; collect looks at the computer.
func run(args []string, out io.Writer, collect func() (snapshot, error)) error {
	switch {
	case len(args) == 2 && args[0] == "snapshot":
		s, err := collect()
		if err != nil {
			return err
		}
		return os.WriteFile(args[1], []byte(s.String()), 0o644) //nolint:gosec // holds no secrets and is there to be shown
	case len(args) == 3 && args[0] == "compare":
		before, err := readSnapshot(args[1])
		if err != nil {
			return err
		}
		after, err := readSnapshot(args[2])
		if err != nil {
			return err
		}
		return report(out, compare(before, after))
	case len(args) == 3 && args[0] == "check" && args[1] == "installed":
		return checkNow(out, collect, func(s snapshot) []string { return checkInstalled(s, args[2]) })
	case len(args) == 3 && args[0] == "check" && args[1] == "connected":
		return checkNow(out, collect, func(s snapshot) []string { return checkConnected(s, args[2]) })
	case len(args) == 2 && args[0] == "check" && args[1] == "removed":
		return checkNow(out, collect, checkRemoved)
	}
	return errors.New(usage)
}

func checkNow(out io.Writer, collect func() (snapshot, error), check func(snapshot) []string) error {
	s, err := collect()
	if err != nil {
		return err
	}
	return report(out, check(s))
}

// report prints what was found. Traces that Windows itself keeps of every program are
// shown, and are no fault.
func report(out io.Writer, found []string) error {
	faults := 0
	for _, line := range found {
		fmt.Fprintln(out, line)
		if !strings.Contains(line, " "+trace+" ") {
			faults++
		}
	}
	if faults > 0 {
		return errFound
	}
	fmt.Fprintln(out, "As it should be.")
	return nil
}
