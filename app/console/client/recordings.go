package client

import (
	"context"
	"io"
	"net/http"

	"mcos/app/admin"
	"mcos/app/record"
)

// Recordings implements admin.API.
func (c *Client) Recordings(ctx context.Context) (admin.Recordings, error) {
	return call[admin.Recordings](ctx, c, http.MethodGet, "recordings", nil)
}

// Record implements admin.API.
func (c *Client) Record(ctx context.Context, in record.Order) (record.Running, error) {
	return call[record.Running](ctx, c, http.MethodPost, "recordings", in)
}

// StopRecording implements admin.API.
func (c *Client) StopRecording(ctx context.Context, in admin.RecordingID) ([]record.Running, error) {
	return call[[]record.Running](ctx, c, http.MethodPost, "recordings/stop", in)
}

// Recording implements admin.API. A file that breaks off is an error.
func (c *Client) Recording(ctx context.Context, id string, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, "/api/v1/recordings/file"+query("id", id), nil, true)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}

// RemoveRecording implements admin.API.
func (c *Client) RemoveRecording(ctx context.Context, id string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "recordings"+query("id", id), nil)
	return err
}
