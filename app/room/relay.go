package room

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"mcos/app/gateway"
	"mcos/protocol/nps"
)

// addressing says whom a relay reaches (nps-lobby-rooms 7.1).
type addressing int

const (
	toAll addressing = iota
	toReady
	toUsers    // the named ones
	toNotUsers // all but the named ones
)

// relayRows are the relays: application data that the server forwards without
// reading it. The twins of the long ones differ in a line of the log only.
func (s *Service) relayRows() []gateway.Row {
	return []gateway.Row{
		gateway.OnHot(nps.RelayAllShort, gateway.LoggedIn, s.relayPlain(toAll)).Passes(),
		gateway.OnHot(nps.RelayReadyShort, gateway.LoggedIn, s.relayPlain(toReady)).Passes(),
		gateway.OnHot(nps.RelayListShort, gateway.LoggedIn, s.relayList(toUsers)).Passes(),
		gateway.OnHot(nps.RelayNotListShort, gateway.LoggedIn, s.relayList(toNotUsers)).Passes(),
		gateway.OnHot(nps.RelayBuddyShort, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelaySingleShort, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelayNotSingleShort, gateway.LoggedIn, s.relayUser(toNotUsers)).Passes(),

		gateway.OnHot(nps.RelayAll, gateway.LoggedIn, s.relayPlain(toAll)).Passes(),
		gateway.OnHot(nps.RelayAllLogged, gateway.LoggedIn, s.relayPlain(toAll)).Passes(),
		gateway.OnHot(nps.RelayReady, gateway.LoggedIn, s.relayPlain(toReady)).Passes(),
		gateway.OnHot(nps.RelayReadyLogged, gateway.LoggedIn, s.relayPlain(toReady)).Passes(),
		gateway.OnHot(nps.RelayList, gateway.LoggedIn, s.relayList(toUsers)).Passes(),
		gateway.OnHot(nps.RelayListLogged, gateway.LoggedIn, s.relayList(toUsers)).Passes(),
		gateway.OnHot(nps.RelayNotList, gateway.LoggedIn, s.relayList(toNotUsers)).Passes(),
		gateway.OnHot(nps.RelayNotListLogged, gateway.LoggedIn, s.relayList(toNotUsers)).Passes(),
		gateway.OnHot(nps.RelayBuddy, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelayBuddyLogged, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelaySingle, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelaySingleLogged, gateway.LoggedIn, s.relayUser(toUsers)).Passes(),
		gateway.OnHot(nps.RelayNotSingle, gateway.LoggedIn, s.relayUser(toNotUsers)).Passes(),
		gateway.OnHot(nps.RelayNotSingleLogged, gateway.LoggedIn, s.relayUser(toNotUsers)).Passes(),

		// No plug-in runs here that could take these.
		gateway.Ignore(nps.RelayPlugInShort, gateway.LoggedIn),
		gateway.Ignore(nps.RelayPlugIn, gateway.LoggedIn),
		gateway.Ignore(nps.RelayPlugInLogged, gateway.LoggedIn),
	}
}

// isShort reports whether a relay is of the short forms, whose layout is a guess
// (nps-lobby-rooms 7.1).
func isShort(opcode uint16) bool { return opcode < nps.RelayAll.Number }

// isLogged reports whether the original server noted the use of a relay: from 0x89
// on every second opcode does what the one before it does, and is noted
// (nps-lobby-rooms 7.1).
func isLogged(opcode uint16) bool { return !isShort(opcode) && opcode%2 == 0 }

func (s *Service) relayPlain(to addressing) func(*gateway.Call, *nps.RelayBody) error {
	return func(c *gateway.Call, req *nps.RelayBody) error {
		return s.relay(c, to, *req, nil)
	}
}

func (s *Service) relayUser(to addressing) func(*gateway.Call, *nps.RelayUserBody) error {
	return func(c *gateway.Call, req *nps.RelayUserBody) error {
		user := [1]uint32{req.User}
		return s.relay(c, to, nps.RelayBody{Comm: req.Comm, Sender: req.Sender, Blob: req.Blob}, user[:])
	}
}

func (s *Service) relayList(to addressing) func(*gateway.Call, *nps.RelayListBody) error {
	return func(c *gateway.Call, req *nps.RelayListBody) error {
		return s.relay(c, to, nps.RelayBody{Comm: req.Comm, Sender: req.Sender, Blob: req.Blob}, req.Users)
	}
}

// The reasons for which a relay is dropped. They are made once: a flood of bad
// relays must cost as little as good ones.
var (
	errForged  = errors.New("relay in the name of another user")
	errShort   = errors.New("short relay in a layout that nobody knows")
	errBlob    = errors.New("relay without data, or with too much of it")
	errNowhere = errors.New("relay into a channel that the sender is not in")
)

// relay forwards one message to everybody whom its addressing names, in the order
// in which it came, without an answer to the sender (nps-lobby-rooms 7.4).
func (s *Service) relay(c *gateway.Call, to addressing, req nps.RelayBody, users []uint32) error {
	if isShort(c.Frame.Number) {
		c.Record("short relay, layout a guess")
		if s.cfg.ShortRelays == "log" {
			return nil
		}
	}
	switch {
	case req.Sender != c.Seat().Persona && isShort(c.Frame.Number):
		return errShort
	case req.Sender != c.Seat().Persona:
		return errForged
	case len(req.Blob) == 0 || len(req.Blob) > nps.MaxRelayBlob:
		return errBlob
	}
	if s.cfg.RelayLogUnknown && req.Blob[0] > nps.BlobLast && !isShort(c.Frame.Number) {
		c.RecordQuietly("relay of an unknown kind, perhaps chat")
	}
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c.Conn]
	if m == nil {
		return errReplaced
	}
	if isLogged(c.Frame.Number) {
		s.moderate(c, req)
	}
	if s.Muted(m.info.User) && !in.drives(m, req) {
		return nil // as if it had been sent: who is muted is not told
	}
	m.relayed = req // lives as long as the connection, so that sending allocates nothing
	packet, ok := nps.Delivered(c.Frame.Number, &m.relayed)
	if !ok {
		return fmt.Errorf("0x%X is not delivered", c.Frame.Number)
	}
	cast, err := gateway.NewBroadcast(c.Conn, packet)
	m.relayed.Blob = nil
	if err != nil {
		return err
	}
	defer cast.Done()
	return s.forward(in, m, to, req, users, cast)
}

// drives reports whether a relay is the data of a race, which a muted player may
// still send: of a known kind, and to the race or its waiting room.
func (in *instance) drives(m *member, req nps.RelayBody) bool {
	if req.Blob[0] > nps.BlobLast {
		return false
	}
	ch := in.channels[req.Comm]
	return m.heat != nil || m.in(ch) && ch.race
}

// moderate writes the line that the client asks for with a logged relay, within the
// player's share of the log.
func (s *Service) moderate(c *gateway.Call, req nps.RelayBody) {
	if !s.cfg.RelayModerationLog || !c.MayLog() {
		return
	}
	head := req.Blob[:min(len(req.Blob), moderationBytes)]
	c.Log().WithFields(logrus.Fields{
		"message": c.Message.String(), "user": req.Sender, "channel": req.Comm,
		"bytes": len(req.Blob), "data": hex.EncodeToString(head),
	}).Info("relay that the client wants noted")
}

// moderationBytes is how much of a relay such a line shows.
const moderationBytes = 64

// forward finds the audience and sends. Channel 0 is everybody on the port who is
// in no race. Whoever races there reaches his own race, whatever number he gives it,
// and nobody else (DECISIONS 53).
func (s *Service) forward(in *instance, m *member, to addressing, req nps.RelayBody, users []uint32, cast *gateway.Broadcast) error {
	ch := in.channels[req.Comm]
	switch {
	case m.heat != nil:
		m.heat.relay(m, to, req, users, cast, s)
	case req.Comm == 0:
		s.cast(in.order, nil, m, to, users, cast)
	case m.in(ch):
		s.cast(ch.members, ch, m, to, users, cast)
	default:
		return errNowhere
	}
	return nil
}

// cast sends to the members whom the addressing names. ch is nil for channel 0,
// which is everybody, and which has the ready flags of the rooms that the two
// share.
func (s *Service) cast(members []*member, ch *channel, from *member, to addressing, users []uint32, cast *gateway.Broadcast) {
	for _, m := range members {
		switch {
		case ch == nil && m.heat != nil:
		case !s.reaches(to, from.info.User, m.info.User, users):
		case to == toReady && ch != nil && !ch.ready[m]:
		case to == toReady && ch == nil && !from.ready(m):
		default:
			cast.To(m.conn)
		}
	}
}

// ready reports whether another member is ready in a room that both are in.
func (m *member) ready(other *member) bool {
	for _, ch := range m.channels {
		if ch.ready[other] {
			return true
		}
	}
	return false
}

// reaches reports whether the addressing names a user. The sender hears himself
// only when he names himself, or when relays for all come back (nps-lobby-rooms
// 7.1).
func (s *Service) reaches(to addressing, from, user uint32, users []uint32) bool {
	switch to {
	case toUsers:
		return slices.Contains(users, user)
	case toNotUsers:
		return user != from && !slices.Contains(users, user)
	case toAll:
		return user != from || s.cfg.RelayEcho
	default:
		return user != from
	}
}
