package pages

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/admin"
	"mcos/app/console/client"
)

// maxForm is the largest form, in bytes.
const maxForm = 256 << 10

// visit is one request with its answer.
type visit struct {
	p       *Pages
	w       http.ResponseWriter
	r       *http.Request
	rt      route
	session *session // nil for those who are not logged in
	status  int      // of the answer, once it has begun
}

// problem is an error with its status, in words for the operator.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

// policy lets a page use what this server sends and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// visit answers one request.
func (p *Pages) visit(rt route, w http.ResponseWriter, r *http.Request) {
	v := &visit{p: p, w: w, r: r, rt: rt}
	defer v.rescue()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if err := v.serve(); err != nil {
		v.fail(err)
	}
	v.log(nil)
}

// serve checks who asks and hands the request to the route.
func (v *visit) serve() error {
	v.session = v.p.sessions.find(v.cookie(), v.word())
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		if err := v.checkForm(); err != nil {
			return err
		}
	}
	if v.session == nil && !v.rt.public {
		v.toLogin()
		return nil
	}
	return v.rt.answer(v)
}

// checkForm refuses a form that does not come from one of our pages.
func (v *visit) checkForm() error {
	if err := v.p.protect.Check(v.r); err != nil {
		return &problem{http.StatusForbidden, "This form came from another site; nothing has been changed."}
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return &problem{http.StatusBadRequest, "This form cannot be read; nothing has been changed."}
	}
	if v.session == nil || v.rt.public {
		return nil // there is no word yet
	}
	if subtle.ConstantTimeCompare([]byte(v.r.PostForm.Get("csrf")), []byte(v.session.csrf)) != 1 {
		return &problem{http.StatusForbidden, "This form is too old; nothing has been changed. Go back, reload the page and try again."}
	}
	return nil
}

// toLogin sends a browser to the login page, and back here afterwards if it asked
// for a page.
func (v *visit) toLogin() {
	values := url.Values{}
	if v.r.Method == http.MethodGet && v.r.URL.Path != homePath && !strings.HasPrefix(v.r.URL.Path, "/live/") {
		values.Set("next", v.r.URL.RequestURI())
	}
	if v.word() != "" {
		values.Set(goneKey, "1")
	}
	to := loginPath
	if len(values) > 0 {
		to += "?" + values.Encode()
	}
	v.redirect(to)
}

// goneKey tells the login page that the session in whose folder the browser was has
// ended. Otherwise its script goes to the folder that it remembers: the memory of a
// script is that of its host and port alone, so nobody else's page can read it.
const goneKey = "gone"

// redirect sends the browser on to a page of ours, in the folder of its session.
func (v *visit) redirect(to string) {
	v.status = http.StatusSeeOther
	if v.session != nil {
		to = v.session.folder() + to
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// done ends a form that worked: the next page, which is at to, says so.
func (v *visit) done(to, format string, args ...any) error {
	v.p.sessions.say(v.session, flash{Text: fmt.Sprintf(format, args...)})
	v.redirect(to)
	return nil
}

// refused ends a form that did not work, with the reason on the next page. Errors
// that are not the operator's go on as errors.
func (v *visit) refused(to string, err error) error {
	if admin.KindOf(err) == 0 {
		return err
	}
	v.p.sessions.say(v.session, flash{Bad: true, Text: sentence(err.Error())})
	v.redirect(to)
	return nil
}

// result ends a form: done without an error, refused with one.
func (v *visit) result(to string, err error, format string, args ...any) error {
	if err != nil {
		return v.refused(to, err)
	}
	return v.done(to, format, args...)
}

// fail answers with an error.
func (v *visit) fail(err error) {
	if v.status != 0 {
		v.log(err) // too late to say it to anybody else
		return
	}
	code, text := http.StatusInternalServerError, "The server could not do that. Its log says more."
	var known *problem
	switch {
	case errors.As(err, &known):
		code, text = known.status, known.text
	case client.StatusOf(err) != 0:
		code, text = client.StatusOf(err), sentence(err.Error())
	default:
		v.log(err)
	}
	v.answer(code, "problem.html", page{Title: http.StatusText(code), Data: text})
}

// log writes one line about the request; what changed something is worth more
// than what only looked.
func (v *visit) log(err error) {
	entry := v.p.Log.WithFields(logrus.Fields{
		"remote": v.r.RemoteAddr, "method": v.r.Method[:min(len(v.r.Method), 16)], "page": v.rt.path(), "status": v.status,
	})
	switch {
	case err != nil:
		entry.WithError(err).Error("a page failed")
	case v.r.Method == http.MethodPost:
		entry.Info("form")
	default:
		entry.Debug("page")
	}
}

// rescue turns a panic of a handler into an answer. Its value may quote the
// request and stays out of the log.
func (v *visit) rescue() {
	found := recover()
	if found == nil {
		return
	}
	if err, ok := found.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(found)
	}
	v.p.Log.WithFields(logrus.Fields{"panic": fmt.Sprintf("%T", found), "page": v.rt.path(), "stack": string(debug.Stack())}).Error("a page panicked")
	v.fail(&problem{http.StatusInternalServerError, "The server made a mistake. Its log says more."})
}

// query is a value of the address.
func (v *visit) query(key string) string { return v.r.URL.Query().Get(key) }

// form is a value of the form, without blanks around it.
func (v *visit) form(key string) string { return strings.TrimSpace(v.r.PostForm.Get(key)) }

// at is the address of a page with one value.
func at(path, key, value string) string {
	return path + "?" + url.Values{key: {value}}.Encode()
}

// deadline gives the answer more time than others get.
func (v *visit) deadline(d time.Duration) {
	rc, until := http.NewResponseController(v.w), time.Now().Add(d)
	// Errors only say that this connection has no deadlines.
	_, _ = rc.SetReadDeadline(until), rc.SetWriteDeadline(until)
}

// sentence makes a sentence of an error's text.
func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}
