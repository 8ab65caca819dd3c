package console

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"mcos/app/console/client"
)

// health says that the server lives. A caller that sends a challenge gets the
// proof that this server knows the token, before it shows its own.
func health(x *exchange) (any, error) {
	h := client.Health{Status: "ok"}
	if challenge := x.r.URL.Query().Get("challenge"); challenge != "" {
		h.Proof, h.Signature = client.Proof(x.c.token, challenge), client.Sign(x.c.token, challenge)
	}
	return h, nil
}

// ready says whether players can play.
func ready(x *exchange) (any, error) {
	if x.c.Ready != nil && !x.c.Ready() {
		return nil, &failure{http.StatusServiceUnavailable, "the server is not ready"}
	}
	return client.Health{Status: "ready"}, nil
}

// loginLink makes a link that lets one browser in.
func loginLink(x *exchange) (any, error) {
	path, err := x.c.pages.Link()
	return client.Link{Path: path}, err
}

func status(x *exchange) (any, error) { return x.c.Status(), nil }

func importCatalog(x *exchange) (any, error) {
	blob, err := io.ReadAll(x.r.Body)
	if err != nil {
		return nil, badBody(err)
	}
	return x.c.Admin.ImportCatalog(x.r.Context(), blob)
}

// stopServer has the server end once this request has been answered.
func stopServer(x *exchange) (any, error) {
	if x.c.Stop == nil {
		return nil, &failure{http.StatusConflict, "the server runs as a service; stop it with mcos service stop"}
	}
	x.c.Stop()
	return struct{}{}, nil
}

// stageRestore takes a backup for the next start.
func stageRestore(x *exchange) (any, error) {
	staged, err := x.c.Admin.StageRestore(x.r.Context(), x.r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, tooLarge(large.Limit)
	}
	return staged, err
}

// backup streams the copy. A failure on the way breaks the connection, so that
// nobody takes half a copy for a whole one.
func backup(x *exchange) (any, error) {
	x.w.Header().Set("Content-Type", "application/octet-stream")
	x.w.Header().Set("Content-Disposition", `attachment; filename="mcos-backup.db"`)
	if err := x.c.Admin.Backup(x.r.Context(), x.w); err != nil {
		x.c.Log.WithError(err).Error("a backup failed")
		panic(http.ErrAbortHandler)
	}
	return streamed{}, nil
}

// recording streams the file of a recording.
func recording(x *exchange) (any, error) {
	id := x.r.URL.Query().Get("id")
	if id == "" {
		return nil, &failure{http.StatusBadRequest, "the parameter id is missing"}
	}
	w := &download{x: x, name: "mcos-" + id + ".json", contentType: "application/json"}
	err := x.c.Admin.Recording(x.r.Context(), id, w)
	switch {
	case err == nil:
		w.begin()
		return streamed{}, nil
	case !w.begun:
		return nil, err
	}
	x.c.Log.WithError(err).Error("sending a recording failed")
	panic(http.ErrAbortHandler) // half a file must not look like a whole one
}

// download is an answer that becomes a file with its first byte.
type download struct {
	x                 *exchange
	name, contentType string
	begun             bool
}

func (d *download) begin() {
	if !d.begun {
		d.begun = true
		d.x.w.Header().Set("Content-Type", d.contentType)
		d.x.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	}
}

// Write implements io.Writer.
func (d *download) Write(b []byte) (int, error) {
	d.begin()
	return d.x.w.Write(b)
}

// streamed is the result of a handler that has written its answer itself.
type streamed struct{}
