// Package room serves the channels of the lobby family: chat rooms and the
// waiting rooms of races, who is in them, who is ready, and the start of a race
// server ("nps-lobby-rooms 6, 8"). The same messages are served on 7003 and on
// every room port, because nobody knows on which connection a client sends them.
package room

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/netip"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Deps are what the service works with. No field may be nil.
type Deps struct {
	// Ports are the documented numbers of all lobby-family ports.
	Ports []int
	// Port tells the number under which a documented port is reached here.
	Port func(documented int) int
	// IPv4 tells the address for a client at remote that reached us at local.
	IPv4 func(ctx context.Context, local, remote netip.Addr) (netip.Addr, error)
	// RacePassword is the password of a race that the transaction server knows.
	RacePassword func(race uint32) (password [8]byte, ok bool)
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
}

// New makes the service with one instance for each port.
func New(cfg Config, deps Deps) *Service {
	s := &Service{cfg: cfg, Deps: deps, instances: map[int]*instance{}}
	for _, p := range deps.Ports {
		s.instances[p] = newInstance(p)
	}
	return s
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{
		gateway.On(nps.OpenChannel, gateway.LoggedIn, s.open),
		gateway.On(nps.CloseChannel, gateway.LoggedIn, s.close),
		gateway.On(nps.UserListReq, gateway.LoggedIn, s.userList),
		gateway.On(nps.RiffListReq, gateway.LoggedIn, s.riffList),
		gateway.On(nps.ReadyListReq, gateway.LoggedIn, s.readyList),
		gateway.On(nps.SetCommFlags, gateway.LoggedIn, s.setFlags),
		gateway.On(nps.SetChannelData, gateway.LoggedIn, s.setData),
		gateway.On(nps.BootUser, gateway.LoggedIn, s.boot),
		gateway.On(nps.StartGameServer, gateway.LoggedIn, s.startGameServer),
		gateway.On(nps.TerminateGameServer, gateway.LoggedIn, s.terminate),
		gateway.On(nps.ReadyForGame, gateway.LoggedIn, s.readyForGame),
		gateway.On(nps.SetReadyForGame, gateway.LoggedIn, s.readyForGame),

		gateway.Ignore(nps.StartGame, gateway.LoggedIn),
		gateway.Ignore(nps.SetSlot, gateway.LoggedIn),
		gateway.Ignore(nps.GetSlotList, gateway.LoggedIn),
		gateway.Ignore(nps.SetChannelClosed, gateway.LoggedIn),
	}
	return append(rows, relayRows()...)
}

// relayRows recognises the relays, which this version does not deliver.
func relayRows() []gateway.Row {
	return []gateway.Row{
		gateway.Ignore(nps.RelayAll, gateway.LoggedIn), gateway.Ignore(nps.RelayAllLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayPlugIn, gateway.LoggedIn), gateway.Ignore(nps.RelayPlugInLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayReady, gateway.LoggedIn), gateway.Ignore(nps.RelayReadyLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayList, gateway.LoggedIn), gateway.Ignore(nps.RelayListLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayNotList, gateway.LoggedIn), gateway.Ignore(nps.RelayNotListLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayBuddy, gateway.LoggedIn), gateway.Ignore(nps.RelayBuddyLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelaySingle, gateway.LoggedIn), gateway.Ignore(nps.RelaySingleLogged, gateway.LoggedIn),
		gateway.Ignore(nps.RelayNotSingle, gateway.LoggedIn), gateway.Ignore(nps.RelayNotSingleLogged, gateway.LoggedIn),
	}
}

// Enter registers a connection that has just logged in with its user. An older
// connection of the same login on the same port ends.
func (s *Service) Enter(c *gateway.Conn, info nps.UserInfoBody) {
	if old := s.instances[c.Port().Number].enter(c, info); old != nil {
		old.Close("the same player connected again")
	}
}

// Leave takes a connection that has ended out of everything, gracefully or not
// (nps-lobby-rooms 10.2).
func (s *Service) Leave(c *gateway.Conn) {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c]
	if m == nil {
		return
	}
	for len(m.channels) > 0 {
		s.remove(in, m.channels[0], m)
	}
	delete(in.members, c)
	for i, o := range in.order {
		if o == m {
			in.order = append(in.order[:i], in.order[i+1:]...)
			break
		}
	}
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

// SetData stores what a user says about itself on this connection and tells it to
// the others in its channels. It returns the stored form.
func (s *Service) SetData(c *gateway.Conn, data nps.UserData) nps.UserInfoBody {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c]
	m.info.Data = data
	told := map[*member]bool{m: true}
	for _, ch := range m.channels {
		for _, o := range ch.members {
			if !told[o] {
				told[o] = true
				info := m.info
				o.conn.Push(nps.UserInfo.With(&info))
			}
		}
	}
	return m.info
}

// within runs fn with the caller's member and the named channel, which must
// exist, under the instance's lock.
func (s *Service) within(c *gateway.Call, comm uint32, fn func(*instance, *channel, *member)) error {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	ch := in.channels[comm]
	if ch == nil {
		return fmt.Errorf("no channel %d on port %d", comm, in.port)
	}
	fn(in, ch, in.members[c.Conn])
	return nil
}

// asOwner is within for what only the owner of a channel may do.
func (s *Service) asOwner(c *gateway.Call, comm uint32, fn func(*instance, *channel, *member)) error {
	var err error
	werr := s.within(c, comm, func(in *instance, ch *channel, m *member) {
		if ch.owner != m.info.User || !ch.has(m) {
			err = fmt.Errorf("user %d does not own channel %d", m.info.User, comm)
			return
		}
		fn(in, ch, m)
	})
	if werr != nil {
		return werr
	}
	return err
}

// open joins a channel or creates one (nps-lobby-rooms 6.4, 8.3; DECISIONS 5, 6).
func (s *Service) open(c *gateway.Call, req *nps.OpenChannelBody) error {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[c.Conn]
	if len(req.Riff) > nps.MaxRiff {
		return fmt.Errorf("channel name of %d characters", len(req.Riff))
	}
	ch := in.channels[req.Comm]
	if ch == nil || ch.riff != req.Riff {
		return s.create(in, m, c, req)
	}
	if ch.has(m) {
		c.Reply(s.granted(c, ch))
		return nil
	}
	if !s.admits(ch, req.Password) || len(ch.members) >= ch.capacity(s.cfg) || ch.state&nps.GameChannelClosed != 0 {
		c.Reply(nps.ChannelDenied.With(&nps.CommPortBody{Comm: ch.comm, Port: s.told(c)}))
		return nil
	}
	s.join(c, ch, m)
	return nil
}

// create opens a new channel with the caller as owner.
func (s *Service) create(in *instance, m *member, c *gateway.Call, req *nps.OpenChannelBody) error {
	if len(in.channels) >= maxChannels {
		return fmt.Errorf("port %d has %d channels already", in.port, len(in.channels))
	}
	ch := &channel{
		comm: in.freeComm(req.Comm, s.cfg.CommID == "client"), riff: req.Riff, kind: req.Type,
		password: req.Password, owner: m.info.User, state: nps.GameNotRunning,
		maxReady: req.MaxReady, data: req.Data, ready: map[*member]bool{},
	}
	ch.race = req.Data.Race != 0 || ch.comm > 100
	in.channels[ch.comm] = ch
	c.Log().WithField("channel", ch.riff).WithField("comm", ch.comm).Info("room created")
	if ch.race {
		c.Reply(s.created(ch))
	}
	s.join(c, ch, m)
	return nil
}

// maxChannels bounds what the users of one port can open.
const maxChannels = 2000

// join lets the member in and tells everybody who has to know, the newcomer first
// (nps-lobby-rooms 6.4, 9.1).
func (s *Service) join(c *gateway.Call, ch *channel, m *member) {
	others := ch.members
	ch.add(m)
	if !ch.race {
		c.Reply(s.granted(c, ch))
		if s.cfg.ChatRoomJoinPush {
			ch.tell(m, ch.joined(m))
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
	ch.tell(m, ch.joined(m))
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

func first8(s string) []byte { return []byte(s[:min(8, len(s))]) }

// close leaves a channel; the answer names the lobby port whatever port this is
// (nps-lobby-rooms 6.4).
func (s *Service) close(c *gateway.Call, req *nps.CommBody) error {
	in := s.instances[c.Port().Number]
	in.mu.Lock()
	defer in.mu.Unlock()
	if ch := in.channels[req.Comm]; ch != nil {
		s.remove(in, ch, in.members[c.Conn])
	}
	c.Reply(nps.ChannelClosed.With(&nps.CommPortBody{Comm: req.Comm, Port: uint32(s.Port(LobbyPort))}))
	return nil
}

// remove takes a member out of a channel and tells the others. A race room ends
// with its owner, and any room that is not permanent with its last member.
func (s *Service) remove(in *instance, ch *channel, m *member) {
	if !ch.drop(m) {
		return
	}
	gone := &nps.UserCommBody{User: m.info.User, Comm: ch.comm}
	if ch.race {
		ch.tell(nil, nps.UserLeft.With(gone))
	}
	if s.cfg.RoomPushes {
		ch.tell(nil, nps.UserLeftChannel.With(gone))
	}
	switch {
	case ch.permanent:
	case len(ch.members) == 0:
		delete(in.channels, ch.comm)
	case ch.race && m.info.User == ch.owner && ch.state == nps.GameNotRunning:
		s.dissolve(in, ch)
	case ch.race:
		ch.tell(nil, ch.readyList())
	}
}

// dissolve ends a race room whose owner has left before the start: nobody is
// ready any more, and the room is gone (nps-lobby-rooms 8.3).
func (s *Service) dissolve(in *instance, ch *channel) {
	clear(ch.ready)
	ch.tell(nil, ch.readyList())
	if s.cfg.RoomPushes {
		ch.tell(nil, nps.ChannelDeleted.With(&nps.CommBody{Comm: ch.comm}))
	}
	for len(ch.members) > 0 {
		ch.drop(ch.members[0])
	}
	delete(in.channels, ch.comm)
}
