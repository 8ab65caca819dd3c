package pages

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"mcos/app/admin"
)

// loginData is what the login page shows.
type loginData struct {
	Next     string
	Password bool   // one is set
	Problem  string // of the last attempt
	// Status is shown to those on this machine, who may know it anyway.
	Status *admin.Status
}

// loginPage asks for the password and says how else to get in.
func (v *visit) loginPage() error {
	if v.session != nil {
		v.redirect(ownPath(v.query("next")))
		return nil
	}
	return v.askPassword(http.StatusOK, ownPath(v.query("next")), "")
}

func (v *visit) askPassword(status int, next, trouble string) error {
	d := loginData{Next: next, Password: v.p.HasPassword(), Problem: trouble}
	if v.p.Local(v.r) {
		s := v.p.Status()
		d.Status = &s
	}
	v.answer(status, "login.html", page{Title: "Log in", Data: d})
	return nil
}

// login lets in whoever knows the password.
func (v *visit) login() error {
	next := ownPath(v.form("next"))
	// Not trimmed: blanks belong to a password.
	ok, err := v.p.CheckPassword(v.r.Context(), v.from(), v.r.PostForm.Get("password"))
	var told interface{ Told() int }
	switch {
	case errors.As(err, &told):
		return v.askPassword(told.Told(), next, sentence(err.Error()))
	case err != nil:
		return err
	case !ok:
		return v.askPassword(http.StatusUnauthorized, next, "That is not the password.")
	}
	if err := v.begin(); err != nil {
		return err
	}
	v.redirect(next)
	return nil
}

// enter lets in whoever has a link. It answers with a page that goes on by
// itself: a cookie that is for this site only is not sent after a redirection
// that another site or program began.
func (v *visit) enter() error {
	if !v.p.sessions.use(v.query("code")) {
		if v.session != nil {
			v.redirect(homePath)
			return nil
		}
		return v.askPassword(http.StatusForbidden, homePath, "That link has been used already, or is too old. Make a new one in the same way.")
	}
	if err := v.begin(); err != nil {
		return err
	}
	v.answer(http.StatusOK, "enter.html", page{Title: "Welcome", Bare: true})
	return nil
}

// begin gives the browser a session, and ends the one it had.
func (v *visit) begin() error {
	if v.session != nil {
		v.p.sessions.end(v.session)
	}
	shown, x, err := v.p.sessions.begin()
	if err != nil {
		return err
	}
	v.session = x
	v.setCookie(x, shown)
	return nil
}

// logout ends the session.
func (v *visit) logout() error {
	v.p.sessions.end(v.session)
	v.setCookie(v.session, "")
	v.session = nil
	v.redirect(at(loginPath, goneKey, "1"))
	return nil
}

// from is the address that the request came from.
func (v *visit) from() netip.Addr {
	addr, err := netip.ParseAddrPort(v.r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().Unmap()
}

// ownPath is a path of this server, or the home page when it is anything else.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return homePath
	}
	return next
}
