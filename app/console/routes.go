package console

import (
	"context"
	"net/http"

	"mcos/app/admin"
	"mcos/storage/catalog"
)

// body says what a request carries.
type body int

const (
	noBody    body = iota
	jsonBody       // application/json
	blobBody       // application/octet-stream
	storeBody      // the same, as large as a store
)

// Largest bodies, in bytes.
var maxBody = map[body]int64{noBody: 0, jsonBody: 64 << 10, blobBody: catalog.MaxBlobBytes, storeBody: 8 << 30}

// route is one row of the interface.
type route struct {
	method string
	path   string // matched exactly; names are in the query or the body
	open   bool   // for everybody on this machine, without the token
	long   bool   // may read the whole store or ask the network
	body   body
	answer func(*exchange) (any, error)
}

// routes are all there is.
var routes = []route{
	{method: http.MethodGet, path: "/healthz", open: true, answer: health},
	{method: http.MethodGet, path: "/readyz", open: true, answer: ready},
	{method: http.MethodGet, path: "/metrics", open: true, answer: metrics},
	{method: http.MethodGet, path: "/api/v1/status", open: true, answer: status},
	{method: http.MethodGet, path: "/api/v1/openapi.json", open: true, answer: description},

	{method: http.MethodPost, path: "/api/v1/console/link", answer: loginLink},
	{method: http.MethodPost, path: "/api/v1/stop", answer: stopServer},

	{method: http.MethodGet, path: "/api/v1/overview", answer: get(admin.API.Overview)},
	{method: http.MethodGet, path: "/api/v1/disk", answer: get(admin.API.Disk)},
	{method: http.MethodGet, path: "/api/v1/economy", answer: get(admin.API.Economy)},
	{method: http.MethodGet, path: "/api/v1/connections", answer: get(admin.API.Connections)},
	{method: http.MethodGet, path: "/api/v1/counters", answer: get(admin.API.Counters)},
	{method: http.MethodGet, path: "/api/v1/rooms", answer: get(admin.API.Rooms)},
	{method: http.MethodGet, path: "/api/v1/races", answer: get(admin.API.Races)},
	{method: http.MethodGet, path: "/api/v1/logins", answer: get(admin.API.Logins)},
	{method: http.MethodPost, path: "/api/v1/kick", body: jsonBody, answer: post(admin.API.Kick)},

	{method: http.MethodGet, path: "/api/v1/accounts", answer: get(admin.API.Accounts)},
	{method: http.MethodPost, path: "/api/v1/accounts", body: jsonBody, answer: post(admin.API.AddAccount)},
	{method: http.MethodDelete, path: "/api/v1/accounts", answer: named("name", nothing(admin.API.RemoveAccount))},
	{method: http.MethodPost, path: "/api/v1/accounts/password", body: jsonBody, answer: post(nothing(admin.API.SetPassword))},
	{method: http.MethodPost, path: "/api/v1/accounts/ban", body: jsonBody, answer: post(nothing(admin.API.Ban))},
	{method: http.MethodDelete, path: "/api/v1/accounts/ban", answer: named("name", nothing(admin.API.Unban))},

	{method: http.MethodGet, path: "/api/v1/personas", answer: optional("account", admin.API.Personas)},
	{method: http.MethodPost, path: "/api/v1/personas", body: jsonBody, answer: post(admin.API.AddPersona)},
	{method: http.MethodGet, path: "/api/v1/personas/show", answer: named("name", admin.API.Persona)},
	{method: http.MethodPost, path: "/api/v1/personas/grant", body: jsonBody, answer: post(admin.API.Grant)},
	{method: http.MethodPost, path: "/api/v1/personas/rename", body: jsonBody, answer: post(admin.API.Rename)},
	{method: http.MethodGet, path: "/api/v1/personas/deleted", answer: optional("account", admin.API.Deleted)},
	{method: http.MethodPost, path: "/api/v1/personas/restore", body: jsonBody, answer: post(admin.API.RestorePersona)},
	{method: http.MethodPost, path: "/api/v1/personas/mute", body: jsonBody, answer: post(admin.API.Mute)},
	{method: http.MethodDelete, path: "/api/v1/personas/mute", answer: named("name", nothing(admin.API.Unmute))},

	{method: http.MethodGet, path: "/api/v1/bans", answer: get(admin.API.AddressBans)},
	{method: http.MethodPost, path: "/api/v1/bans", body: jsonBody, answer: post(admin.API.BanAddress)},
	{method: http.MethodDelete, path: "/api/v1/bans", answer: named("network", nothing(admin.API.UnbanAddress))},
	{method: http.MethodGet, path: "/api/v1/invites", answer: get(admin.API.Invites)},
	{method: http.MethodPost, path: "/api/v1/invites", body: jsonBody, answer: post(admin.API.AddInvite)},
	{method: http.MethodDelete, path: "/api/v1/invites", answer: named("code", nothing(admin.API.RemoveInvite))},
	{method: http.MethodGet, path: "/api/v1/message", answer: get(admin.API.Message)},
	{method: http.MethodPost, path: "/api/v1/message", body: jsonBody, answer: post(admin.API.SetMessage)},
	{method: http.MethodPost, path: "/api/v1/broadcast", body: jsonBody, answer: post(admin.API.Broadcast)},

	{method: http.MethodGet, path: "/api/v1/recordings", answer: get(admin.API.Recordings)},
	{method: http.MethodPost, path: "/api/v1/recordings", body: jsonBody, answer: post(admin.API.Record)},
	{method: http.MethodDelete, path: "/api/v1/recordings", answer: named("id", nothing(admin.API.RemoveRecording))},
	{method: http.MethodPost, path: "/api/v1/recordings/stop", body: jsonBody, answer: post(admin.API.StopRecording)},
	{method: http.MethodGet, path: "/api/v1/recordings/file", long: true, answer: recording},

	{method: http.MethodGet, path: "/api/v1/keys", answer: get(admin.API.Keys)},
	{method: http.MethodPost, path: "/api/v1/keys/import", body: jsonBody, answer: post(admin.API.ImportKey)},
	{method: http.MethodPost, path: "/api/v1/keys/rotate", body: jsonBody, answer: post(admin.API.RotateKeys)},

	{method: http.MethodGet, path: "/api/v1/catalog", long: true, answer: get(admin.API.Catalog)},
	{method: http.MethodPut, path: "/api/v1/catalog", long: true, body: blobBody, answer: importCatalog},

	{method: http.MethodGet, path: "/api/v1/backup", long: true, answer: backup},
	{method: http.MethodGet, path: "/api/v1/backups", answer: get(admin.API.Backups)},
	{method: http.MethodPost, path: "/api/v1/backups", long: true, answer: get(admin.API.SaveBackup)},
	{method: http.MethodPost, path: "/api/v1/backups/restore", long: true, body: jsonBody, answer: post(admin.API.RestoreBackup)},
	{method: http.MethodGet, path: "/api/v1/restore", answer: get(admin.API.StagedRestore)},
	{method: http.MethodPut, path: "/api/v1/restore", long: true, body: storeBody, answer: stageRestore},
	{method: http.MethodDelete, path: "/api/v1/restore", answer: get(admin.API.CancelRestore)},
	{method: http.MethodGet, path: "/api/v1/check", long: true, answer: get(admin.API.Check)},
	{method: http.MethodGet, path: "/api/v1/doctor", long: true, answer: get(admin.API.Doctor)},
}

// get makes a handler of a question without parameters.
func get[Out any](ask func(admin.API, context.Context) (Out, error)) func(*exchange) (any, error) {
	return func(x *exchange) (any, error) { return ask(x.c.Admin, x.r.Context()) }
}

// post makes a handler of an operation whose parameters are the body.
func post[In, Out any](do func(admin.API, context.Context, In) (Out, error)) func(*exchange) (any, error) {
	return func(x *exchange) (any, error) {
		var in In
		if err := x.read(&in); err != nil {
			return nil, err
		}
		return do(x.c.Admin, x.r.Context(), in)
	}
}

// named makes a handler of an operation on what a parameter of the query names.
func named[Out any](key string, do func(admin.API, context.Context, string) (Out, error)) func(*exchange) (any, error) {
	return func(x *exchange) (any, error) {
		name := x.r.URL.Query().Get(key)
		if name == "" {
			return nil, &failure{http.StatusBadRequest, "the parameter " + key + " is missing"}
		}
		return do(x.c.Admin, x.r.Context(), name)
	}
}

// optional is named for a parameter that may be missing.
func optional[Out any](key string, do func(admin.API, context.Context, string) (Out, error)) func(*exchange) (any, error) {
	return func(x *exchange) (any, error) { return do(x.c.Admin, x.r.Context(), x.r.URL.Query().Get(key)) }
}

// nothing is for operations that have no result: the answer is {}.
func nothing[In any](do func(admin.API, context.Context, In) error) func(admin.API, context.Context, In) (struct{}, error) {
	return func(api admin.API, ctx context.Context, in In) (struct{}, error) { return struct{}{}, do(api, ctx, in) }
}
