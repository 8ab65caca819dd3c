package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/keys"
	"mcos/app/record"
	"mcos/app/record/tape"
)

func (p *program) sessionCommand() *cobra.Command {
	cmd := p.group("session", "Sessions: record, show and export what travels between game and server",
		p.sessionRecord(), p.sessionList(), p.sessionShow(), p.sessionExport(), p.sessionReplay(), p.sessionDissector(), p.sessionRemove())
	cmd.Long = `Record what travels between the game and the server, look at it, and pass it on.

A recording holds every message in clear, with passwords, tickets and keys
overwritten; what players say to each other is in it, so tell them. Recordings lie
in the data folder's sessions; docs/RESEARCH.md says more.`
	return cmd
}

func (p *program) sessionRecord() *cobra.Command {
	return p.group("record", "Start and stop recordings on the running server", p.sessionOn(), p.sessionOff())
}

const secretsWarning = `This recording will hold passwords, tickets and session keys. Whoever gets the file
can log in as your players. Use it only on a server for yourself, never pass it on,
and remove it when you are done (mcos session remove ID).`

func (p *program) sessionOn() *cobra.Command {
	var o record.Order
	var conn string
	cmd := &cobra.Command{
		Use: "on", Short: "Start a recording",
		Long: `Start a recording of all connections, or of those that you choose. It ends with
"mcos session record off" or with the server.`,
		Example: "  mcos session record on\n  mcos session record on --persona \"Dr Brown\"", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if conn != "" {
				var err error
				if o.Conn, err = strconv.ParseUint(strings.TrimPrefix(conn, "c"), 10, 64); err != nil || o.Conn == 0 {
					return usagef("--connection: %q is not the name of a connection, such as c12", conn)
				}
			}
			if o.WithSecrets {
				fmt.Fprintln(p.err, secretsWarning)
			}
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				running, err := api.Record(cmd.Context(), o)
				if err == nil {
					fmt.Fprintf(p.out, "Recording %s has started.\n", running.ID)
				}
				return err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Persona, "persona", "", "only connections on which this `driver` plays")
	flags.StringVar(&conn, "connection", "", "only the connection with this `name`, such as c12")
	flags.IntVar(&o.Port, "port", 0, "only this `port` (80, 443, 7003, 8226 to 8228, 9000 to 9020, 10001, 43300)")
	flags.BoolVar(&o.WithSecrets, "with-secrets", false, "keep passwords, tickets and keys as they are")
	return cmd
}

func (p *program) sessionOff() *cobra.Command {
	return &cobra.Command{
		Use: "off [ID]", Short: "Stop a recording, or all", Example: "  mcos session record off", Args: between(0, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var in admin.RecordingID
			if len(args) > 0 {
				in.ID = args[0]
			}
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				stopped, err := api.StopRecording(cmd.Context(), in)
				if err == nil && len(stopped) == 0 {
					fmt.Fprintln(p.out, "No recording was running.")
				}
				for _, r := range stopped {
					fmt.Fprintf(p.out, "Recording %s has ended; it holds %s. Look at it with: %s session show %s\n",
						r.ID, plural(int(r.Messages), "message", "messages"), p.name, r.ID)
				}
				return err
			})
		},
	}
}

// recordings reads what there is: from the running server, or from the data folder.
type recordings interface {
	Recordings(ctx context.Context) (admin.Recordings, error)
	Recording(ctx context.Context, id string, w io.Writer) error
	RemoveRecording(ctx context.Context, id string) error
}

// recordings finds the recordings. The store is not needed for them.
func (p *program) recordings(ctx context.Context) (recordings, error) {
	dir, err := p.dir()
	if err != nil {
		return nil, err
	}
	live, err := client.Find(ctx, dir)
	if errors.Is(err, client.ErrNotRunning) {
		return &admin.Local{Dir: dir}, nil
	}
	return live, err
}

func (p *program) sessionList() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Short: "List the recordings", Example: "  mcos session list\n  mcos session list --json", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := p.recordings(cmd.Context())
			if err != nil {
				return err
			}
			all, err := from.Recordings(cmd.Context())
			if err != nil {
				return err
			}
			return p.showRecordings(all)
		},
	})
}

func (p *program) showRecordings(all admin.Recordings) error {
	if p.json {
		return p.printJSON(all)
	}
	if len(all.Files) == 0 {
		fmt.Fprintf(p.out, "There are no recordings. Start one on the running server with: %s session record on\n", p.name)
		return nil
	}
	rows := [][]string{{"ID", "CHANGED", "SIZE", "STATE"}}
	for _, f := range all.Files {
		state := ""
		if f.Recorded {
			state = "recording"
		}
		if f.Secrets {
			state = strings.TrimSpace(state + " (holds secrets)")
		}
		rows = append(rows, []string{f.ID, p.when(f.Changed), size(f.Bytes), state})
	}
	if err := p.table(rows); err != nil {
		return err
	}
	if all.Dropped > 0 {
		fmt.Fprintf(p.err, "%d messages are missing in recordings since the server's start: recording could not keep up.\n", all.Dropped)
	}
	return nil
}

func (p *program) sessionRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Remove a recording", Example: "  mcos session remove 20260111-174054", Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := p.recordings(cmd.Context())
			if err == nil {
				err = from.RemoveRecording(cmd.Context(), args[0])
			}
			if err == nil {
				fmt.Fprintf(p.out, "Recording %s has been removed.\n", args[0])
			}
			return err
		},
	}
}

// session reads a recording: a file, or the recording with this id. Messages of other
// programs' files are decrypted with what with holds.
func (p *program) session(ctx context.Context, what string, with openWith) ([]tape.Entry, error) {
	u, err := with.unwrapper()
	if err != nil {
		return nil, err
	}
	text, err := p.sessionText(ctx, what)
	if err != nil {
		return nil, err
	}
	raw, cut, err := tape.ReadAll(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if cut {
		fmt.Fprintf(p.err, "The end of %s is missing: it is still being made, or the server was cut off.\n", what)
	}
	var entries []tape.Entry
	for i := range raw {
		entries = append(entries, u.Unwrap(&raw[i])...)
	}
	return entries, nil
}

// openWith are the keys for recordings of other programs, which are encrypted.
type openWith struct{ keyFile, loginKey string }

func (o *openWith) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.keyFile, "session-keys", "", "for recordings of other programs: `file` with their session keys")
	cmd.Flags().StringVar(&o.loginKey, "login-key", "", "for recordings of other programs: `file` (PEM) with the login key of the server that was recorded")
}

func (o *openWith) unwrapper() (*tape.Unwrapper, error) {
	var login *rsa.PrivateKey
	if o.loginKey != "" {
		text, err := os.ReadFile(o.loginKey)
		if err == nil {
			login, err = keys.ParseKey(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.loginKey, err)
		}
	}
	u := tape.NewUnwrapper(login)
	if o.keyFile != "" {
		text, err := os.ReadFile(o.keyFile)
		if err != nil {
			return nil, err
		}
		if u.AddKeys(string(text)) == 0 {
			return nil, fmt.Errorf("%s holds no session key: one is expected at the start of each line, as hex digits", o.keyFile)
		}
	}
	return u, nil
}

// sessionText reads the file of a recording.
func (p *program) sessionText(ctx context.Context, what string) ([]byte, error) {
	if strings.ContainsAny(what, `/\`) || isFile(what) {
		return os.ReadFile(what)
	}
	from, err := p.recordings(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = from.Recording(ctx, what, &b)
	return b.Bytes(), err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// choice is which entries of a recording are meant.
type choice struct {
	persona, conn, message string
	port                   int
}

func (c *choice) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.persona, "persona", "", "only connections on which this `driver` plays")
	flags.StringVar(&c.conn, "connection", "", "only the connection with this `name`, such as c12")
	flags.IntVar(&c.port, "port", 0, "only this `port`")
	flags.StringVar(&c.message, "message", "", "only messages with this `number` (0x20D or 408) or name")
}

// of picks the entries; a connection counts as a driver's when he plays on it later.
// A name that no message has is a wrong command line, so that a typing mistake does
// not look like an empty recording.
func (c *choice) of(entries []tape.Entry) ([]tape.Entry, error) {
	plays := map[string]bool{}
	for i := range entries {
		if e := &entries[i]; e.Persona != "" && strings.EqualFold(e.Persona, c.persona) {
			plays[e.Conn] = true
		}
	}
	number, numberErr := strconv.ParseUint(c.message, 0, 16)
	if c.message != "" && numberErr != nil && !tape.Named(c.message) {
		return nil, usagef("--message: no message has the name or number %q", c.message)
	}
	var picked []tape.Entry
	for i := range entries {
		e := &entries[i]
		switch {
		case c.persona != "" && !plays[e.Conn], c.conn != "" && e.Conn != c.conn, c.port != 0 && e.Port != c.port:
		case c.message == "":
			picked = append(picked, *e)
		case e.IsMessage() && (numberErr == nil && e.Number == uint16(number) || strings.EqualFold(e.Name, c.message)):
			picked = append(picked, *e)
		}
	}
	return picked, nil
}
