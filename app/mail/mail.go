// Package mail serves TCP 8227, the in-game mail. Nobody has seen more of it than
// an empty list being fetched once after login, so that is what it offers
// ("nps-login-persona 3").
package mail

import (
	"time"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Service answers for the mailboxes.
type Service struct{}

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
		gateway.On(nps.MailListReq, gateway.Connected, s.list),
		gateway.Decline(nps.MailReq, gateway.Connected),
		gateway.Decline(nps.SendMail, gateway.Connected),
		gateway.Decline(nps.DeleteMails, gateway.Connected),
	}
	for _, m := range nps.NameOnly(wire.Mail) {
		rows = append(rows, gateway.Decline(m, gateway.Connected))
	}
	return rows
}

// list answers with an empty mailbox, whoever asks: that reveals nothing, and a
// wrong peer gets the same (DECISIONS 12).
func (s *Service) list(c *gateway.Call, _ *nps.MailListReqBody) error {
	c.Reply(nps.NoMail())
	return nil
}
