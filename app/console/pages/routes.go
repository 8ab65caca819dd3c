package pages

import (
	"net/http"
	"strings"
)

// route is one row of the table: what answers a request.
type route struct {
	pattern string // as http.ServeMux takes it
	// public is for browsers that are not logged in, too.
	public bool
	answer func(*visit) error
}

// Paths that more than one place names.
const (
	loginPath = "/login"
	enterPath = "/enter"
	homePath  = "/"
)

// table lists all pages and forms.
var table = []route{
	{"GET /static/{name}", true, (*visit).static},
	{"GET " + loginPath, true, (*visit).loginPage},
	{"POST " + loginPath, true, (*visit).login},
	{"GET " + enterPath, true, (*visit).enter},
	{"POST /logout", false, (*visit).logout},

	{"GET /{$}", false, (*visit).overview},
	{"GET /live/overview", false, (*visit).overviewLive},

	{"GET /connections", false, (*visit).connections},
	{"GET /live/connections", false, (*visit).connectionsLive},
	{"POST /connections/close", false, (*visit).disconnect},

	{"GET /lobby", false, (*visit).lobby},
	{"GET /live/lobby", false, (*visit).lobbyLive},
	{"POST /lobby/message", false, (*visit).message},
	{"POST /lobby/broadcast", false, (*visit).broadcast},
	{"POST /kick", false, (*visit).kick},
	{"GET /races", false, (*visit).races},
	{"GET /live/races", false, (*visit).racesLive},

	{"GET /players", false, (*visit).players},
	{"POST /players/add", false, (*visit).addAccount},
	{"GET /account", false, (*visit).account},
	{"POST /account/password", false, (*visit).resetPassword},
	{"POST /account/ban", false, (*visit).ban},
	{"POST /account/restore", false, (*visit).restore},
	{"POST /account/unban", false, (*visit).unban},
	{"POST /account/remove", false, (*visit).removeAccount},
	{"GET /driver", false, (*visit).driver},
	{"POST /driver/grant", false, (*visit).grant},
	{"POST /driver/rename", false, (*visit).rename},
	{"POST /driver/mute", false, (*visit).mute},
	{"POST /driver/unmute", false, (*visit).unmute},
	{"GET /invites", false, (*visit).invites},
	{"POST /invites/add", false, (*visit).addInvite},
	{"POST /invites/remove", false, (*visit).removeInvite},
	{"GET /bans", false, (*visit).bans},
	{"POST /bans/add", false, (*visit).banAddress},
	{"POST /bans/remove", false, (*visit).unbanAddress},

	{"GET /traffic", false, (*visit).traffic},
	{"GET /live/traffic", false, (*visit).trafficLive},
	{"GET /sessions", false, (*visit).recordings},
	{"POST /sessions/start", false, (*visit).startRecording},
	{"POST /sessions/stop", false, (*visit).stopRecording},
	{"POST /sessions/remove", false, (*visit).removeRecording},
	{"GET /sessions/show", false, (*visit).recording},
	{"GET /sessions/file/{form}", false, (*visit).recordingFile},

	{"GET /setup", false, (*visit).setup},
	{"GET /setup/{file}", false, (*visit).setupFile},
	{"POST /setup/certificate", false, (*visit).newCertificates},
	{"GET /settings", false, (*visit).settings},
	{"POST /settings", false, (*visit).changeSettings},

	{"GET /health", false, (*visit).healthPage},
	{"GET /live/health", false, (*visit).healthLive},
	{"POST /health/check", false, (*visit).healthCheck},
	{"GET /backups", false, (*visit).backups},
	{"GET /backup", false, (*visit).backup},
	{"POST /backups/save", false, (*visit).saveBackup},
	{"POST /backups/restore", false, (*visit).restoreBackup},
	{"POST /backups/cancel", false, (*visit).cancelRestore},
}

// routes makes the mux of the table.
func (p *Pages) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range table {
		if !p.has(rt.path()) {
			continue
		}
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			p.visit(rt, w, r)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.visit(route{pattern: "/", answer: (*visit).missing}, w, r)
	})
	return mux
}

// has tells whether there is what a page needs.
func (p *Pages) has(path string) bool {
	switch {
	case strings.HasPrefix(path, "/settings"):
		return p.Settings != nil
	case strings.HasPrefix(path, "/setup"):
		return p.Setup != nil
	case path == "/traffic" || path == "/live/traffic":
		return p.Recorder != nil
	}
	return true
}

// path is a pattern without its method, for the log.
func (rt route) path() string {
	_, path, ok := strings.Cut(rt.pattern, " ")
	if !ok {
		return rt.pattern
	}
	return path
}

// missing answers for everything that is not in the table.
func (v *visit) missing() error {
	return &problem{http.StatusNotFound, "There is no such page here."}
}
