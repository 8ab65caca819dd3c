package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"mcos/app/admin/doctor"
	"mcos/app/buildinfo"
	"mcos/app/console/client"
	"mcos/app/datadir"
)

// logTail is how much of the end of the log a bundle holds, in bytes.
const logTail = 512 << 10

const bundleReadme = `This file describes a game server (MCOS) for somebody who is to help with it:
what mcos doctor has found, the settings that differ from the defaults, the state of
the server and the last lines of its log.

It holds no passwords, keys, tickets or codes: settings that are secret and long
secret-looking texts in the log have been taken out. It does hold names of accounts
and drivers, and addresses of players. Look through it before you send it to
anybody.
`

// bundle writes a support file: what somebody needs who helps from afar, without
// secrets.
func (p *program) bundle(ctx context.Context, path string, report doctor.Report) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already; choose another name", path)
	}
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	for _, part := range p.parts(ctx, dir, report) {
		var w io.Writer
		if w, err = z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: p.now()}); err == nil {
			_, err = w.Write(part.text)
		}
		if err != nil {
			break
		}
	}
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("the bundle could not be written: %w", err), os.Remove(path))
	}
	fmt.Fprintf(p.err, "The bundle is in %s. It holds names and addresses of players but no secrets; look through it before you send it.\n", path)
	return nil
}

// part is one file of a bundle.
type part struct {
	name string
	text []byte
}

func (p *program) parts(ctx context.Context, dir datadir.Dir, report doctor.Report) []part {
	list := []part{
		{"README.txt", []byte(bundleReadme)},
		{"version.json", asJSON(map[string]string{
			"version": buildinfo.Version, "go": runtime.Version(), "system": runtime.GOOS + "/" + runtime.GOARCH,
			"made": p.now().UTC().Format(time.RFC3339), "data_folder": dir.Root(),
		})},
		{"doctor.json", asJSON(report)},
		{"settings.json", p.settings(dir)},
		{"log.txt", scrub(tail(dir.LogFile(), logTail))},
	}
	live, err := client.Find(ctx, dir)
	if err != nil {
		return append(list, part{"state.txt", []byte("No server answers: " + err.Error() + "\n")})
	}
	add := func(name string, value any, err error) {
		if err != nil {
			value = map[string]string{"error": err.Error()}
		}
		list = append(list, part{name, asJSON(value)})
	}
	status, err := live.Status(ctx)
	add("status.json", status, err)
	overview, err := live.Overview(ctx)
	add("overview.json", overview, err)
	counters, err := live.Counters(ctx)
	add("counters.json", counters, err)
	connections, err := live.Connections(ctx)
	add("connections.json", connections, err)
	disk, err := live.Disk(ctx)
	add("disk.json", disk, err)
	return list
}

// settings are those that differ from the defaults, without the secret ones.
func (p *program) settings(dir datadir.Dir) []byte {
	l, err := p.readConfig(dir, nil)
	if err != nil {
		return asJSON(map[string]string{"error": string(scrub([]byte(err.Error())))})
	}
	return asJSON(differences(l))
}

func asJSON(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return []byte(err.Error())
	}
	return append(text, '\n')
}

// tail is the end of a file from the beginning of a line.
func tail(path string, limit int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return []byte("There is no log: " + err.Error() + "\n")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > limit {
		_, _ = f.Seek(-limit, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, 2*limit))
	if int64(len(text)) >= limit {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text
}

// What a log must not give away. Nothing of it should be there in the first place;
// bodies of messages can hold what players write.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`-----BEGIN [^-]*-----[^-]*(-----END [^-]*-----)?`),
	regexp.MustCompile(`\$argon2[^\s"]*`),
	regexp.MustCompile(`[0-9A-Fa-f]{24,}`),
	regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}={0,2}`),
	regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`),
}

// assignments are fields whose values are left out whatever they look like. In a text
// that the log quotes, quotes stand behind a backslash.
var assignments = regexp.MustCompile(`(?i)\b((?:\w*(?:password|passwd|ticket|token|secret|key|code)\w*)\\?["']?\s*[=:]\s*)` +
	`(\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&,;]+)`)

// scrub takes out of a text what looks like a secret.
func scrub(text []byte) []byte {
	text = []byte(strings.ToValidUTF8(string(text), "?"))
	text = assignments.ReplaceAll(text, []byte("${1}(removed)"))
	for _, secret := range secrets {
		text = secret.ReplaceAll(text, []byte("(removed)"))
	}
	return text
}
