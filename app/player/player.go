// Package player serves the MCOTS messages about the driver behind a connection:
// connecting and logging in, what the game fetches on its way to the Home screen,
// the driver's looks and papers, and the end of a persona ("mcots-1 3, 4, 6").
package player

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/session"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Rules are the rules of the game that this service asks for.
type Rules interface {
	// SellStarter sells the starter car chosen in a login, once. The error says
	// why nothing was sold.
	SellStarter(tx storage.Tx, persona, dealer, car, skin uint32) (game.StarterSale, error)
	// ValidPlate and ValidCarNumber check the texts of a driver's papers.
	ValidPlate(text string) error
	ValidCarNumber(text string) error
	// Capacity is the number of cars and of loose parts a driver may own.
	Capacity(level uint32) (cars, parts uint32)
	// ToNext is what a driver lacks to the next level and to the next rank, in
	// points, and the present rank.
	ToNext(s storage.Stats) (level, rank uint16, now uint32)
	// SlotsUsed is the number of a driver's loose parts.
	SlotsUsed(tx storage.ReadTx, persona uint32) (uint32, error)
}

// Economy are the numbers of the tunables message that package game owns.
type Economy struct {
	PartsPerLevel, CarsPerLevel uint32
	Repair, Scrap, TradeIn      float64
}

// Deps are what the service works with. No field but ShutdownIn may be nil.
type Deps struct {
	Store    storage.Store
	Sessions *session.Manager
	Rules    Rules
	Economy  Economy
	Now      func() time.Time
	// WebHost tells the host and port text under which a client finds our web
	// pages.
	WebHost func(netaddr.Arrival) string
	// ShutdownIn tells how long it is until an announced shutdown, 0 or less for
	// none; nil means never.
	ShutdownIn func() time.Duration
}

// Service answers for the players.
type Service struct {
	cfg Config
	Deps
}

// New makes the service.
func New(cfg Config, deps Deps) *Service { return &Service{cfg: cfg, Deps: deps} }

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	return []gateway.Row{
		gateway.On(mcots.MsgConnect, gateway.Connected, s.connect),
		gateway.On(mcots.MsgLogin, gateway.Keyed, s.login).Writes(),
		gateway.On(mcots.MsgLogout, gateway.Keyed, s.logout),
		gateway.On(mcots.MsgTracking, gateway.Keyed, s.tracking),
		gateway.On(mcots.MsgDeletePersona, gateway.Keyed, s.deletePersona),

		gateway.On(mcots.MsgGetLobbies, gateway.LoggedIn, s.lobbies),
		gateway.On(mcots.MsgGetArcadeCars, gateway.LoggedIn, s.arcadeCars),
		gateway.On(mcots.MsgGetGameURLs, gateway.LoggedIn, s.gameURLs),
		gateway.On(mcots.MsgGetTunables, gateway.LoggedIn, s.tunables),

		gateway.On(mcots.MsgGetPlayerInfo, gateway.LoggedIn, s.playerInfo),
		gateway.On(mcots.MsgGetPlayerPhysical, gateway.LoggedIn, s.playerPhysical),
		gateway.On(mcots.MsgGetRacingHistory, gateway.LoggedIn, s.racingHistory),

		// The create dialog may send these before or after its login.
		gateway.On(mcots.MsgSetOptions, gateway.Keyed, s.setOptions).Writes(),
		gateway.On(mcots.MsgUpdatePlayerPhysical, gateway.Keyed, s.updatePhysical).Writes(),
		gateway.On(mcots.MsgSetDescription, gateway.LoggedIn, s.setDescription).Writes(),
		gateway.On(mcots.MsgAdCount, gateway.LoggedIn, s.adCount),

		// Known by name only, or features that nobody has a layout for.
		gateway.Decline(mcots.MsgGetPlayersVehicles, gateway.LoggedIn),
		gateway.Decline(mcots.MsgGetPlayerName, gateway.LoggedIn),
		gateway.Decline(mcots.MsgClubInvitations, gateway.LoggedIn),
		gateway.Decline(mcots.MsgTradeHost, gateway.LoggedIn),
		gateway.Decline(mcots.MsgTradeJoinRequest, gateway.LoggedIn),
		gateway.Decline(mcots.MsgTradeJoin, gateway.LoggedIn),
		gateway.Decline(mcots.MsgTradeRequestOfferChange, gateway.LoggedIn),
	}
}

// deletedGrace is how long after its deletion a persona may still connect, so
// that the client's own delete message finds its way in either order
// (mcots-1 6.5).
const deletedGrace = 10 * time.Minute

// connect checks who is said to be behind a connection and starts its encryption.
// It proves nothing but the address, so the connection counts for the session only
// when an encrypted message has shown the key: see login (DECISIONS 46).
func (s *Service) connect(c *gateway.Call, req *mcots.Connect) error {
	switch {
	case c.State() == gateway.Connected:
	case c.Reopened() && c.Frame.Plain:
		c.StandUp()
	default:
		c.Close("connected twice")
		return nil
	}
	sess := s.Sessions.ByAccount(req.CustomerID)
	if sess == nil {
		return fmt.Errorf("customer %d has not logged in", req.CustomerID)
	}
	if s.cfg.CheckAddress && sess.Addr != c.Remote() {
		return fmt.Errorf("customer %d logged in from another address", req.CustomerID)
	}
	p, err := s.persona(req.PersonaID)
	if err != nil {
		return err
	}
	if p.Account != req.CustomerID {
		return fmt.Errorf("persona %d belongs to another account", req.PersonaID)
	}
	if !p.Live() && s.Now().Sub(p.Deleted) >= deletedGrace {
		return fmt.Errorf("persona %d has been deleted", req.PersonaID)
	}
	if err := c.Claim(gateway.Seat{Session: sess, Persona: p.ID, Name: p.Name}, nil); err != nil {
		return err
	}
	c.SetState(gateway.Keyed)
	c.Accept()
	return c.Secure(sess.Key)
}

// login completes the way in and sells the starter car of a new persona: the
// create dialog sends no purchase of its own (mcots-1 3.2).
func (s *Service) login(c *gateway.Call, req *mcots.Login) error {
	if seat := driver(c); req.PersonaID != seat.Persona || req.CustomerID != seat.Session.Account {
		return fmt.Errorf("login as persona %d of customer %d on the connection of persona %d", req.PersonaID, req.CustomerID, seat.Persona)
	}
	if err := s.prove(c); err != nil {
		return err
	}
	p, err := s.persona(req.PersonaID)
	if err != nil {
		return err
	}
	if !p.Live() {
		return fmt.Errorf("persona %d has been deleted", p.ID)
	}
	c.Seat().Session.Play(c.Conn, p.ID) // it may have logged out before
	if req.BrandedPartID != 0 {
		s.sellStarter(c, req)
	}
	c.SetState(gateway.LoggedIn)
	now := uint32(s.Now().Unix())
	left := s.secondsLeft()
	if s.cfg.LoginCompleteForm == 72 {
		c.Reply(mcots.MsgLoginComplete72.With(&mcots.LoginComplete72{ServerTime: now, FirstTime: true, SecondsTillShutdown: left}))
	} else {
		c.Reply(mcots.MsgLoginComplete.With(&mcots.LoginComplete{ServerTime: now, Flags: mcots.LoginFirstTime, SecondsTillShutdown: left}))
	}
	return nil
}

// secondsLeft is the time until an announced shutdown, 0 when there is none or the
// game is not to be told (mcots-1 3.3).
func (s *Service) secondsLeft() uint16 {
	if !s.cfg.ShutdownNotice || s.ShutdownIn == nil {
		return 0
	}
	return uint16(min(max(s.ShutdownIn(), 0), math.MaxUint16*time.Second) / time.Second)
}

// sellStarter sells the chosen car. Whatever stands against it is logged and the
// login goes on without a car; a paint that the car cannot have is no obstacle
// (DECISIONS 14).
func (s *Service) sellStarter(c *gateway.Call, req *mcots.Login) {
	var sale game.StarterSale
	err := s.Store.Update(func(tx storage.Tx) (err error) {
		sale, err = s.Rules.SellStarter(tx, req.PersonaID, req.LotOwnerID, req.BrandedPartID, req.SkinID)
		return err
	})
	log := c.Log().WithFields(logrus.Fields{"dealer": req.LotOwnerID, "car": req.BrandedPartID, "skin": req.SkinID})
	switch {
	case err != nil:
		log.WithError(err).Warn("starter car not sold")
	case sale.Vehicle == 0:
		log.Debug("starter car sold before")
	case sale.Rescue != 0:
		log.WithFields(logrus.Fields{"vehicle": sale.Vehicle, "given": sale.Rescue, "sold_skin": sale.Skin}).
			Info("starter car sold once more, to a driver without a car and the money for one")
	case sale.Skin != req.SkinID:
		log.WithField("sold_skin", sale.Skin).Warn("starter car sold in a plain paint: the wanted skin does not fit it")
	default:
		log.WithField("vehicle", sale.Vehicle).Info("starter car sold")
	}
}

// driver is who is behind a connection after 438, proved or not.
func driver(c *gateway.Call) *gateway.Seat {
	if claimed := c.Claimed(); claimed != nil {
		return claimed
	}
	return c.Seat()
}

// prove takes a message for the proof that its sender has the key: from now on the
// persona is in play.
func (s *Service) prove(c *gateway.Call) error {
	claimed := c.Claimed()
	if claimed == nil {
		return nil
	}
	seat := *claimed
	if err := c.Prove(); err != nil {
		return err
	}
	seat.Session.Play(c.Conn, seat.Persona)
	return nil
}

// errKey is the error of a message that is read only from somebody who has proved
// the key, because nothing in it could.
var errKey = errors.New("the session key has not been proved yet")

// logout takes the persona out of play; the client closes the connection, and NPS
// 0x50F follows on another one (mcots-1 3.4).
func (s *Service) logout(c *gateway.Call, _ *mcots.GenericRequest) error {
	if c.Claimed() != nil {
		return errKey
	}
	s.Leave(c.Conn)
	if s.cfg.ConnectAfterLogout == "accept" {
		c.Reopen()
	} else {
		c.SetState(gateway.Keyed)
	}
	c.Accept()
	return nil
}

// Leave takes the persona of a connection out of play. A lost connection is treated
// like a logout (mcots-1 3.4).
func (s *Service) Leave(c *gateway.Conn) {
	if seat := c.Seat(); seat != nil {
		seat.Session.Rest(c)
	}
}

func (s *Service) tracking(c *gateway.Call, req *mcots.Tracking) error {
	c.Log().WithField("type", req.Type).WithField("text", req.Text).Debug("tracking")
	return nil
}

// adCount answers that there are no classified ads: a refusal might end in an error
// message each time the community pages open (mcots-2 6.2).
func (s *Service) adCount(c *gateway.Call, _ *wire.Raw) error {
	c.Record("layout unknown")
	if s.cfg.AdCountReply == 102 {
		return gateway.ErrDeclined
	}
	c.Accept()
	return nil
}

// deletePersona confirms what NPS 0x512 has done or is about to do; it deletes
// nothing itself, so that both orders of the two messages end the same
// (data-model 6).
func (s *Service) deletePersona(c *gateway.Call, req *mcots.DeletePersona) error {
	if seat := driver(c); req.PersonaID != seat.Persona {
		return fmt.Errorf("delete persona %d on the connection of persona %d", req.PersonaID, seat.Persona)
	}
	if err := s.prove(c); err != nil {
		return err
	}
	c.Accept()
	return nil
}

func (s *Service) persona(id uint32) (p storage.Persona, err error) {
	err = s.Store.View(func(tx storage.ReadTx) error {
		p, err = tx.Persona(id)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("persona %d: %w", id, err)
	}
	return p, nil
}

// livePersona is persona for the messages that may ask about anybody alive
// (DECISIONS 24).
func (s *Service) livePersona(id uint32) (storage.Persona, error) {
	p, err := s.persona(id)
	if err == nil && !p.Live() {
		err = fmt.Errorf("persona %d has been deleted", id)
	}
	return p, err
}

// change edits the persona of the connection in one transaction, unless it has been
// deleted meanwhile.
func (s *Service) change(c *gateway.Call, edit func(*storage.Persona)) error {
	return s.Store.Update(func(tx storage.Tx) error {
		p, err := tx.Persona(c.Seat().Persona)
		if err != nil {
			return err
		}
		if !p.Live() {
			return fmt.Errorf("persona %d has been deleted", p.ID)
		}
		edit(&p)
		return tx.PutPersona(p)
	})
}
