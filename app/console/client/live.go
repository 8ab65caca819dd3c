package client

import (
	"context"
	"net/http"

	"mcos/app/admin"
)

// Overview implements admin.API.
func (c *Client) Overview(ctx context.Context) (admin.Overview, error) {
	return call[admin.Overview](ctx, c, http.MethodGet, "overview", nil)
}

// Disk implements admin.API.
func (c *Client) Disk(ctx context.Context) (admin.Disk, error) {
	return call[admin.Disk](ctx, c, http.MethodGet, "disk", nil)
}

// Economy implements admin.API.
func (c *Client) Economy(ctx context.Context) (admin.Economy, error) {
	return call[admin.Economy](ctx, c, http.MethodGet, "economy", nil)
}

// Connections implements admin.API.
func (c *Client) Connections(ctx context.Context) ([]admin.Connection, error) {
	return call[[]admin.Connection](ctx, c, http.MethodGet, "connections", nil)
}

// Counters implements admin.API.
func (c *Client) Counters(ctx context.Context) ([]admin.Counter, error) {
	return call[[]admin.Counter](ctx, c, http.MethodGet, "counters", nil)
}

// Rooms implements admin.API.
func (c *Client) Rooms(ctx context.Context) ([]admin.Port, error) {
	return call[[]admin.Port](ctx, c, http.MethodGet, "rooms", nil)
}

// Races implements admin.API.
func (c *Client) Races(ctx context.Context) (admin.Races, error) {
	return call[admin.Races](ctx, c, http.MethodGet, "races", nil)
}

// Logins implements admin.API.
func (c *Client) Logins(ctx context.Context) ([]admin.Login, error) {
	return call[[]admin.Login](ctx, c, http.MethodGet, "logins", nil)
}

// Kick implements admin.API.
func (c *Client) Kick(ctx context.Context, in admin.Kick) (admin.Kicked, error) {
	return call[admin.Kicked](ctx, c, http.MethodPost, "kick", in)
}
