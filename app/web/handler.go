package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"
)

// route says who answers a path, and to which methods; no methods means all.
type route struct {
	methods []string
	answer  func(*Service, *exchange)
}

var (
	get  = []string{http.MethodGet, http.MethodHead}
	form = []string{http.MethodGet, http.MethodHead, http.MethodPost}
)

// routes are all paths of the server; they are matched exactly
// ("web-and-client 5, 11").
var routes = map[string]route{
	// the game
	"/AuthLogin":                             {nil, (*Service).authLogin},
	"/ShardList/":                            {get, (*Service).shardList},
	"/ShardList":                             {get, (*Service).shardList},
	"/games/EA_Seattle/MotorCity/UpdateInfo": {form, (*Service).patch},
	"/games/EA_Seattle/MotorCity/NPS":        {form, (*Service).patch},
	"/games/EA_Seattle/MotorCity/MCO":        {form, (*Service).patch},
	"/Ticker":                                {get, (*Service).ticker},
	"/ticker":                                {get, (*Service).ticker},
	"/urls":                                  {get, (*Service).gameURL},
	"/mco/local/58":                          {get, (*Service).partRows},

	// files for the player's computer
	"/cert":      {get, (*Service).certificate},
	"/key":       {get, (*Service).pubKey},
	"/registry":  {get, (*Service).registry},
	"/setup.bat": {get, (*Service).setup},

	// pages for people
	"/":                   {get, (*Service).welcome},
	"/source":             {get, (*Service).source},
	"/SubscribeEntry.jsp": {form, (*Service).signUp},
	"/account":            {form, (*Service).account},
}

// Plain is the handler of the plain HTTP port.
func (s *Service) Plain() http.Handler { return s.handler(false) }

// Secure is the handler of the TLS port.
func (s *Service) Secure() http.Handler { return s.handler(true) }

func (s *Service) handler(secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{w: w, r: r, secure: secure, remote: remoteOf(r), local: localOf(r)}
		s.observe(x)
		defer s.log(x)
		defer s.tell(x)
		defer s.rescue(x)
		if s.Limits.Banned(x.remote) { // since it has connected
			w.Header().Set("Connection", "close")
			x.text(http.StatusForbidden, "Forbidden")
			return
		}
		s.route(x)
	})
}

func (s *Service) route(x *exchange) {
	rt, ok := routes[x.r.URL.Path]
	if !ok {
		x.unhandled = true
		x.text(http.StatusNotFound, "Not found")
		return
	}
	for _, m := range rt.methods {
		if x.r.Method == m {
			rt.answer(s, x)
			return
		}
	}
	if rt.methods == nil {
		rt.answer(s, x)
		return
	}
	x.w.Header().Set("Allow", strings.Join(rt.methods, ", "))
	x.text(http.StatusMethodNotAllowed, "Method not allowed")
}

// rescue turns a panic of a handler into a plain answer. The value of the panic
// is logged only when the runtime made it: another might quote the request.
func (s *Service) rescue(x *exchange) {
	v := recover()
	if v == nil {
		return
	}
	what := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		what = e.Error()
	}
	x.note("panic", what)
	x.note("stack", string(debug.Stack()))
	x.text(http.StatusInternalServerError, "Internal server error")
}

// log writes the one line of a request, and counts it.
func (s *Service) log(x *exchange) {
	path := logPath(x.r.URL.Path)
	s.counter.add(path, x.unhandled)
	service := "http"
	if x.secure {
		service = "https"
	}
	entry := s.Log.WithFields(logrus.Fields{
		"service": service, "remote": x.remote.String(), "method": x.r.Method[:min(len(x.r.Method), 16)],
		"path": path, "status": x.status,
	}).WithFields(x.notes)
	switch {
	case x.status >= http.StatusInternalServerError:
		entry.Error("web request failed")
	case x.unhandled:
		entry.Info("web request for an unknown path")
	default:
		entry.Info("web request")
	}
}

// exchange is one request and its answer.
type exchange struct {
	w             http.ResponseWriter
	r             *http.Request
	secure        bool
	remote, local netip.Addr

	status    int // 0: not answered yet
	unhandled bool
	notes     logrus.Fields
	seen      *observed // nil when nobody looks
}

// note adds a field to the request's line in the log.
func (x *exchange) note(key string, value any) {
	if x.notes == nil {
		x.notes = logrus.Fields{}
	}
	x.notes[key] = value
}

// send answers with a complete body; only the first answer counts. The library
// leaves the body out when the method is HEAD.
func (x *exchange) send(status int, contentType string, body []byte) {
	if x.status != 0 {
		return
	}
	x.status = status
	if x.seen != nil {
		x.seen.contentType, x.seen.body = contentType, body
	}
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // the client may have gone
}

// text answers with a text in the form that the game reads.
func (x *exchange) text(status int, body string) {
	x.send(status, "text/plain", []byte(body))
}

func remoteOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return ap.Addr().Unmap()
}

func localOf(r *http.Request) netip.Addr {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return addrOf(a)
	}
	return netip.IPv4Unspecified()
}

func addrOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return ap.Addr().Unmap()
}
