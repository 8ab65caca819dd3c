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
