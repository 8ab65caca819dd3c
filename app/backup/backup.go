// Package backup copies the store into a folder every so often and removes the
// oldest of these copies. A copy appears whole or not at all; other files in the
// folder, such as copies made before the store was brought to a new form, are left
// alone.
package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// Config is the `backup` section of the configuration.
type Config struct {
	Every time.Duration `yaml:"every" help:"How often the store is copied into the folder backups while the server runs; 0 means never. The copies hold password hashes, and not the keys."`
	Keep  int           `yaml:"keep" help:"How many of these copies are kept; then the oldest go. Copies made before an update of the store are not counted and stay." min:"1" max:"1000"`
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{Every: 24 * time.Hour, Keep: 7} }

// Options are what a Scheduler needs. No field may be nil.
type Options struct {
	Config Config
	Folder string
	// Copy writes a copy of the store.
	Copy func(io.Writer) error
	// Prove looks at a finished copy: old ones go only for one that could be used.
	Prove func(path string) error
	// Free tells how many bytes the disk of a folder has left.
	Free func(folder string) (uint64, error)
	// Size is how many bytes a copy takes, about.
	Size func() uint64
	Now  func() time.Time
	Log  logrus.FieldLogger
}

const (
	// first is how long after its start a server without any copy makes one, or
	// earlier when copies are made more often: many home servers run for an
	// evening only.
	first = 10 * time.Minute
	// again is how long after a failure another copy is tried.
	again = time.Hour
	// reserve is how much of the disk a copy must leave free, in bytes: the game
	// goes before its copies.
	reserve = 64 << 20
	// stale is how old an unfinished copy is when nobody can be writing it any more.
	stale = 6 * time.Hour
)

// Scheduler makes the copies. Make it with New; its methods belong to one
// goroutine.
type Scheduler struct {
	Options
	due time.Time
}

// New makes a scheduler and finds out when the next copy is due.
func New(o Options) *Scheduler {
	s := &Scheduler{Options: o}
	now := o.Now()
	s.due = now.Add(min(first, o.Config.Every))
	if list, err := s.list(); err == nil && len(list) > 0 {
		newest := list[len(list)-1].made
		if due := newest.Add(o.Config.Every); due.After(s.due) && !newest.After(now) {
			s.due = due
		}
	}
	return s
}

// Due is when the next copy is due, or zero when none ever is.
func (s *Scheduler) Due() time.Time {
	if s.Config.Every <= 0 {
		return time.Time{}
	}
	return s.due
}

// Tick makes a copy when one is due. Failures are logged and tried again later.
func (s *Scheduler) Tick() {
	now := s.Now()
	if s.Config.Every > 0 && s.due.Sub(now) > s.Config.Every {
		s.due = now.Add(s.Config.Every) // the clock has been set back
	}
	if due := s.Due(); due.IsZero() || now.Before(due) {
		return
	}
	s.due = now.Add(s.Config.Every)
	path, err := s.copy(now)
	if err != nil {
		s.due = now.Add(min(again, s.Config.Every))
		s.Log.WithError(err).WithField("next", s.due.UTC().Format(time.RFC3339)).Error("the scheduled backup failed")
		return
	}
	s.Log.WithField("backup", path).Info("the store has been backed up")
	s.prune(path)
}

// copy makes one copy, if there is room, and returns its path.
func (s *Scheduler) copy(now time.Time) (path string, err error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return "", err // there would be nothing to measure
	}
	if free, err := s.Free(s.Folder); err == nil {
		if err := Enough(free, s.Size()); err != nil {
			return "", err
		}
	}
	return Save(s.Folder, Scheduled, now, s.Copy, s.Prove)
}

// ErrRoom says that the disk has no room for another copy.
var ErrRoom = errors.New("too few for another copy; make room, or lower backup.keep")

// Enough returns ErrRoom when a disk with so many free bytes has no room for a copy of a
// store of this size and for the game to go on.
func Enough(free, size uint64) error {
	// The store makes its copy beside itself first, so there are two for a while.
	if free < 2*size+reserve {
		return fmt.Errorf("only %d MB are free on the disk, %w", free>>20, ErrRoom)
	}
	return nil
}

// naming is held while a copy gets its name.
var naming sync.Mutex

// Save makes one copy under a name of the prefix and the time, and returns its path.
// The copy appears whole or not at all, after prove has looked at it, and replaces no
// other file.
func Save(folder, prefix string, now time.Time, write func(io.Writer) error, prove func(path string) error) (path string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(folder, "."+prefix+"*"+tempSuffix)
	if err != nil {
		return "", err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = prove(f.Name())
	}
	naming.Lock()
	defer naming.Unlock()
	if err == nil {
		path, err = freeName(filepath.Join(folder, prefix+now.UTC().Format(stamp)))
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, nil
}

// freeName adds to a name what makes it one that no file has.
func freeName(stem string) (string, error) {
	for n := 1; ; n++ {
		path := stem + suffix
		if n > 1 {
			path = fmt.Sprintf("%s-%d%s", stem, n, suffix)
		}
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// What the names of copies begin with. Only the scheduled ones ever go by
// themselves.
const (
	Scheduled = "mcos-auto-"
	ByHand    = "mcos-manual-"
)

// The rest of the names.
const (
	stamp      = "20060102T150405Z"
	suffix     = ".db"
	tempSuffix = ".tmp"
)

var (
	copyName = regexp.MustCompile(`^mcos-auto-(\d{8}T\d{6}Z)(?:-\d+)?\.db$`)
	tempName = regexp.MustCompile(`^\.mcos-(auto|manual)-\d*\.tmp$`)
)

// made is a copy in the folder.
type made struct {
	path string
	made time.Time
}

// list finds the copies, the oldest first.
func (s *Scheduler) list() ([]made, error) {
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []made
	for _, e := range entries {
		m := copyName.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		if at, err := time.Parse(stamp, m[1]); err == nil {
			list = append(list, made{filepath.Join(s.Folder, e.Name()), at})
		}
	}
	slices.SortFunc(list, func(a, b made) int { return a.made.Compare(b.made) })
	return list, err
}

// prune removes the oldest copies, and what a crash has left of unfinished ones. The
// latest copy is never among them, whatever the clock said when the others were made:
// those with a name from the future are older than it, and count as the oldest.
func (s *Scheduler) prune(latest string) {
	list, err := s.list()
	now := s.Now()
	slices.SortStableFunc(list, func(a, b made) int {
		if ahead := a.made.After(now); ahead != b.made.After(now) {
			return map[bool]int{true: -1, false: 1}[ahead]
		}
		return 0
	})
	list = slices.DeleteFunc(list, func(m made) bool { return m.path == latest })
	if err != nil {
		s.Log.WithError(err).Warn("old backups could not be listed")
		return
	}
	for len(list) >= s.Config.Keep {
		if err := os.Remove(list[0].path); err != nil {
			s.Log.WithError(err).Warn("an old backup could not be removed")
			return
		}
		s.Log.WithField("backup", list[0].path).Info("an old backup has been removed")
		list = list[1:]
	}
	entries, err := os.ReadDir(s.Folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && tempName.MatchString(e.Name()) && now.Sub(info.ModTime()).Abs() > stale {
			_ = os.Remove(filepath.Join(s.Folder, e.Name()))
		}
	}
}
