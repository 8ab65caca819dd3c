// Package login serves TCP 8226: one message, in which the game presents its
// ticket and the session key of everything that follows ("nps-login-persona 2").
package login

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"mcos/app/gateway"
	"mcos/app/session"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store    storage.Store
	Sessions *session.Manager
	// Key is the current private login key.
	Key func() *rsa.PrivateKey
	// Attempt counts a login of an account from an address and says whether it may go
	// on.
	Attempt func(from netip.Addr, account uint32) bool
}

// Service answers logins.
type Service struct{ Deps }

// New makes the service.
func New(deps Deps) *Service { return &Service{deps} }

// Port makes the port description.
func (s *Service) Port(frameCap int, idle time.Duration) *gateway.Port {
	return &gateway.Port{
		Name: "login", Number: 8226, Family: wire.Login,
		Framing:  func() (gateway.Opener, gateway.Sealer) { return nps.NewLongOpener(frameCap), nps.NewLongSealer() },
		Rows:     s.Rows(),
		Refuse:   refuse,
		Timeouts: gateway.Timeouts{Login: idle, Frame: idle, Idle: idle, Write: idle},
	}
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{gateway.On(nps.UserLogin, gateway.Connected, s.userLogin)}
	for _, m := range nps.NameOnly(wire.Login) {
		rows = append(rows, gateway.Decline(m, gateway.Connected))
	}
	return rows
}

var (
	errTooMany = errors.New("too many logins of this account (limits.actions_per_minute)")
	errBanned  = errors.New("the account is banned")
)

// userLogin opens the session (nps-login-persona 2.3). The ticket is looked at
// before the key, because decrypting is the expensive part.
func (s *Service) userLogin(c *gateway.Call, req *nps.UserLoginBody) error {
	account, err := s.Sessions.TicketAccount(req.Ticket, c.Remote())
	if err != nil {
		return err
	}
	if !s.Attempt(c.Remote(), account) {
		return errTooMany
	}
	if err := s.allowed(account); err != nil {
		return err
	}
	key, err := cipher.DecryptSessionKey(s.Key(), []byte(req.Key))
	if err != nil {
		return fmt.Errorf("the session key does not open with this server's login key (does the game have this server's pub.key?): %w", err)
	}
	sess, err := s.Sessions.Login(req.Ticket, key, c.Remote())
	if err != nil {
		return err
	}
	c.Log().WithField("account", sess.AccountName).Info("logged in")
	c.Reply(nps.UserValid.With(&nps.UserValidBody{Customer: sess.Account}))
	return nil
}

func (s *Service) allowed(account uint32) error {
	return s.Store.View(func(tx storage.ReadTx) error {
		a, err := tx.Account(account)
		if err == nil && a.Banned {
			return errBanned
		}
		return err
	})
}

// refuse answers a failed login with 0x602 and ends the connection; what is no
// login gets no answer (nps-login-persona 2.5, 5.1).
func refuse(c *gateway.Call, err error) {
	if !errors.Is(err, gateway.ErrUnknown) && !errors.Is(err, gateway.ErrDeclined) {
		c.Reply(nps.UserInvalid.With(&wire.Empty{}))
	}
	c.Close("refused")
}
