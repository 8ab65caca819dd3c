package client

import (
	"context"
	"net/http"
)

// URL is the address of the pages for browsers, which ask who is there.
func (c *Client) URL() string { return "http://" + c.addr + "/" }

// Link is the answer to the request for a login link.
type Link struct {
	Path string `json:"path"` // relative to the server
}

// Stop has the server end, as a signal does. It returns once the server has taken the
// wish, which is before the server's end.
func (c *Client) Stop(ctx context.Context) error {
	_, err := call[done](ctx, c, http.MethodPost, "stop", nil)
	return err
}

// LoginURL is an address that lets one browser in, once and for some minutes.
func (c *Client) LoginURL(ctx context.Context) (string, error) {
	var l Link
	if err := c.send(ctx, http.MethodPost, "/api/v1/console/link", nil, &l, true); err != nil {
		return "", err
	}
	return "http://" + c.addr + l.Path, nil
}
