package client

import (
	"context"
	"net/http"

	"mcos/app/datadir"
)

// URL is the address of the pages for browsers, which ask who is there.
func (c *Client) URL() string { return "http://" + c.addr + "/" }

// Link is the answer to the request for a login link.
type Link struct {
	Path string `json:"path"` // relative to the server
}

// LoginURL is an address that lets one browser in, once and for some minutes.
func (c *Client) LoginURL(ctx context.Context) (string, error) {
	var l Link
	if err := c.send(ctx, http.MethodPost, "/api/v1/console/link", nil, &l, true); err != nil {
		return "", err
	}
	return "http://" + c.addr + l.Path, nil
}

// PageURL is what to open in a browser for somebody who need not be the operator:
// the address of LoginURL when this user may read the token of the server in its
// usual data folder, and else that of URL.
func (c *Client) PageURL(ctx context.Context) string {
	path, err := datadir.Locator{}.Locate()
	if err != nil {
		return c.URL()
	}
	found, err := Find(ctx, datadir.At(path))
	if err != nil || found.addr != c.addr {
		return c.URL()
	}
	url, err := found.LoginURL(ctx)
	if err != nil {
		return c.URL()
	}
	return url
}
