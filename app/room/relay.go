package room

import (
	"errors"
	"fmt"
	"slices"
	"time"

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
// reading it. The variants that the original server logged travel the same way.
func (s *Service) relayRows() []gateway.Row {
	return []gateway.Row{
		gateway.OnHot(nps.RelayAll, gateway.LoggedIn, s.relayPlain(toAll)),
		gateway.OnHot(nps.RelayAllLogged, gateway.LoggedIn, s.relayPlain(toAll)),
		gateway.OnHot(nps.RelayReady, gateway.LoggedIn, s.relayPlain(toReady)),
		gateway.OnHot(nps.RelayReadyLogged, gateway.LoggedIn, s.relayPlain(toReady)),
		gateway.OnHot(nps.RelayList, gateway.LoggedIn, s.relayList(toUsers)),
		gateway.OnHot(nps.RelayListLogged, gateway.LoggedIn, s.relayList(toUsers)),
		gateway.OnHot(nps.RelayNotList, gateway.LoggedIn, s.relayList(toNotUsers)),
		gateway.OnHot(nps.RelayNotListLogged, gateway.LoggedIn, s.relayList(toNotUsers)),
		gateway.OnHot(nps.RelayBuddy, gateway.LoggedIn, s.relayUser(toUsers)),
		gateway.OnHot(nps.RelayBuddyLogged, gateway.LoggedIn, s.relayUser(toUsers)),
		gateway.OnHot(nps.RelaySingle, gateway.LoggedIn, s.relayUser(toUsers)),
		gateway.OnHot(nps.RelaySingleLogged, gateway.LoggedIn, s.relayUser(toUsers)),
		gateway.OnHot(nps.RelayNotSingle, gateway.LoggedIn, s.relayUser(toNotUsers)),
		gateway.OnHot(nps.RelayNotSingleLogged, gateway.LoggedIn, s.relayUser(toNotUsers)),

		// No plug-in runs here that could take these.
		gateway.Ignore(nps.RelayPlugIn, gateway.LoggedIn),
		gateway.Ignore(nps.RelayPlugInLogged, gateway.LoggedIn),
	}
}

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

// The packet types that races use, the first byte of a blob; anything else may be
// chat, which nobody has captured yet (nps-lobby-rooms 7.5, 7.6).
const (
	blobPosition = 5
	blobLast     = 10
)

// The reasons for which a relay is dropped. They are made once: a flood of bad
// relays must cost as little as good ones.
var (
	errForged  = errors.New("relay in the name of another user")
	errBlob    = errors.New("relay without data, or with too much of it")
	errFlood   = errors.New("more relays than one player can need")
	errNowhere = errors.New("relay into a channel that the sender is not in")
)

// relay forwards one message to everybody whom its addressing names, in the order
// in which it came, without an answer to the sender (nps-lobby-rooms 7.4).
func (s *Service) relay(c *gateway.Call, to addressing, req nps.RelayBody, users []uint32) error {
	switch {
	case req.Sender != c.Seat().Persona:
		return errForged
	case len(req.Blob) == 0 || len(req.Blob) > nps.MaxRelayBlob:
		return errBlob
	}
	if s.cfg.RelayLogUnknown && req.Blob[0] > blobLast {
		c.Record("relay of an unknown kind, perhaps chat")
	}
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c.Conn]
	if m == nil {
		return errReplaced
	}
	if !m.pace.allow(s.Now(), s.cfg.RelaysPerSecond) {
		return errFlood
	}
	m.relayed = req // lives as long as the connection, so that sending allocates nothing
	packet, ok := nps.Delivered(c.Frame.Number, &m.relayed)
	if !ok {
		return fmt.Errorf("0x%X is not delivered", c.Frame.Number)
	}
	cast, err := gateway.NewBroadcast(packet)
	m.relayed.Blob = nil
	if err != nil {
		return err
	}
	defer cast.Done()
	cast.Droppable = req.Blob[0] == blobPosition
	return s.forward(in, m, to, req, users, cast)
}

// forward finds the audience and sends. Channel 0 is everybody on the port who is in
// no race, and on the race port everybody in the sender's race, whatever number it
// is called by.
func (s *Service) forward(in *instance, m *member, to addressing, req nps.RelayBody, users []uint32, cast *gateway.Broadcast) error {
	ch := in.channels[req.Comm]
	switch {
	case m.heat != nil && (ch == nil || !ch.has(m) || req.Comm == 0):
		m.heat.relay(m, to, req, users, cast, s)
	case req.Comm == 0:
		s.cast(in.order, nil, m, to, users, cast)
	case ch != nil && ch.has(m):
		s.cast(ch.members, ch, m, to, users, cast)
	default:
		return errNowhere
	}
	return nil
}

// cast sends to the members whom the addressing names. ch gives the ready flags.
func (s *Service) cast(members []*member, ch *channel, from *member, to addressing, users []uint32, cast *gateway.Broadcast) {
	for _, m := range members {
		if m == from && !(s.cfg.RelayEcho && to == toAll) || ch == nil && m.heat != nil {
			continue
		}
		if reaches(to, m, ch, users) {
			cast.To(m.conn)
		}
	}
}

func reaches(to addressing, m *member, ch *channel, users []uint32) bool {
	switch to {
	case toReady:
		return ch == nil || ch.ready[m]
	case toUsers:
		return slices.Contains(users, m.info.User)
	case toNotUsers:
		return !slices.Contains(users, m.info.User)
	default:
		return true
	}
}

// pace counts a connection's relays in the present second.
type pace struct {
	second int64
	count  int
}

func (p *pace) allow(now time.Time, limit int) bool {
	if s := now.Unix(); s != p.second {
		p.second, p.count = s, 0
	}
	p.count++
	return p.count <= limit
}
