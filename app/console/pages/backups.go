package pages

import (
	"errors"
	"net/http"
	"time"

	"mcos/app/admin"
)

// backupsData is what the page of the backups shows.
type backupsData struct {
	Files   []admin.BackupFile
	Waiting admin.StagedRestore
}

// backups lists the copies of the store.
func (v *visit) backups() error {
	files, err := v.p.Admin.Backups(v.r.Context())
	if err != nil {
		return err
	}
	waiting, err := v.p.Admin.StagedRestore(v.r.Context())
	if err != nil {
		return err
	}
	return v.show("backups.html", page{Title: "Backups", Here: "/health", Data: backupsData{files, waiting}})
}

// saveBackup makes a copy now.
func (v *visit) saveBackup() error {
	b, err := v.p.Admin.SaveBackup(v.r.Context())
	return v.result("/backups", err, "The backup %s has been made.", b.Name)
}

// restoreBackup has a copy take the store's place at the next start.
func (v *visit) restoreBackup() error {
	name := v.form("name")
	_, err := v.p.Admin.RestoreBackup(v.r.Context(), admin.BackupName{Name: name})
	return v.result("/backups", err, "%s takes the place of the store at the next start of the server. Until then, what players do is kept only in the old store.", name)
}

// cancelRestore lets the store stay.
func (v *visit) cancelRestore() error {
	_, err := v.p.Admin.CancelRestore(v.r.Context())
	return v.result("/backups", err, "The store stays as it is.")
}

// backup sends a copy of the store. A failure on the way breaks the connection, so
// that nobody takes half a copy for a whole one.
func (v *visit) backup() error {
	v.deadline(time.Hour)
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="mcos-backup-`+v.p.Now().Format("2006-01-02-1504")+`.db"`)
	v.status = http.StatusOK
	if err := v.p.Admin.Backup(v.r.Context(), v.w); err != nil {
		v.log(errors.Join(errors.New("a backup failed"), err))
		panic(http.ErrAbortHandler)
	}
	return nil
}
