// Command msi reads an installer for Windows with the rules of Windows Installer, which
// are stricter than Wine, and fails when something would go wrong there: versions of
// files, components, the order of actions, their counterparts for a rollback, messages.
//
//	msi -programs FOLDER FILE.msi
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"mcos/installer/client/pever"
)

func main() {
	folder := flag.String("programs", "", "`folder` with the programs that are in the installer")
	flag.Parse()
	if err := run(flag.Arg(0), *folder); err != nil {
		fmt.Fprintln(os.Stderr, "msi:", err)
		os.Exit(1)
	}
}

func run(file, folder string) error {
	tables, err := export(file)
	if err != nil {
		return err
	}
	db, err := parseAll(tables)
	if err != nil {
		return err
	}
	var programs map[string]string
	if folder != "" {
		if programs, err = versions(folder); err != nil {
			return err
		}
	}
	problems := db.check(programs)
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s: %d problems", file, len(problems))
	}
	return nil
}

// versions are those of the programs in a folder.
func versions(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.exe"))
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		v, err := pever.File(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		out[filepath.Base(f)] = v.String()
	}
	return out, nil
}
