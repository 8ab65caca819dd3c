package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"mcos/app/accounts"
	"mcos/app/passwords"
)

// accountForm is the page with which a player changes the password or deletes the
// account: what was typed, except passwords, and what is wrong beside each field.
type accountForm struct {
	Name   string
	Delete bool // the form for deleting was sent
	// PasswordLength is how many characters a password has at least.
	PasswordLength int

	Error         string // about the whole form
	LoginError    string // name or present password
	PasswordError string
	RepeatError   string
	ConfirmError  string
}

func (f *accountForm) ok() bool {
	return f.Error+f.LoginError+f.PasswordError+f.RepeatError+f.ConfirmError == ""
}

// done is what the page says in the end.
type done struct {
	Name    string
	Deleted bool
}

// account shows the page, and does what its forms ask for. Nobody stays logged in
// here: every form carries name and password.
func (s *Service) account(x *exchange) {
	if x.r.Method != http.MethodPost {
		s.showAccount(x, http.StatusOK, accountForm{})
		return
	}
	f := accountForm{}
	status := s.posted(x, &f.Error)
	if status != http.StatusOK {
		s.showAccount(x, status, f)
		return
	}
	name := strings.TrimSpace(x.r.PostForm.Get("name"))
	f.Name = strings.ToValidUTF8(name[:min(len(name), maxName)], "")
	f.Delete = x.r.PostForm.Get("do") == "delete"
	f.check(x.r, s.passwordProblem)
	if !f.ok() {
		x.note("did", "nothing: refused")
		s.showAccount(x, http.StatusBadRequest, f)
		return
	}
	if !s.mayLogIn(x, name) {
		f.Error = "Too many wrong passwords for this account. Please wait a minute and try again."
		s.showAccount(x, http.StatusTooManyRequests, f)
		return
	}
	var err error
	what := "password changed"
	if f.Delete {
		what = "deleted by its owner"
		err = s.Accounts.RemoveOwn(x.r.Context(), name, x.r.PostForm.Get("password"))
	} else {
		err = s.Accounts.ChangePassword(x.r.Context(), name, x.r.PostForm.Get("password"), x.r.PostForm.Get("new"))
	}
	if err != nil {
		x.note("did", "nothing: refused")
		s.showAccount(x, s.accountProblem(x, name, err, &f), f)
		return
	}
	s.Limits.RightPassword(x.remote, name)
	x.note("did", what)
	x.note("account", f.Name)
	s.html(x, http.StatusOK, "account-done.html", "Done", done{Name: f.Name, Deleted: f.Delete})
}

func (s *Service) showAccount(x *exchange, status int, f accountForm) {
	f.PasswordLength = s.Config.PasswordLength
	s.html(x, status, "account.html", "Your account", f)
}

// check says what is wrong with a form, as far as that can be seen without the
// store.
func (f *accountForm) check(r *http.Request, problem func(password string) string) {
	if f.Name == "" || r.PostForm.Get("password") == "" {
		f.LoginError = "Please fill in the name and the password that you log in with."
	}
	if f.Delete {
		if r.PostForm.Get("confirm") != "delete" {
			f.ConfirmError = "Please tick the box if you are sure."
		}
		return
	}
	if f.PasswordError = problem(r.PostForm.Get("new")); f.PasswordError != "" {
		return
	}
	if r.PostForm.Get("repeat") != r.PostForm.Get("new") {
		f.RepeatError = "The two passwords are not the same."
	}
}

// accountProblem puts a refusal into the form and returns the status.
func (s *Service) accountProblem(x *exchange, name string, err error, f *accountForm) int {
	var banned *accounts.BannedError
	switch {
	case errors.Is(err, accounts.ErrWrong):
		s.Limits.WrongPassword(x.remote, name)
		f.LoginError = "The name or the password is not right."
		return http.StatusForbidden
	case errors.As(err, &banned):
		f.Error = "This account is locked. Please ask the operator of this server."
		return http.StatusForbidden
	case errors.Is(err, passwords.ErrForm):
		f.PasswordError = s.passwordRule()
		return http.StatusBadRequest
	case errors.Is(err, passwords.ErrBusy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f.Error = "The server is busy. Please try again in a moment."
		return http.StatusServiceUnavailable
	}
	x.note("error", err)
	f.Error = "The server has a problem. Nothing was changed; please try again later."
	return http.StatusInternalServerError
}
