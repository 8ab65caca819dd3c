package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"mcos/app/accounts"
	"mcos/app/netaddr"
	"mcos/app/passwords"
	"mcos/storage"
)

// refusal is a refused login: its code and the text the player reads. Codes are
// labels; nobody knows of a client that acts on them (web-and-client 2.5).
type refusal struct{ code, text string }

var (
	refusedWrong  = refusal{"INV-110", "Member name or password incorrect, please try again."}
	refusedOften  = refusal{"INV-200", "Too many wrong passwords from your address. Please wait a minute and try again."}
	refusedBusy   = refusal{"INV-200", "The server is busy. Please try again in a moment."}
	refusedFailed = refusal{"INV-200", "The server has a problem and cannot check your login. Please try again later."}
	refusedPlain  = refusal{"INV-200", "This server takes logins over HTTPS only."}
)

func refusedBanned(reason string) refusal {
	if reason == "" {
		return refusal{"INV-100", "This login is locked."}
	}
	return refusal{"INV-100", plain("This login is locked: " + reason)}
}

// authLogin checks a name and a password and answers with a ticket
// (web-and-client 2). The status is 200 whatever happens: the client looks at it
// before it reads the body.
func (s *Service) authLogin(x *exchange) {
	x.w.Header().Set("Cache-Control", "no-store")
	account, ticket, no := s.checkLogin(x)
	if no != nil {
		x.note("refused", no.code)
		x.text(http.StatusOK, "Valid=FALSE\nTicket=0\nreasoncode="+no.code+
			"\nreasontext="+no.text+"\nreasonurl="+s.webURL(x)+"/SubscribeEntry.jsp")
		return
	}
	x.note("account", account.Name)
	x.secret(ticket)
	x.text(http.StatusOK, "Valid=TRUE\nTicket="+ticket)
}

// checkLogin returns the account and its new ticket, or why there is none.
func (s *Service) checkLogin(x *exchange) (account storage.Account, ticket string, no *refusal) {
	if !x.secure && !s.Config.AuthLoginPlain {
		return account, "", &refusedPlain
	}
	if !s.mayGuess(x) {
		return account, "", &refusedOften
	}
	name, readings := credentials(x.r.URL.RawQuery)
	if name == "" || len(readings) == 0 {
		return account, "", &refusedWrong
	}
	if !s.mayLogIn(x, name) {
		return account, "", &refusedOften
	}
	account, err := s.authenticate(x.r.Context(), name, readings)
	if err != nil {
		no := s.loginRefusal(x, name, err)
		return account, "", &no
	}
	s.Limits.RightPassword(x.remote, name)
	ticket, err = s.Tickets.IssueAt(account.ID, account.Name, netaddr.TypedHost(x.r.Host))
	if err != nil {
		x.note("error", err)
		return account, "", &refusedFailed
	}
	return account, ticket, nil
}

// mayGuess reports whether a password of this client is to be looked at; the log says
// why not.
func (s *Service) mayGuess(x *exchange) bool {
	if s.Limits.MayGuess(x.remote) {
		return true
	}
	x.note("limit", "limits.wrong_passwords")
	return false
}

// mayLogIn reports whether a password of this client for an account is to be looked at.
func (s *Service) mayLogIn(x *exchange, name string) bool {
	if s.Limits.MayLogIn(x.remote, name) {
		return true
	}
	x.note("limit", "limits.wrong_passwords_per_account")
	return false
}

// authenticate tries the readings of one password until one is right: together they
// are one attempt.
func (s *Service) authenticate(ctx context.Context, name string, readings []string) (account storage.Account, err error) {
	for _, password := range readings {
		if account, err = s.Accounts.Authenticate(ctx, name, password); !errors.Is(err, accounts.ErrWrong) {
			break
		}
	}
	return account, err
}

func (s *Service) loginRefusal(x *exchange, name string, err error) refusal {
	var banned *accounts.BannedError
	switch {
	case errors.Is(err, accounts.ErrWrong):
		s.Limits.WrongPassword(x.remote, name)
		return refusedWrong
	case errors.As(err, &banned):
		return refusedBanned(banned.Reason)
	case errors.Is(err, passwords.ErrBusy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refusedBusy
	}
	x.note("error", err)
	return refusedFailed
}

// webURL is the address of the plain web port as this client reaches it, without
// a slash at the end.
func (s *Service) webURL(x *exchange) string {
	url := "http://" + s.host(x)
	if s.Ports.Web != 80 {
		url += ":" + strconv.Itoa(s.Ports.Web)
	}
	return url
}

// host is where this client should go on.
func (s *Service) host(x *exchange) string {
	return s.Advertiser.Host(netaddr.Arrival{Local: x.local, Remote: x.remote, Typed: netaddr.TypedHost(x.r.Host)})
}
