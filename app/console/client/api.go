package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
)

// call makes one request with the token.
func call[Out any](ctx context.Context, c *Client, method, path string, in any) (out Out, err error) {
	return out, c.send(ctx, method, "/api/v1/"+path, in, &out, true)
}

// done is the answer of an operation without a result.
type done struct{}

func query(key, value string) string {
	if value == "" {
		return ""
	}
	return "?" + url.Values{key: {value}}.Encode()
}

// AddAccount implements admin.API.
func (c *Client) AddAccount(ctx context.Context, in admin.NewAccount) (admin.Account, error) {
	return call[admin.Account](ctx, c, http.MethodPost, "accounts", in)
}

// Accounts implements admin.API.
func (c *Client) Accounts(ctx context.Context) ([]admin.Account, error) {
	return call[[]admin.Account](ctx, c, http.MethodGet, "accounts", nil)
}

// SetPassword implements admin.API.
func (c *Client) SetPassword(ctx context.Context, in admin.Password) error {
	_, err := call[done](ctx, c, http.MethodPost, "accounts/password", in)
	return err
}

// Ban implements admin.API.
func (c *Client) Ban(ctx context.Context, in admin.Ban) error {
	_, err := call[done](ctx, c, http.MethodPost, "accounts/ban", in)
	return err
}

// Unban implements admin.API.
func (c *Client) Unban(ctx context.Context, account string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "accounts/ban"+query("name", account), nil)
	return err
}

// RemoveAccount implements admin.API.
func (c *Client) RemoveAccount(ctx context.Context, account string) error {
	_, err := call[done](ctx, c, http.MethodDelete, "accounts"+query("name", account), nil)
	return err
}

// Personas implements admin.API.
func (c *Client) Personas(ctx context.Context, account string) ([]admin.Persona, error) {
	return call[[]admin.Persona](ctx, c, http.MethodGet, "personas"+query("account", account), nil)
}

// Persona implements admin.API.
func (c *Client) Persona(ctx context.Context, name string) (admin.Garage, error) {
	return call[admin.Garage](ctx, c, http.MethodGet, "personas/show"+query("name", name), nil)
}

// AddPersona implements admin.API.
func (c *Client) AddPersona(ctx context.Context, in admin.NewPersona) (admin.Garage, error) {
	return call[admin.Garage](ctx, c, http.MethodPost, "personas", in)
}

// Grant implements admin.API.
func (c *Client) Grant(ctx context.Context, in admin.Grant) (admin.Persona, error) {
	return call[admin.Persona](ctx, c, http.MethodPost, "personas/grant", in)
}

// Deleted implements admin.API.
func (c *Client) Deleted(ctx context.Context, account string) ([]admin.Deleted, error) {
	return call[[]admin.Deleted](ctx, c, http.MethodGet, "personas/deleted"+query("account", account), nil)
}

// RestorePersona implements admin.API.
func (c *Client) RestorePersona(ctx context.Context, in admin.RestorePersona) (admin.Persona, error) {
	return call[admin.Persona](ctx, c, http.MethodPost, "personas/restore", in)
}

// Rename implements admin.API.
func (c *Client) Rename(ctx context.Context, in admin.Rename) (admin.Persona, error) {
	return call[admin.Persona](ctx, c, http.MethodPost, "personas/rename", in)
}

// Keys implements admin.API.
func (c *Client) Keys(ctx context.Context) (admin.Keys, error) {
	return call[admin.Keys](ctx, c, http.MethodGet, "keys", nil)
}

// ImportKey implements admin.API.
func (c *Client) ImportKey(ctx context.Context, in admin.LoginKey) (admin.Keys, error) {
	return call[admin.Keys](ctx, c, http.MethodPost, "keys/import", in)
}

// RotateKeys implements admin.API.
func (c *Client) RotateKeys(ctx context.Context, in admin.Rotation) (admin.Keys, error) {
	return call[admin.Keys](ctx, c, http.MethodPost, "keys/rotate", in)
}

// Catalog implements admin.API.
func (c *Client) Catalog(ctx context.Context) (admin.Catalog, error) {
	return call[admin.Catalog](ctx, c, http.MethodGet, "catalog", nil)
}

// ImportCatalog implements admin.API.
func (c *Client) ImportCatalog(ctx context.Context, blob []byte) (admin.Catalog, error) {
	if blob == nil {
		blob = []byte{}
	}
	return call[admin.Catalog](ctx, c, http.MethodPut, "catalog", blob)
}

// Backup implements admin.API. A copy that breaks off is an error.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, "/api/v1/backup", nil, true)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}

// Check implements admin.API.
func (c *Client) Check(ctx context.Context) (admin.Check, error) {
	return call[admin.Check](ctx, c, http.MethodGet, "check", nil)
}

// Doctor implements admin.API.
func (c *Client) Doctor(ctx context.Context) (doctor.Report, error) {
	return call[doctor.Report](ctx, c, http.MethodGet, "doctor", nil)
}
