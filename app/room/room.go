// Package room serves the channels of the lobby family: chat rooms and the
// waiting rooms of races, who is in them, who is ready, and the start of a race
// server ("nps-lobby-rooms 6, 8"). The same messages are served on 7003 and on
// every room port, because nobody knows on which connection a client sends them.
package room

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Deps are what the service works with. No field but Muted may be nil.
type Deps struct {
	// Ports are the documented numbers of all lobby-family ports.
	Ports []int
	// Port tells the number under which a documented port is reached here.
	Port func(documented int) int
	// IPv4 tells the address at which a client reaches us. It must not wait for
	// anything.
	IPv4 func(netaddr.Arrival) netip.Addr
	// Now tells the time.
	Now func() time.Time
	// RacePassword is the password of a race that the transaction server knows.
	RacePassword func(race uint32) (password [8]byte, ok bool)
	// LongestRace is how long a race may take at most, loading included; 0 = no
	// limit.
	LongestRace time.Duration
	// Muted tells whether nobody may hear what a persona writes. It is asked with
	// every relay and must not wait for anything; nil means that nobody is muted.
	Muted func(persona uint32) bool
}

// The documented numbers of the ports with a meaning of their own.
const (
	LobbyPort = 7003
	RacePort  = 9000
)

// Service keeps all instances.
type Service struct {
	cfg Config
	Deps
	instances map[int]*instance

	holders  holders
	starting sync.Mutex // held while a race lines up, which locks two instances
	turn     int        // of the race ports; guarded by starting
}

// New makes the service with one instance for each port.
func New(cfg Config, deps Deps) *Service {
	if deps.Muted == nil {
		deps.Muted = func(uint32) bool { return false }
	}
	s := &Service{cfg: cfg, Deps: deps, instances: map[int]*instance{}, holders: holders{rooms: map[uint32]int{}}}
	for _, p := range deps.Ports {
		s.instances[p] = newInstance(p)
	}
	return s
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{
		gateway.On(nps.OpenChannel, gateway.LoggedIn, s.open).Tells(),
		gateway.On(nps.CloseChannel, gateway.LoggedIn, s.close).Tells(),
		gateway.On(nps.UserListReq, gateway.LoggedIn, s.userList),
		gateway.On(nps.RiffListReq, gateway.LoggedIn, s.riffList),
		gateway.On(nps.ReadyListReq, gateway.LoggedIn, s.readyList),
		gateway.On(nps.SetCommFlags, gateway.LoggedIn, s.setFlags).Tells(),
		gateway.On(nps.SetChannelData, gateway.LoggedIn, s.setData).Tells(),
		gateway.On(nps.BootUser, gateway.LoggedIn, s.boot).Tells(),
		gateway.On(nps.StartGameServer, gateway.LoggedIn, s.startGameServer).Tells(),
		gateway.On(nps.TerminateGameServer, gateway.LoggedIn, s.terminate),
		gateway.On(nps.ReadyForGame, gateway.LoggedIn, s.readyForGame).Tells(),
		gateway.On(nps.SetReadyForGame, gateway.LoggedIn, s.readyForGame).Tells(),

		gateway.Ignore(nps.StartGame, gateway.LoggedIn),
		gateway.Ignore(nps.SetSlot, gateway.LoggedIn),
		gateway.Ignore(nps.GetSlotList, gateway.LoggedIn),
		gateway.Ignore(nps.SetChannelClosed, gateway.LoggedIn),
	}
	return append(rows, s.relayRows()...)
}

// Enter registers a connection whose user has just proved its key. An older
// connection of the same login or the same user on the same port leaves and ends
// (nps-lobby-rooms 10.3).
func (s *Service) Enter(c *gateway.Conn, info nps.UserInfoBody) {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	var heats []*heat
	for _, old := range in.rivals(c, info.User) {
		heats = append(heats, s.takeOut(in, old)) // now, not when its socket ends: nobody is in a room twice
		old.conn.Close("the same player connected again")
	}
	m := in.enter(c, info)
	in.arrive(m, s.Now())
	s.unlock(in, heats...)
}

// unlock gives the instance's lock back and ends the races among those that
// somebody has left.
func (s *Service) unlock(in *instance, left ...*heat) {
	over := slices.DeleteFunc(left, func(h *heat) bool { return h == nil || !h.over(s.Now()) })
	in.mu.Unlock()
	for _, h := range over {
		s.raceOver(h)
	}
}

// Leave takes a connection that has ended out of everything, gracefully or not
// (nps-lobby-rooms 10.2).
func (s *Service) Leave(c *gateway.Conn) {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	var left *heat
	if m := in.members[c]; m != nil {
		left = s.takeOut(in, m)
	}
	s.unlock(in, left)
}

// takeOut removes a member from everything and returns the race that he was in, if
// any.
func (s *Service) takeOut(in *instance, m *member) *heat {
	for len(m.channels) > 0 {
		s.remove(in, m.channels[0], m)
	}
	in.leave(m)
	return in.depart(m, s.Now())
}

// Population is the number of users on a port.
func (s *Service) Population(port int) int {
	in := s.instances[port]
	if in == nil {
		return 0
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.members)
}

// Present reports whether a user is in the lobby or in any room.
func (s *Service) Present(user uint32) bool {
	for _, in := range s.instances {
		if in.has(user) {
			return true
		}
	}
	return false
}

// Users lists the users of a channel on the connection's port; channel 0 stands
// for all users of the port (DECISIONS 9).
func (s *Service) Users(c *gateway.Conn, comm uint32) []nps.UserInfoBody {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	list := in.order
	if comm != 0 {
		ch := in.channels[comm]
		if ch == nil {
			return nil
		}
		list = ch.members
	}
	users := make([]nps.UserInfoBody, 0, len(list))
	for _, m := range list {
		users = append(users, m.info)
	}
	return users
}

// StartedRace tells about a room on the connection's port whose race server runs:
// the documented number of its race port, its owner and how many players it has.
func (s *Service) StartedRace(c *gateway.Conn, comm uint32) (port int, owner uint32, players int, ok bool) {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	ch := in.channels[comm]
	if ch == nil || ch.state&nps.GameRunning == 0 {
		return 0, 0, 0, false
	}
	return ch.port, ch.owner, len(ch.members), true
}

// SetData stores what a user says about itself on this connection and tells it to
// the others in its channels, of which channel 0 is none (DECISIONS 9). It returns
// the stored form, or an error when a newer connection has replaced this one.
func (s *Service) SetData(c *gateway.Conn, data nps.UserData) (nps.UserInfoBody, error) {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c]
	if m == nil {
		return nps.UserInfoBody{}, errReplaced
	}
	m.info.Data = data
	info := m.info
	cast, err := gateway.NewBroadcast(c, nps.UserInfo.With(&info))
	if err != nil {
		return m.info, err
	}
	defer cast.Done()
	told := map[*member]bool{m: true}
	for _, ch := range m.channels {
		if ch.comm == 0 {
			continue
		}
		for _, o := range ch.members {
			if !told[o] {
				told[o] = true
				cast.To(o.conn)
			}
		}
	}
	return m.info, nil
}

var errReplaced = errors.New("a newer connection of the same player has taken this one's place")

// locked runs fn with the caller's instance and member, under the instance's lock.
func (s *Service) locked(c *gateway.Call, fn func(*instance, *member) error) error {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c.Conn]
	if m == nil {
		return errReplaced
	}
	return fn(in, m)
}

// within is locked for a named channel, which must exist.
func (s *Service) within(c *gateway.Call, comm uint32, fn func(*instance, *channel, *member) error) error {
	return s.locked(c, func(in *instance, m *member) error {
		ch := in.channels[comm]
		if ch == nil {
			return fmt.Errorf("no channel %d on port %d", comm, in.port)
		}
		return fn(in, ch, m)
	})
}

// asOwner is within for what only the owner of a channel may do.
func (s *Service) asOwner(c *gateway.Call, comm uint32, fn func(*instance, *channel, *member)) error {
	return s.within(c, comm, func(in *instance, ch *channel, m *member) error {
		if ch.owner != m.info.User || !m.in(ch) {
			return fmt.Errorf("user %d does not own channel %d", m.info.User, comm)
		}
		fn(in, ch, m)
		return nil
	})
}

// open joins a channel or creates one (nps-lobby-rooms 6.4, 8.3; DECISIONS 5, 6).
func (s *Service) open(c *gateway.Call, req *nps.OpenChannelBody) error {
	if n := utf8.RuneCountInString(req.Riff); n > nps.MaxRiff {
		return fmt.Errorf("channel name of %d characters, allowed are %d", n, nps.MaxRiff)
	}
	return s.locked(c, func(in *instance, m *member) error {
		ch := in.channels[req.Comm]
		switch {
		case ch == nil || ch.riff != req.Riff:
			return s.create(in, m, c, req)
		case m.in(ch):
			c.Reply(s.granted(c, ch))
		case !s.admits(ch, req.Password) || len(ch.members) >= ch.capacity(s.cfg) || ch.state&nps.GameChannelClosed != 0:
			s.deny(c, ch.comm, "wrong password, full, or closed by its host")
		case !s.fits(m, ch):
			s.deny(c, ch.comm, "the player is in as many as rooms.rooms_per_player allows")
		default:
			s.join(c, ch, m)
		}
		return nil
	})
}

// create opens a new channel with the caller as owner.
func (s *Service) create(in *instance, m *member, c *gateway.Call, req *nps.OpenChannelBody) error {
	ch := &channel{
		comm: in.freeComm(req.Comm, s.cfg.CommID == "client"), riff: req.Riff, kind: req.Type,
		password: req.Password, owner: m.info.User, state: nps.GameNotRunning,
		maxReady: req.MaxReady, data: req.Data, ready: map[*member]bool{},
	}
	if req.Data.Race != 0 {
		ch.races = []uint32{uint32(req.Data.Race)}
	}
	if req.State == nps.GameNotRunning|nps.GameChannelClosed { // exactly this: chat rooms send junk nearby
		ch.state = req.State
	}
	ch.race = req.Data.Race != 0 || ch.comm > 100 && !listed(ch.riff)
	if !s.holds(in, m, ch) {
		s.deny(c, req.Comm, "the player has as many open as rooms.rooms_per_player allows")
		return nil
	}
	in.channels[ch.comm] = ch
	c.Log().WithField("channel", ch.riff).WithField("comm", ch.comm).Info("room created")
	if ch.race {
		c.Reply(s.created(ch))
	}
	s.join(c, ch, m)
	return nil
}

// join lets the member in and tells everybody who has to know, the newcomer first
// (nps-lobby-rooms 6.4, 9.1).
func (s *Service) join(c *gateway.Call, ch *channel, m *member) {
	others := ch.members
	ch.add(m)
	if !ch.race {
		c.Reply(s.granted(c, ch))
		if s.cfg.ChatRoomJoinPush {
			ch.tell(m, m, ch.joined(m))
		}
		return
	}
	if s.cfg.Send20EToJoiner && m.info.User != ch.owner {
		c.Reply(s.created(ch))
	}
	c.Reply(s.granted(c, ch), ch.joined(m))
	for _, o := range others {
		c.Reply(ch.joined(o))
	}
	ch.tell(m, m, ch.joined(m))
}

func (s *Service) granted(c *gateway.Call, ch *channel) wire.Packet {
	return nps.ChannelGranted.With(&nps.CommPortBody{Comm: ch.comm, Port: s.told(c)})
}

// told is this connection's port as a client knows it (DECISIONS 8).
func (s *Service) told(c *gateway.Call) uint32 { return uint32(s.Port(c.Port().Number)) }

func (s *Service) created(ch *channel) wire.Packet {
	return nps.ChannelCreated.With(&nps.ChannelCreatedBody{
		Comm: ch.comm, Riff: ch.riff, Protocol: nps.ProtocolTCP, Data: ch.data, Type: ch.kind, MaxReady: ch.maxReady,
	})
}

// admits checks the password of a private channel: that of its race, else that of
// its creator. Only the first eight characters count (DECISIONS 5,
// nps-lobby-rooms 8.3).
func (s *Service) admits(ch *channel, given string) bool {
	if !s.cfg.PasswordCheck || ch.kind&nps.ChannelPrivate == 0 {
		return true
	}
	want := ch.password
	if ch.data.Race != 0 {
		if pw, ok := s.RacePassword(uint32(ch.data.Race)); ok {
			want = string(pw[:])
		}
	}
	return subtle.ConstantTimeCompare(first8(want), first8(given)) == 1
}

func first8(s string) []byte {
	runes := []rune(s)
	return []byte(string(runes[:min(8, len(runes))]))
}

// close leaves a channel; the answer names the lobby port whatever port this is
// (nps-lobby-rooms 6.4).
func (s *Service) close(c *gateway.Call, req *nps.CommBody) error {
	return s.locked(c, func(in *instance, m *member) error {
		if ch := in.channels[req.Comm]; ch != nil {
			s.remove(in, ch, m)
		}
		c.Reply(nps.ChannelClosed.With(&nps.CommPortBody{Comm: req.Comm, Port: uint32(s.Port(LobbyPort))}))
		return nil
	})
}

// remove takes a member out of a channel and tells the others. A race room ends
// with its owner, and any room that is not permanent with its last member.
func (s *Service) remove(in *instance, ch *channel, m *member) {
	if !ch.drop(m) {
		return
	}
	gone := &nps.UserCommBody{User: m.info.User, Comm: ch.comm}
	if ch.race {
		ch.tell(m, nil, nps.UserLeft.With(gone))
	}
	if s.cfg.RoomPushes {
		ch.tell(m, nil, nps.UserLeftChannel.With(gone))
	}
	switch {
	case ch.permanent:
	case len(ch.members) == 0:
		s.end(in, ch)
	case ch.race && m.info.User == ch.owner && ch.state&nps.GameNotRunning != 0:
		s.dissolve(in, ch, m)
	case ch.race:
		ch.tell(m, nil, ch.readyList())
	}
}

// dissolve ends a race room whose owner has left before the start: nobody is
// ready any more, and the room is gone (nps-lobby-rooms 8.3). by is the owner who left,
// nil when he had left earlier.
func (s *Service) dissolve(in *instance, ch *channel, by *member) {
	clear(ch.ready)
	ch.tell(by, nil, ch.readyList())
	if s.cfg.RoomPushes {
		ch.tell(by, nil, nps.ChannelDeleted.With(&nps.CommBody{Comm: ch.comm}))
	}
	for len(ch.members) > 0 {
		ch.drop(ch.members[0])
	}
	s.end(in, ch)
}
