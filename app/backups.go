package app

import (
	"errors"
	"os"
	"time"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/backup"
	"mcos/storage/bolt"
)

// backupEvery is how often it is looked whether a backup is due.
const backupEvery = time.Minute

// scheduleBackups prepares the copies that are made while the server runs.
func (a *App) scheduleBackups() *backup.Scheduler {
	return backup.New(backup.Options{
		Config: a.opts.Config.Backup, Folder: a.opts.Dir.Backups(), Copy: a.store.Backup,
		Prove: bolt.Inspect, Free: doctor.Machine().DiskFree,
		Size: func() uint64 {
			info, err := os.Stat(a.opts.Dir.Store())
			if err != nil {
				return 0
			}
			return uint64(info.Size())
		},
		Now: a.opts.Now, Log: a.opts.Log.WithField("service", "backup"),
	})
}

// saveInBackground makes a backup when one is due. The copy of a large store takes a
// while, in which races and logins must not wait; only one is made at a time.
func (a *App) saveInBackground() {
	if !a.saving.CompareAndSwap(false, true) {
		return
	}
	a.running.Add(1)
	go func() {
		defer a.running.Done()
		defer a.saving.Store(false)
		a.backups.Tick()
	}()
}

// restoreStaged puts a backup that the operator has chosen in place of the store.
func (a *App) restoreStaged() error {
	applied, kept, err := admin.ApplyRestore(a.opts.Dir)
	switch {
	case errors.Is(err, admin.ErrUnusable):
		a.opts.Log.WithError(err).Error("a backup that waited to be restored cannot be used; the store stays as it was")
		return nil
	case err != nil:
		return err
	case applied:
		a.opts.Log.WithField("kept", kept).Info("the store has been replaced by the backup that waited; the old one is kept")
	}
	return nil
}
