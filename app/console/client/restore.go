package client

import (
	"context"
	"io"
	"net/http"

	"mcos/app/admin"
)

// StageRestore implements admin.API.
func (c *Client) StageRestore(ctx context.Context, r io.Reader) (admin.StagedRestore, error) {
	return call[admin.StagedRestore](ctx, c, http.MethodPut, "restore", r)
}

// StagedRestore implements admin.API.
func (c *Client) StagedRestore(ctx context.Context) (admin.StagedRestore, error) {
	return call[admin.StagedRestore](ctx, c, http.MethodGet, "restore", nil)
}

// CancelRestore implements admin.API.
func (c *Client) CancelRestore(ctx context.Context) (admin.StagedRestore, error) {
	return call[admin.StagedRestore](ctx, c, http.MethodDelete, "restore", nil)
}

// Backups implements admin.API.
func (c *Client) Backups(ctx context.Context) ([]admin.BackupFile, error) {
	return call[[]admin.BackupFile](ctx, c, http.MethodGet, "backups", nil)
}

// SaveBackup implements admin.API.
func (c *Client) SaveBackup(ctx context.Context) (admin.BackupFile, error) {
	return call[admin.BackupFile](ctx, c, http.MethodPost, "backups", nil)
}

// RestoreBackup implements admin.API.
func (c *Client) RestoreBackup(ctx context.Context, in admin.BackupName) (admin.StagedRestore, error) {
	return call[admin.StagedRestore](ctx, c, http.MethodPost, "backups/restore", in)
}
