// Package mail serves TCP 8227, the in-game mail ("nps-login-persona 3").
//
// Nobody has seen more of it than a list being fetched once after login. So mail
// is off by default, and every mailbox is empty. On, mails can be listed, read,
// sent and deleted; the forms of sending and deleting are guesses.
package mail

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Config is what an operator can choose.
type Config struct {
	On   bool
	Keep time.Duration // how long a mail is kept, 0 for ever
	Box  int           // mails that a mailbox holds
}

// Deps are what the service works with. No field but Muted may be nil.
type Deps struct {
	Store storage.Store
	// Own returns a live persona of the peer, or an error when it is not his.
	Own func(c *gateway.Call, persona uint32) (storage.Persona, error)
	// Attempt counts a mail that an account sends from an address and says whether it
	// may go on.
	Attempt func(from netip.Addr, account uint32) bool
	Now     func() time.Time
	// Muted tells whether nobody may hear what a persona writes; nil means that
	// nobody is muted.
	Muted func(persona uint32) bool
}

// Service answers for the mailboxes.
type Service struct {
	cfg Config
	Deps
}

// New makes the service.
func New(cfg Config, deps Deps) *Service { return &Service{cfg, deps} }

// Port makes the port description.
func (s *Service) Port(frameCap int, idle time.Duration) *gateway.Port {
	return &gateway.Port{
		Name: "mail", Number: 8227, Family: wire.Mail,
		Framing:  func() (gateway.Opener, gateway.Sealer) { return nps.NewShortOpener(frameCap), nps.NewShortSealer() },
		Rows:     s.Rows(),
		Refuse:   func(c *gateway.Call, _ error) { c.Close("refused") },
		Timeouts: gateway.Timeouts{Login: idle, Frame: idle, Idle: idle, Write: idle},
	}
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{
		gateway.On(nps.MailListReq, gateway.Connected, s.noMail),
		gateway.Decline(nps.MailReq, gateway.Connected),
		gateway.Decline(nps.SendMail, gateway.Connected),
		gateway.Decline(nps.DeleteMails, gateway.Connected),
	}
	if s.cfg.On {
		rows = []gateway.Row{
			gateway.On(nps.MailListReq, gateway.Connected, s.list),
			gateway.On(nps.MailReq, gateway.Connected, s.read).Writes(),
			gateway.On(nps.SendMailOn, gateway.Connected, s.send).Writes(),
			gateway.On(nps.DeleteMailsOn, gateway.Connected, s.remove).Writes(),
		}
	}
	for _, m := range nps.NameOnly(wire.Mail) {
		rows = append(rows, gateway.Decline(m, gateway.Connected))
	}
	return rows
}

// noMail answers with an empty mailbox, whoever asks.
func (s *Service) noMail(c *gateway.Call, _ *nps.MailListReqBody) error {
	c.Reply(nps.NoMail())
	return nil
}

// list answers with the ids of the mails behind the last one that the client
// knows. A wrong peer gets an empty mailbox (DECISIONS 12).
func (s *Service) list(c *gateway.Call, req *nps.MailListReqBody) error {
	if _, err := s.Own(c, req.Persona); err != nil {
		c.Log().WithError(err).Info("a foreign mailbox is shown empty")
		return s.noMail(c, req)
	}
	var body nps.MailListBody
	err := s.Store.View(func(tx storage.ReadTx) error {
		mails, err := tx.MailsOf(req.Persona)
		for _, m := range mails {
			if m.ID > req.Last && !m.Expired(s.Now()) {
				body.IDs = append(body.IDs, m.ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(body.IDs) == 0 {
		return s.noMail(c, req)
	}
	c.Reply(nps.MailList.With(&body))
	return nil
}

// read answers with one mail, which counts as read when its text was wanted.
func (s *Service) read(c *gateway.Call, req *nps.MailReqBody) error {
	if _, err := s.Own(c, req.Persona); err != nil {
		return err
	}
	var m storage.Mail
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		m, err = s.mine(tx, req.Persona, req.Mail)
		return err
	})
	if err == nil && !m.Read && !req.HeaderOnly {
		err = s.Store.Update(func(tx storage.Tx) error {
			now, err := s.mine(tx, req.Persona, req.Mail)
			if err != nil {
				return err
			}
			now.Read = true
			return tx.PutMail(now)
		})
	}
	if err != nil {
		return err
	}
	body := &nps.MailBody{
		Mail: m.ID, Sender: m.From, Name: m.Sender, Title: m.Title, Sent: uint32(m.Sent.Unix()), Unread: !m.Read, Text: m.Text,
	}
	if !m.Expires.IsZero() {
		body.Expires = uint32(m.Expires.Unix())
	}
	if req.HeaderOnly {
		body.Text = ""
	}
	c.Reply(nps.Mail.With(body))
	return nil
}

// mine returns a mail in the persona's mailbox that is not over.
func (s *Service) mine(tx storage.ReadTx, persona, id uint32) (storage.Mail, error) {
	m, err := tx.Mail(id)
	if err == nil && (m.To != persona || m.Expired(s.Now())) {
		err = storage.ErrNotFound
	}
	if err != nil {
		return m, fmt.Errorf("mail %d of persona %d: %w", id, persona, err)
	}
	return m, nil
}

// Reasons for which a mail is not sent.
var (
	errFull    = errors.New("the mailbox is full")
	errShare   = errors.New("one sender's share of the mailbox is full")
	errTooMany = errors.New("too many requests from this address")
)

// send puts a mail into somebody's mailbox.
func (s *Service) send(c *gateway.Call, req *nps.SendMailBody) error {
	from, err := s.Own(c, req.Persona)
	if err != nil {
		return err
	}
	if !s.Attempt(c.Remote(), from.Account) {
		return errTooMany
	}
	var to storage.Persona
	muted, what := s.Muted != nil && s.Muted(from.ID), "mail sent"
	if muted {
		what = "mail of a muted driver dropped"
	}
	err = s.Store.Update(func(tx storage.Tx) error {
		if to, err = recipient(tx, req); err != nil {
			return err
		}
		if muted {
			return nil // as if it had been sent: who is muted is not told
		}
		return s.deliver(tx, storage.Mail{To: to.ID, From: from.ID, Sender: from.Name, Title: req.Title, Text: req.Text})
	})
	if err != nil {
		return err
	}
	c.Log().WithField("from", from.Name).WithField("to", to.Name).Info(what)
	c.Reply(nps.MailAck.With(&wire.Empty{}))
	return nil
}

// recipient finds a live persona by its id or name.
func recipient(tx storage.ReadTx, req *nps.SendMailBody) (p storage.Persona, err error) {
	if req.Recipient == 0 {
		p, err = tx.PersonaByName(req.Name)
	} else {
		p, err = tx.Persona(req.Recipient)
	}
	if err == nil && !p.Live() {
		err = storage.ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("recipient %d %q: %w", req.Recipient, req.Name, err)
	}
	return p, nil
}

// share is the part of a mailbox that mails of one sender may take, and how many they may
// be in a small one, so that nobody
// fills it for all others.
const share = 4

// deliver gives a mail its id and times and stores it, if there is room. Mails
// that are over make room first.
func (s *Service) deliver(tx storage.Tx, m storage.Mail) error {
	box, err := tx.MailsOf(m.To)
	if err != nil {
		return err
	}
	m.Sent = s.Now()
	if s.cfg.Keep > 0 {
		m.Expires = m.Sent.Add(s.cfg.Keep)
	}
	kept, his := 0, 0
	for _, old := range box {
		if !old.Expired(m.Sent) {
			kept++
			if old.From == m.From {
				his++
			}
		} else if err := tx.DeleteMail(old.ID); err != nil {
			return err
		}
	}
	if kept >= s.cfg.Box {
		return fmt.Errorf("%d mails for persona %d: %w", kept, m.To, errFull)
	}
	if m.From != 0 && his >= max(share, s.cfg.Box/share) {
		return fmt.Errorf("%d mails from persona %d to persona %d: %w", his, m.From, m.To, errShare)
	}
	if m.ID, err = tx.NextMail(); err != nil {
		return err
	}
	return tx.PutMail(m)
}

// Notify mails a text of the server to personas and returns how many got it: those
// with a full mailbox do not. With mail switched off nobody does.
func (s *Service) Notify(personas []uint32, title, text string) (sent int, err error) {
	if !s.cfg.On {
		return 0, nil
	}
	err = s.Store.Update(func(tx storage.Tx) error {
		sent = 0
		for _, id := range personas {
			err := s.deliver(tx, storage.Mail{To: id, Sender: "Server", Title: title, Text: text})
			if errors.Is(err, errFull) {
				continue
			}
			if err != nil {
				return err
			}
			sent++
		}
		return nil
	})
	return sent, err
}

// remove deletes mails of the persona's own mailbox; ids of other mails are passed
// over, like those of mails that are gone.
func (s *Service) remove(c *gateway.Call, req *nps.DeleteMailsBody) error {
	if _, err := s.Own(c, req.Persona); err != nil {
		return err
	}
	err := s.Store.Update(func(tx storage.Tx) error {
		for _, id := range req.IDs {
			m, err := tx.Mail(id)
			if errors.Is(err, storage.ErrNotFound) || err == nil && m.To != req.Persona {
				continue
			}
			if err == nil {
				err = tx.DeleteMail(id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Reply(nps.MailAck.With(&wire.Empty{}))
	return nil
}
