package admin

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mcos/app/backup"
	"mcos/app/datadir"
	"mcos/storage/bolt"
)

// Backups are the copies of the store in the data folder's folder of backups.
type Backups interface {
	// Backups lists the copies, the newest first.
	Backups(ctx context.Context) ([]BackupFile, error)
	// SaveBackup makes a copy now. It is kept until somebody removes it.
	SaveBackup(ctx context.Context) (BackupFile, error)
	// RestoreBackup is StageRestore with one of the copies.
	RestoreBackup(ctx context.Context, in BackupName) (StagedRestore, error)
}

// BackupFile is a copy of the store.
type BackupFile struct {
	Name string `json:"name"`
	// Kind is scheduled, by hand, before an update, or other.
	Kind  string    `json:"kind"`
	Bytes int64     `json:"bytes"`
	Made  time.Time `json:"made"`
}

// BackupName names a copy in the folder of backups.
type BackupName struct {
	Name string `json:"name"`
}

// Backups implements API.
func (l *Local) Backups(context.Context) ([]BackupFile, error) {
	entries, err := os.ReadDir(l.Dir.Backups())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list := []BackupFile{}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it has just gone
		}
		list = append(list, BackupFile{Name: e.Name(), Kind: backupKind(e.Name()), Bytes: info.Size(), Made: info.ModTime().UTC()})
	}
	slices.SortStableFunc(list, func(a, b BackupFile) int { return b.Made.Compare(a.Made) })
	return list, nil
}

// backupKind tells by its name what a copy was made for.
func backupKind(name string) string {
	switch {
	case strings.HasPrefix(name, backup.Scheduled):
		return "scheduled"
	case strings.HasPrefix(name, backup.ByHand):
		return "by hand"
	case strings.HasPrefix(name, "mcos-schema"):
		return "before an update"
	}
	return "other"
}

// SaveBackup implements API.
func (l *Local) SaveBackup(ctx context.Context) (BackupFile, error) {
	if disk, err := l.Disk(ctx); err == nil { // else it may be tried
		if err := backup.Enough(disk.Free, uint64(disk.Store)); err != nil {
			return BackupFile{}, refuse(Conflict, "%v", err)
		}
	}
	path, err := backup.Save(l.Dir.Backups(), backup.ByHand, l.Users.Now(), l.Store.Backup, ProveCopy)
	if err != nil {
		return BackupFile{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return BackupFile{}, err
	}
	return BackupFile{Name: filepath.Base(path), Kind: backupKind(filepath.Base(path)), Bytes: info.Size(), Made: info.ModTime().UTC()}, nil
}

// RestoreBackup implements API.
func (l *Local) RestoreBackup(ctx context.Context, in BackupName) (StagedRestore, error) {
	path, err := BackupPath(l.Dir, in.Name)
	if err != nil {
		return StagedRestore{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return StagedRestore{}, err
	}
	defer f.Close()
	return l.StageRestore(ctx, f)
}

// ProveCopy looks whether a finished copy of the store could be used.
func ProveCopy(path string) error { return bolt.Inspect(path) }

// BackupPath is the path of a copy in the folder of backups.
func BackupPath(dir datadir.Dir, name string) (string, error) {
	path := filepath.Join(dir.Backups(), name)
	info, err := os.Lstat(path)
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") || err != nil || !info.Mode().IsRegular() {
		return "", refuse(NotFound, "there is no backup %q in %s", name, dir.Backups())
	}
	return path, nil
}
