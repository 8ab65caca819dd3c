// Notices writes what a package has to say about the code of others: the licence
// texts of every Go module that is linked into the given programs, and a list of
// them that machines read (SBOM, CycloneDX 1.5). It asks the programs themselves, so
// that nothing is forgotten and nothing is listed that is not in them.
//
//	go run ./packaging/notices -version 1.2.3 -licences THIRD-PARTY.txt -sbom mcos.cdx.json bin/*
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("notices", flag.ExitOnError)
	version := flags.String("version", "dev", "version of the `package`")
	licences := flags.String("licences", "", "`file` for the licence texts")
	sbom := flags.String("sbom", "", "`file` for the list of components")
	_ = flags.Parse(args) // ends the program itself
	if flags.NArg() == 0 {
		return errors.New("name the programs to look into")
	}
	found, err := linked(flags.Args())
	if err != nil {
		return err
	}
	if err := found.readLicences(); err != nil {
		return err
	}
	return errors.Join(
		write(*licences, found.writeLicences),
		write(*sbom, func(w io.Writer) error { return found.writeSBOM(w, *version) }),
	)
}

// write has text written into a file, if one is wanted.
func write(path string, text func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	var buf bytes.Buffer
	if err := text(&buf); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o644) //nolint:gosec // made to be given away
}
