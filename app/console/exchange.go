package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/console/client"
)

// exchange is one request with its answer.
type exchange struct {
	c *Console
	w http.ResponseWriter
	r *http.Request
}

// failure is an error with its status, in words for the caller.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

// Told is the status, for the pages.
func (f *failure) Told() int { return f.status }

// Handler answers all requests of the interface. Its requests must come from an
// http.Server, which tells at which address they arrived.
func (c *Console) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{c: c, w: w, r: r}
		defer x.rescue()
		if !machine(r.URL.Path) && x.knownHost() {
			c.pages.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		result, err := x.serve()
		x.finish(result, err)
	})
}

// machine tells whether a path is for programs; all others are pages.
func machine(path string) bool {
	return strings.HasPrefix(path, "/api/") || slices.ContainsFunc(routes, func(rt route) bool { return rt.path == path })
}

// serve checks a request and has it answered.
func (x *exchange) serve() (any, error) {
	if !x.knownHost() {
		return nil, &failure{http.StatusForbidden, "this name is not one of the server's local interface"}
	}
	rt, err := x.find()
	if err != nil {
		return nil, err
	}
	if err := x.notForeign(); err != nil {
		return nil, err
	}
	if !x.c.visitors.allow(x.remote()) {
		return nil, &failure{http.StatusTooManyRequests, "too many requests from this address; wait a moment"}
	}
	if !rt.open || !local(x.r) {
		if err := x.authorise(); err != nil {
			return nil, err
		}
	}
	if err := x.checkBody(rt); err != nil {
		return nil, err
	}
	if rt.long {
		// The reading one too: the library ends a request when it passes. Errors
		// only say that this connection has no deadlines.
		rc, until := http.NewResponseController(x.w), time.Now().Add(longTimeout)
		_, _ = rc.SetReadDeadline(until), rc.SetWriteDeadline(until)
	}
	return rt.answer(x)
}

// find looks the route up.
func (x *exchange) find() (route, error) {
	var methods []string
	for _, rt := range routes {
		if rt.path != x.r.URL.Path {
			continue
		}
		if rt.method == x.r.Method {
			return rt, nil
		}
		methods = append(methods, rt.method)
	}
	if methods == nil {
		return route{}, &failure{http.StatusNotFound, "there is nothing here"}
	}
	x.w.Header().Set("Allow", strings.Join(methods, ", "))
	return route{}, &failure{http.StatusMethodNotAllowed, "this path takes " + strings.Join(methods, ", ")}
}

// knownHost reports whether the request was made to a name of ours: a loopback
// name or the address it arrived at, with the port it arrived at, or a configured
// name.
func (x *exchange) knownHost() bool {
	asked := strings.ToLower(x.r.Host)
	host, port, err := net.SplitHostPort(asked)
	if err != nil {
		host, port = strings.Trim(asked, "[]"), "80"
	}
	for _, name := range x.c.Config.Hosts {
		if name = strings.ToLower(name); name == asked || name == host {
			return true
		}
	}
	local, ok := x.r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	own, err := netip.ParseAddrPort(local.String())
	if err != nil || port != strconv.Itoa(int(own.Port())) {
		return false
	}
	// The address itself is no name that somebody could have pointed here.
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr == own.Addr().Unmap())
}

// notForeign refuses what a page of another site sends to change something: a
// browser that knows the operator's password would send that along. Programs say
// nothing of where they come from and may go on.
func (x *exchange) notForeign() error {
	var protection http.CrossOriginProtection
	if protection.Check(x.r) != nil {
		return &failure{http.StatusForbidden, "this was sent by a page of another site"}
	}
	return nil
}

// remote is the address that a request came from.
func (x *exchange) remote() netip.Addr {
	addr, err := netip.ParseAddrPort(x.r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return addr.Addr().Unmap()
}

// local tells whether a program or browser of this machine asks. The connections of a
// proxy that runs here come from this machine as well: it passes on the name that was
// asked for, or says in a header for whom it asks.
func local(r *http.Request) bool {
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// authorise lets in whoever has the token or the operator's password.
func (x *exchange) authorise() error {
	if x.hasToken() {
		return nil
	}
	ok, err := x.knowsPassword()
	if ok || err != nil {
		return err
	}
	x.w.Header().Add("WWW-Authenticate", `Bearer realm="mcos"`)
	x.w.Header().Add("WWW-Authenticate", `Basic realm="mcos", charset="UTF-8"`)
	return &failure{http.StatusUnauthorized, "this needs the token of the file console.token in the data folder, or the password set with mcos console passwd"}
}

// hasToken compares the token without telling by the time how much is right.
func (x *exchange) hasToken() bool {
	scheme, token, _ := strings.Cut(x.r.Header.Get("Authorization"), " ")
	want, got := sha256.Sum256([]byte(x.c.token)), sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

var contentTypes = map[body]string{jsonBody: "application/json", blobBody: "application/octet-stream", storeBody: "application/octet-stream"}

// checkBody refuses a body of another type or of too many bytes.
func (x *exchange) checkBody(rt route) error {
	limit := maxBody[rt.body]
	if want := contentTypes[rt.body]; want != "" {
		if got, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type")); err != nil || got != want {
			return &failure{http.StatusUnsupportedMediaType, "the Content-Type must be " + want}
		}
	}
	if x.r.ContentLength > limit {
		return tooLarge(limit)
	}
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, limit)
	return nil
}

func tooLarge(limit int64) error {
	return &failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the request has more than %d bytes", limit)}
}

// badBody explains why a body could not be read. Texts of the JSON library may
// quote the body, which may hold a password.
func badBody(err error) error {
	var large *http.MaxBytesError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.As(err, &wrong) && slices.Contains([]string{"string", "number", "bool", "object", "array", "null"}, wrong.Value):
		return &failure{http.StatusBadRequest, fmt.Sprintf("the field %q cannot be a %s", wrong.Field, wrong.Value)}
	}
	return &failure{http.StatusBadRequest, "the body is not the JSON object that belongs here"}
}

// read decodes the body, which must be one JSON object of known fields.
func (x *exchange) read(in any) error {
	d := json.NewDecoder(x.r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return badBody(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badBody(err)
	}
	return nil
}

// finish writes the answer and one line of log.
func (x *exchange) finish(result any, err error) {
	if _, done := result.(streamed); done && err == nil {
		x.log(http.StatusOK, nil)
		return
	}
	code := http.StatusOK
	if err != nil {
		code = http.StatusInternalServerError
		var f *failure
		if errors.As(err, &f) {
			code = f.status
		} else if s := client.StatusOf(err); s != 0 {
			code = s
		}
		result = map[string]string{"error": err.Error()}
	}
	text, jsonErr := json.Marshal(result)
	if jsonErr != nil {
		code, text, err = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`), jsonErr
	}
	x.log(code, err)
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(code)
	_, _ = x.w.Write(append(text, '\n'))
}

// log writes one line: who asked for what is worth knowing when it changed
// something or went wrong.
func (x *exchange) log(code int, err error) {
	entry := x.c.Log.WithFields(logrus.Fields{
		"remote": x.r.RemoteAddr, "method": x.r.Method[:min(len(x.r.Method), 16)], "path": shown(x.r.URL.Path), "status": code,
	})
	switch {
	case code >= http.StatusInternalServerError:
		entry.WithError(err).Error("request failed")
	case x.r.Method == http.MethodGet && code == http.StatusOK:
		entry.Debug("request")
	default:
		entry.Info("request")
	}
}

// shown is a path for the log: one of ours, or none.
func shown(path string) string {
	if slices.ContainsFunc(routes, func(rt route) bool { return rt.path == path }) {
		return path
	}
	return "(unknown)"
}

// rescue turns a panic of a handler into an answer. Its value may quote the
// request and stays out of the log.
func (x *exchange) rescue() {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	x.c.Log.WithFields(logrus.Fields{"panic": fmt.Sprintf("%T", v), "path": shown(x.r.URL.Path), "stack": string(debug.Stack())}).Error("a handler panicked")
	x.finish(nil, errors.New("the server made a mistake; its log says more"))
}
