package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mcos/app/buildinfo"
	"mcos/app/record/pcap"
	"mcos/app/record/tape"
)

func (p *program) sessionExport() *cobra.Command {
	var c choice
	var o openWith
	var pcapFile, keyFile, copyFile string
	cmd := &cobra.Command{
		Use: "export ID|FILE", Short: "Write a recording as a capture for Wireshark, or its keys",
		Long: `Write a recording in a form for other programs: as a capture that Wireshark opens,
with a TCP stream for every connection; as the list of its session keys, with which
the dissector reads encrypted captures of the same session (only recordings made
with --with-secrets hold keys); or as it is. Existing files are not replaced.`,
		Example: "  mcos session export 20260111-174054 --pcap evening.pcapng", Args: exactly("ID|FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if pcapFile+keyFile+copyFile == "" {
				return usagef("say what to write: --pcap FILE, --keys FILE or --copy FILE")
			}
			if copyFile != "" {
				text, err := p.sessionText(cmd.Context(), args[0])
				if err == nil {
					err = p.create(copyFile, func(w io.Writer) error { _, err := w.Write(text); return err })
				}
				if err != nil {
					return err
				}
			}
			if pcapFile+keyFile == "" {
				return nil
			}
			entries, err := p.session(cmd.Context(), args[0], o)
			if err != nil {
				return err
			}
			if entries, err = c.of(entries); err != nil {
				return err
			}
			if pcapFile != "" {
				if err := p.create(pcapFile, func(w io.Writer) error { return writePcap(w, entries) }); err != nil {
					return err
				}
			}
			if keyFile != "" {
				return p.exportKeys(keyFile, entries)
			}
			return nil
		},
	}
	c.flags(cmd)
	o.flags(cmd)
	cmd.Flags().StringVar(&pcapFile, "pcap", "", "write a capture (pcapng) to this `file`")
	cmd.Flags().StringVar(&keyFile, "keys", "", "write the session keys to this `file`, for the dissector")
	cmd.Flags().StringVar(&copyFile, "copy", "", "copy the recording as it is to this `file`")
	return cmd
}

func writePcap(w io.Writer, entries []tape.Entry) error {
	out := pcap.NewWriter(w, "mcos "+buildinfo.Version)
	for i := range entries {
		if err := out.Write(&entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) exportKeys(path string, entries []tape.Entry) error {
	var lines []string
	for i := range entries {
		if e := &entries[i]; e.Type == tape.Key {
			line := hex.EncodeToString(e.Data) + " " + e.Persona + "\n"
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return errors.New("this recording holds no session keys; only one made with \"mcos session record on --with-secrets\" does")
	}
	return p.create(path, func(w io.Writer) error {
		for _, line := range lines {
			if _, err := io.WriteString(w, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// create writes a new file for this user only, and leaves nothing half-written.
func (p *program) create(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already; choose another name", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	if err := publish(f.Name(), path); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s has been written.\n", path)
	return nil
}
