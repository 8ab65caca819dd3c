package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// dataFolder checks that the data folder is there and can be written to.
func (e *examination) dataFolder(context.Context) {
	const what = "Data folder"
	root := e.Dir.Root()
	_, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.add(OK, what, root+" is not there yet; the first start makes it.", "")
		return
	case err == nil:
		err = e.Dir.Writable()
	}
	if err != nil {
		e.add(Problem, what, err.Error()+".", "Run the server as the owner of that folder, or give it another one.")
		return
	}
	e.add(OK, what, root+" is there and can be written to.", "")
	e.rights()
}

// rights looks for files that the server, or too many others, can open.
func (e *examination) rights() {
	const what, next = "Owners and rights", "As root, run the command that stands behind it; for all at once: chown -R to the owner of the data folder."
	odd, err := e.Dir.Odd()
	if err != nil {
		e.add(Warn, what, "They cannot be told: "+err.Error()+".", "")
		return
	}
	for i, text := range odd {
		if i == maxListed {
			e.add(Problem, what, fmt.Sprintf("and %d more.", len(odd)-i), "")
			break
		}
		e.add(Problem, what, text+".", next)
	}
}

// Bounds for the free space of the disk, in bytes. A store of a hundred players
// has some megabytes; logs and backups need more.
const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
)

func (e *examination) disk(context.Context) {
	const what = "Disk space"
	free, err := e.World.DiskFree(existing(e.Dir.Root()))
	if err != nil {
		e.add(Warn, what, "It cannot be told: "+err.Error()+".", "")
		return
	}
	text := fmt.Sprintf("%d MB are free for the data folder.", free>>20)
	const next = "Make room: old logs and backups in the data folder are the first things to look at."
	switch {
	case free < noSpace:
		e.add(Problem, what, text+" When the disk is full, nothing that players do can be stored.", next)
	case free < littleSpace:
		e.add(Warn, what, text+" That may not last long.", next)
	default:
		e.add(OK, what, text, "")
	}
}

// existing is path or the nearest folder above it that exists.
func existing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

// oldest is a time before this server existed: a clock that shows an earlier one
// was never set.
var oldest = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// clock checks that the machine's clock has been set and has not gone back.
func (e *examination) clock(context.Context) {
	const what, next = "Clock", "Set the clock, and switch on its setting over the network."
	now := e.World.Now()
	if now.Before(oldest) {
		e.add(Problem, what, fmt.Sprintf("It shows %s, which is long past. Certificates and bans go by it.", now.Format(time.DateOnly)), next)
		return
	}
	if info, err := os.Stat(e.Dir.Store()); err == nil && info.ModTime().After(now.Add(time.Hour)) {
		e.add(Warn, what, fmt.Sprintf("It shows %s, but the store was written at %s: the clock was wrong then or is wrong now.",
			now.Format(time.DateTime), info.ModTime().Format(time.DateTime)), next)
		return
	}
	e.add(OK, what, "It shows "+now.Format(time.DateTime)+" ("+now.Format("MST")+").", "")
}

// config reads the configuration again: it may have changed since the start.
func (e *examination) config(context.Context) {
	if e.Config == nil {
		return
	}
	const what = "Configuration"
	odd, err := e.Config()
	if err != nil {
		for _, problem := range split(err) {
			e.add(Problem, what, problem.Error()+". The server will not start with it.", "Correct it, then look again with: mcos config check")
		}
		return
	}
	for _, text := range odd {
		e.add(Warn, what, text+".", "")
	}
	if len(odd) == 0 {
		e.add(OK, what, "Every setting has an allowed value.", "")
	}
}

// catalog tells which parts and cars are in use.
func (e *examination) catalog(context.Context) {
	if e.Catalog == nil {
		return
	}
	const what, next = "Catalog", "Import the full catalog from your own game: mcos catalog import PATH_OF_THE_GAME/Data/DB/Online.mdb"
	c, err := e.Catalog()
	switch {
	case err != nil:
		e.add(Problem, what, "The catalog cannot be used: "+err.Error()+".", next)
	case c.Imported:
		e.add(OK, what, fmt.Sprintf("An imported catalog with %d cars and %d parts is in use.", c.Cars, c.Parts), "")
	default:
		e.add(OK, what, fmt.Sprintf("The small catalog that comes with the server is in use: %d cars, %d parts. It is enough to race.", c.Cars, c.Parts), next)
	}
}

// maxListed is how many mistakes of a store are listed one by one.
const maxListed = 10

// store reads the whole store.
func (e *examination) store(context.Context) {
	if e.Verify == nil {
		return
	}
	const what, next = "Store", "Keep a copy of mcos.db, then go back to a good backup: mcos restore FILE"
	err := e.Verify()
	if err == nil {
		e.add(OK, what, "All accounts, drivers, cars, parts and money agree with each other.", "")
		return
	}
	problems := split(err)
	for i, problem := range problems {
		if i == maxListed {
			e.add(Problem, what, fmt.Sprintf("and %d more contradictions.", len(problems)-i), "")
			break
		}
		e.add(Problem, what, problem.Error()+".", next)
	}
}

// split takes apart what errors.Join made.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
