// Command basegen makes the base catalog that comes with the server: it takes a
// few cars with everything they consist of, and some parts to buy, from a folder
// of the full catalog's TSV files.
//
//	go run ./storage/catalog/internal/basegen -tsv DIR -out assets/catalog/base.cat
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"mcos/storage/catalog"
	"mcos/storage/catalog/tsv"
)

func main() {
	dir := flag.String("tsv", "", "folder with the TSV files of the full catalog")
	out := flag.String("out", "assets/catalog/base.cat", "file to write")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "basegen:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	full, err := tsv.Read(os.DirFS(dir))
	if err != nil {
		return err
	}
	base, err := choose(full)
	if err != nil {
		return err
	}
	c, err := catalog.Build(base)
	if err != nil {
		return err
	}
	var blob bytes.Buffer
	if err := base.Encode(&blob); err != nil {
		return err
	}
	if err := os.WriteFile(out, blob.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %+v\n", out, blob.Len(), c.Counts())
	return nil
}
