package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"mcos/app/accounts"
	"mcos/app/passwords"
	"mcos/storage"
)

// Bounds of the form.
const (
	maxForm = 8 << 10 // bytes of a posted form
	maxName = 32      // characters of a login name (nps-login-persona 8.1)
)

// signUpForm is the form as it is shown: what the visitor typed, except the
// passwords and the code, and what is wrong beside each field.
type signUpForm struct {
	NeedCode bool
	Invite   bool // the code is an invite
	Name     string
	// PasswordLength is how many characters a password has at least.
	PasswordLength int

	Error         string // about the whole form
	NameError     string
	PasswordError string
	RepeatError   string
	CodeError     string
}

func (f *signUpForm) ok() bool {
	return f.Error+f.NameError+f.PasswordError+f.RepeatError+f.CodeError == ""
}

// signUp shows the sign-up form and makes the account when it comes back. The
// game's own button for new accounts leads here too (web-and-client 5.1).
func (s *Service) signUp(x *exchange) {
	switch {
	case s.Config.Signup == "closed":
		s.html(x, http.StatusOK, "closed.html", "Sign up", nil)
	case x.r.Method == http.MethodPost:
		s.createAccount(x)
	default:
		s.showForm(x, http.StatusOK, signUpForm{})
	}
}

func (s *Service) showForm(x *exchange, status int, f signUpForm) {
	f.Invite = s.Config.Signup == "invite"
	f.PasswordLength = s.Config.PasswordLength
	f.NeedCode = f.Invite || s.Config.Signup == "code"
	s.html(x, status, "signup.html", "Sign up", f)
}

func (s *Service) createAccount(x *exchange) {
	var trouble string
	if status := s.posted(x, &trouble); status != http.StatusOK {
		s.showForm(x, status, signUpForm{Error: trouble})
		return
	}
	name, password := strings.TrimSpace(x.r.PostForm.Get("name")), x.r.PostForm.Get("password")
	f := s.checkForm(name, password, x.r.PostForm)
	if f.CodeError != "" {
		s.Limits.WrongGuess(x.remote)
	}
	if !f.ok() {
		x.note("signup", "refused")
		s.showForm(x, http.StatusBadRequest, f)
		return
	}
	if !s.Limits.SignUp(x.remote) {
		x.note("limit", "limits.signups_per_hour")
		f.Error = "Too many accounts have been made from your address. Please try again later."
		s.showForm(x, http.StatusTooManyRequests, f)
		return
	}
	account, err := s.create(x, name, password)
	if err != nil {
		x.note("signup", "refused")
		s.showForm(x, s.signUpProblem(x, err, &f), f)
		return
	}
	x.note("signup", "created")
	x.note("account", account.Name)
	s.html(x, http.StatusOK, "created.html", "Welcome, "+account.Name, account.Name)
}

// posted reads a form in which a password or code may be guessed, and returns StatusOK,
// or the status of a refusal with its explanation.
func (s *Service) posted(x *exchange, trouble *string) (status int) {
	if foreign(x.r) {
		*trouble = "This form was sent from another web site. Please fill it in here."
		return http.StatusForbidden
	}
	if !s.mayGuess(x) {
		*trouble = "Too many wrong passwords from your address. Please wait a minute and try again."
		return http.StatusTooManyRequests
	}
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, maxForm)
	if err := x.r.ParseForm(); err != nil || len(x.r.PostForm) == 0 {
		*trouble = "Your browser sent a form that this server cannot read. Please try again."
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// create makes the account, with the invite code where one is needed.
func (s *Service) create(x *exchange, name, password string) (storage.Account, error) {
	if s.Config.Signup == "invite" {
		return s.Accounts.CreateInvited(x.r.Context(), name, password, x.r.PostForm.Get("code"))
	}
	return s.Accounts.Create(x.r.Context(), name, password)
}

// checkForm says what is wrong with a form, as far as that can be seen without
// the store.
func (s *Service) checkForm(name, password string, posted url.Values) (f signUpForm) {
	f.Name = strings.ToValidUTF8(name[:min(len(name), maxName)], "")
	if accounts.ValidName(name) != nil {
		f.NameError = nameRule
	}
	if f.PasswordError = s.passwordProblem(password); f.PasswordError == "" && posted.Get("repeat") != password {
		f.RepeatError = "The two passwords are not the same."
	}
	if s.Config.Signup == "code" && !sameText(posted.Get("code"), s.Config.SignupCode) {
		f.CodeError = "This is not the sign-up code. Ask the operator of this server for it."
	}
	return f
}

const nameRule = "A name has 3 to 32 letters (A to Z), digits or underscores."

// passwordProblem says why a new password will not do, "" when it will.
func (s *Service) passwordProblem(password string) string {
	if passwords.Valid(password) != nil || len(password) < s.Config.PasswordLength {
		return s.passwordRule()
	}
	return ""
}

func (s *Service) passwordRule() string {
	return fmt.Sprintf("A password has %d to 72 letters (A to Z), digits or signs, without blanks.", s.Config.PasswordLength)
}

// signUpProblem puts the store's refusal into the form and returns the status.
func (s *Service) signUpProblem(x *exchange, err error, f *signUpForm) int {
	switch {
	case errors.Is(err, accounts.ErrInvite):
		s.Limits.WrongGuess(x.remote)
		f.CodeError = "This invite code is unknown, over or used up. Ask the operator of this server for another one."
		return http.StatusBadRequest
	case errors.Is(err, storage.ErrNameTaken):
		f.NameError = "Somebody else has this name. Please choose another one."
		return http.StatusConflict
	case errors.Is(err, accounts.ErrReserved):
		f.NameError = "Names like this are kept for the server's own players. Please choose another one."
		return http.StatusBadRequest
	case errors.Is(err, accounts.ErrName):
		f.NameError = nameRule
		return http.StatusBadRequest
	case errors.Is(err, passwords.ErrForm):
		f.PasswordError = s.passwordRule()
		return http.StatusBadRequest
	case errors.Is(err, passwords.ErrBusy), x.r.Context().Err() != nil:
		f.Error = "The server is busy. Please try again in a moment."
		return http.StatusServiceUnavailable
	}
	x.note("error", err)
	f.Error = "The server has a problem and cannot make accounts now. Please try again later."
	return http.StatusInternalServerError
}

// foreign reports whether a page of another site sent this form. Browsers say
// where a form comes from; programs and very old browsers say nothing, and they
// are not the ones that can be misled.
func foreign(r *http.Request) bool {
	var protection http.CrossOriginProtection
	if protection.Check(r) != nil {
		return true
	}
	if r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" {
		return false // the check above has judged these
	}
	referer := r.Header.Get("Referer")
	if referer == "" {
		return false
	}
	u, err := url.Parse(referer)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// sameText compares two texts without the blanks around them, in a time that does
// not depend on where they differ.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(strings.TrimSpace(a))), sha256.Sum256([]byte(strings.TrimSpace(b)))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
