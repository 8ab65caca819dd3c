package client

import (
	"context"
	"net/http"

	"mcos/app/admin"
)

// Mute implements admin.API.
func (c *Client) Mute(ctx context.Context, in admin.Mute) (admin.Persona, error) {
	return call[admin.Persona](ctx, c, http.MethodPost, "personas/mute", in)
}

// Unmute implements admin.API.
func (c *Client) Unmute(ctx context.Context, persona string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "personas/mute"+query("name", persona), nil)
	return err
}

// AddressBans implements admin.API.
func (c *Client) AddressBans(ctx context.Context) ([]admin.AddressBan, error) {
	return call[[]admin.AddressBan](ctx, c, http.MethodGet, "bans", nil)
}

// BanAddress implements admin.API.
func (c *Client) BanAddress(ctx context.Context, in admin.NewAddressBan) (admin.AddressBan, error) {
	return call[admin.AddressBan](ctx, c, http.MethodPost, "bans", in)
}

// UnbanAddress implements admin.API.
func (c *Client) UnbanAddress(ctx context.Context, network string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "bans"+query("network", network), nil)
	return err
}

// Invites implements admin.API.
func (c *Client) Invites(ctx context.Context) ([]admin.Invite, error) {
	return call[[]admin.Invite](ctx, c, http.MethodGet, "invites", nil)
}

// AddInvite implements admin.API.
func (c *Client) AddInvite(ctx context.Context, in admin.NewInvite) (admin.Invite, error) {
	return call[admin.Invite](ctx, c, http.MethodPost, "invites", in)
}

// RemoveInvite implements admin.API.
func (c *Client) RemoveInvite(ctx context.Context, code string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "invites"+query("code", code), nil)
	return err
}

// Message implements admin.API.
func (c *Client) Message(ctx context.Context) (admin.Message, error) {
	return call[admin.Message](ctx, c, http.MethodGet, "message", nil)
}

// SetMessage implements admin.API.
func (c *Client) SetMessage(ctx context.Context, in admin.Message) (admin.Message, error) {
	return call[admin.Message](ctx, c, http.MethodPost, "message", in)
}

// Broadcast implements admin.API.
func (c *Client) Broadcast(ctx context.Context, in admin.Broadcast) (admin.Told, error) {
	return call[admin.Told](ctx, c, http.MethodPost, "broadcast", in)
}
