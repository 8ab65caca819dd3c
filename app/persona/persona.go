// Package persona serves TCP 8228: the list of drivers of an account, and
// choosing, naming, creating and deleting one ("nps-login-persona 4").
package persona

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/app/session"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Config is the `persona` section of the configuration.
type Config struct {
	SelectAckForm string `yaml:"select_ack_form" help:"Form of the answer to choosing a persona. A: 255 bytes, as captured; B: 263 bytes; C: 4 bytes." values:"A|B|C" ref:"nps-login-persona 4.4"`
	InfoReply     string `yaml:"persona_info_reply" help:"Answer to the persona info request, by which an older game checks the name of a new driver. name: 607 without a body when the name is taken or not allowed, otherwise 602; 602: always that, which lets every name pass until the driver is created; 607: the request is read as the number of a driver and answered with its record." values:"name|602|607" ref:"DECISIONS 37"`
	CheckAddress  bool   `yaml:"check_address" help:"Accept requests for an account only from the address that logged in." ref:"nps-login-persona 8.5"`
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{SelectAckForm: "A", InfoReply: "name", CheckAddress: true} }

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store    storage.Store
	Sessions *session.Manager
	Rules    *game.Rules
	// Shard is the number of the one shard that is offered.
	Shard uint32
	// Attempt counts a name check or creation of an account and says whether it
	// may go on.
	Attempt func(from netip.Addr, account uint32) bool
	// Playing reports whether a persona is in the lobby, a room or a race; nil
	// means never.
	Playing func(persona uint32) bool
}

// Service answers for the personas.
type Service struct {
	cfg Config
	Deps
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	if deps.Playing == nil {
		deps.Playing = func(uint32) bool { return false }
	}
	return &Service{cfg, deps}
}

// Port makes the port description, with the rows of this service and the others
// that share the port.
func (s *Service) Port(others []gateway.Row, frameCap int, idle time.Duration) *gateway.Port {
	return &gateway.Port{
		Name: "persona", Number: 8228, Family: wire.Persona,
		Framing:  func() (gateway.Opener, gateway.Sealer) { return nps.NewLongOpener(frameCap), nps.NewLongSealer() },
		Rows:     append(s.Rows(), others...),
		Refuse:   s.refuse,
		Timeouts: gateway.Timeouts{Login: idle, Frame: idle, Idle: idle, Write: idle},
	}
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{
		gateway.On(nps.GetPersonaMaps, gateway.Connected, s.list),
		gateway.On(nps.SelectPersona, gateway.Connected, s.choose),
		gateway.On(nps.LogoutPersona, gateway.Connected, s.logout),
		gateway.On(nps.ValidateName, gateway.Connected, s.validateName),
		gateway.On(nps.CheckToken, gateway.Connected, s.checkPlate),
		gateway.On(nps.CreatePersona, gateway.Connected, s.create).Writes(),
		gateway.On(nps.DeletePersona, gateway.Connected, s.remove).Writes(),
		gateway.On(nps.GetPersonaInfo, gateway.Connected, s.info),
	}
	for _, m := range nps.NameOnly(wire.Persona) {
		rows = append(rows, gateway.Decline(m, gateway.Connected))
	}
	return rows
}

// refuse answers 0x602 without a body; what the port does not know gets no answer
// and the end of the connection (nps-login-persona 5.1). A name that a player of ours
// asks about has answers of its own.
func (s *Service) refuse(c *gateway.Call, err error) {
	switch {
	case errors.Is(err, gateway.ErrUnknown), errors.Is(err, gateway.ErrDeclined):
		c.Close("unknown request")
	case c.Message == nps.ValidateName.Message:
		c.Reply(s.nameRefusal(c, err).With(&wire.Empty{}))
	default:
		c.Reply(nps.PersonaRefused.With(&wire.Empty{}))
	}
}

var (
	errForeign = errors.New("the peer has not logged in as this customer")
	errGone    = errors.New("the connection has ended")
	errTooMany = errors.New("too many requests from this address")
	errPlaying = errors.New("the driver is in the lobby, a room or a race")
)

// session returns the login of the customer when the request comes from where
// that login came from. Nothing else on this port proves who is asking
// (nps-login-persona 8.5).
func (s *Service) session(c *gateway.Call, customer uint32) (*session.Session, error) {
	sess := s.Sessions.ByAccount(customer)
	if sess == nil || (s.cfg.CheckAddress && sess.Addr != c.Remote()) {
		return nil, fmt.Errorf("customer %d: %w", customer, errForeign)
	}
	if !c.WelcomeAs(customer) {
		return nil, errGone
	}
	return sess, nil
}

// owned returns a live persona of the customer.
func (s *Service) owned(customer, id uint32) (p storage.Persona, err error) {
	err = s.Store.View(func(tx storage.ReadTx) error {
		p, err = tx.Persona(id)
		return err
	})
	if err == nil && (p.Account != customer || !p.Live()) {
		err = storage.ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("persona %d of customer %d: %w", id, customer, err)
	}
	return p, nil
}

func (s *Service) list(c *gateway.Call, req *nps.CustomerBody) error {
	if _, err := s.session(c, req.Customer); err != nil {
		return err
	}
	body := &nps.PersonaListBody{Limit: uint8(min(s.Rules.PersonaLimit(), 255))}
	err := s.Store.View(func(tx storage.ReadTx) error {
		list, err := tx.PersonasOf(req.Customer)
		for _, p := range list {
			body.Personas = append(body.Personas, nps.PersonaRecord{
				Customer: p.Account, Persona: p.ID, Shard: p.Shard,
				Created: uint32(p.Created.Unix()), Name: p.Name,
			})
		}
		return err
	})
	if err != nil {
		return err
	}
	c.Reply(nps.PersonaList.With(body))
	return nil
}

// choose makes a persona the one that is played (nps-login-persona 4.3).
func (s *Service) choose(c *gateway.Call, req *nps.PersonaKeyBody) error {
	sess, err := s.session(c, req.Customer)
	if err != nil {
		return err
	}
	p, err := s.owned(req.Customer, req.Persona)
	if err != nil {
		return err
	}
	if req.Shard != s.Shard {
		return fmt.Errorf("shard %d is not offered", req.Shard)
	}
	sess.Select(p.ID)
	c.Log().WithField("persona", p.Name).Info("persona selected")
	switch s.cfg.SelectAckForm {
	case "B":
		c.Reply(nps.SelectAckB.With(&nps.AckFillBody{}))
	case "C":
		c.Reply(nps.SelectAckC.With(&wire.Empty{}))
	default:
		c.Reply(nps.SelectAckA.With(&nps.AckFillBody{}))
	}
	return nil
}

// logout ends playing; the session key stays for the next choice
// (nps-login-persona 4.6).
func (s *Service) logout(c *gateway.Call, req *nps.PersonaKeyBody) error {
	sess, err := s.session(c, req.Customer)
	if err != nil {
		return err
	}
	if _, err := s.owned(req.Customer, req.Persona); err != nil {
		return err
	}
	if sess.Persona() == req.Persona {
		sess.Select(0)
	}
	c.Reply(nps.LogoutAck.With(&wire.Empty{}))
	return nil
}

// OwnPersona returns a live persona whose owner is the peer, for the messages that
// name no customer, here and on the other small ports (nps-login-persona 4).
func (s *Service) OwnPersona(c *gateway.Call, id uint32) (p storage.Persona, err error) {
	err = s.Store.View(func(tx storage.ReadTx) error {
		p, err = tx.Persona(id)
		return err
	})
	if err == nil && !p.Live() {
		err = storage.ErrNotFound
	}
	if err != nil {
		return p, fmt.Errorf("persona %d: %w", id, err)
	}
	_, err = s.session(c, p.Account)
	return p, err
}

// Asking is OwnPersona for a number of which it is not known whether it names the
// persona or the customer who plays it.
func (s *Service) Asking(c *gateway.Call, number uint32) (storage.Persona, error) {
	p, err := s.OwnPersona(c, number)
	if err == nil {
		return p, nil
	}
	sess, serr := s.session(c, number)
	if serr != nil || sess.Persona() == 0 {
		return storage.Persona{}, err
	}
	return s.OwnPersona(c, sess.Persona())
}

func (s *Service) checkPlate(c *gateway.Call, req *nps.CheckTokenBody) error {
	answer := nps.PersonaAck
	if s.Rules.ValidPlate(req.Text) != nil {
		answer = nps.TextNotAllowed
	}
	c.Reply(answer.With(&wire.Empty{}))
	return nil
}

// create makes a persona with its starting cash and no car (nps-login-persona
// 4.10, DECISIONS 30). The checks run in the documented order.
func (s *Service) create(c *gateway.Call, req *nps.CreatePersonaBody) error {
	customer, name := req.Persona.Customer, req.Persona.Name
	if _, err := s.session(c, customer); err != nil {
		return err
	}
	if !s.Attempt(c.Remote(), customer) {
		return errTooMany
	}
	if req.Persona.Shard != s.Shard {
		c.Reply(nps.ShardClosed.With(&wire.Empty{}))
		return nil
	}
	if !c.MayCreate() {
		c.Log().WithField("setting", "pace.drivers").Warn("an account creates one driver after the other; refused")
		c.Reply(nps.PersonaLimit.With(&nps.PersonaLimitBody{Limit: uint32(s.Rules.PersonaLimit())}))
		return nil
	}
	var p storage.Persona
	err := s.Store.Update(func(tx storage.Tx) (err error) {
		p, err = s.Rules.CreatePersona(tx, customer, name, s.Shard, 0)
		return err
	})
	switch {
	case err == nil:
		c.Log().WithField("persona", p.Name).WithField("id", p.ID).Info("persona created")
		stamp := uint32(p.Created.Unix())
		c.Reply(nps.PersonaCreated.With(&nps.GamePersonaBody{
			Customer: customer, Name: p.Name, Created: stamp, LastLogin: stamp, Persona: p.ID, Shard: p.Shard,
		}))
	case errors.Is(err, game.ErrName):
		c.Reply(nps.TextNotAllowed.With(&wire.Empty{}))
	case errors.Is(err, game.ErrLimit):
		c.Reply(nps.PersonaLimit.With(&nps.PersonaLimitBody{Limit: uint32(s.Rules.PersonaLimit())}))
	case errors.Is(err, storage.ErrNameTaken):
		c.Reply(nps.NameTaken.With(&wire.Empty{}))
	default:
		return err
	}
	return nil
}

// remove deletes a persona. Nothing in the request proves who is asking but the
// address, so a driver who is being played is not deleted: the game itself asks from
// its list of drivers, where it is in no lobby. A connection to the transaction port
// alone does not count, because the game may hold one there (nps-login-persona 4.11).
func (s *Service) remove(c *gateway.Call, req *nps.DeletePersonaBody) error {
	sess, err := s.session(c, req.Customer)
	if err != nil {
		return err
	}
	if _, err := s.owned(req.Customer, req.Persona); err != nil {
		return err
	}
	if s.Playing(req.Persona) {
		return fmt.Errorf("delete persona %d: %w", req.Persona, errPlaying)
	}
	err = s.Store.Update(func(tx storage.Tx) error { return s.Rules.DeletePersona(tx, req.Customer, req.Persona) })
	if err != nil {
		return err
	}
	if sess.Persona() == req.Persona {
		sess.Select(0)
	}
	c.Log().WithField("id", req.Persona).Info("persona deleted")
	c.Reply(nps.PersonaDeleted.With(&wire.Empty{}))
	return nil
}
