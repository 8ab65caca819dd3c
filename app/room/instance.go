package room

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mcos/app/gateway"
	"mcos/app/session"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// The channels that every instance has from the start; LOBBY is the chat room
// itself (nps-lobby-rooms 8.5).
var permanent = []struct {
	comm uint32
	riff string
}{{0, "CTRL"}, {2, "LOBBY"}, {191, "MCCHAT"}}

// firstAllocated is where the numbers of rooms begin that we choose ourselves.
const firstAllocated = 0x00010000

// instance is one server of the lobby family: a port with its own users and
// channels (nps-lobby-rooms 8.5). All fields below mu are guarded by it; pushes
// are queued under the lock, which keeps their order the same for everybody.
type instance struct {
	port int

	mu       sync.Mutex
	members  map[*gateway.Conn]*member
	users    map[uint32]*member           // the same by user
	logins   map[*session.Session]*member // and by login: each has one connection here
	order    []*member                    // in order of arrival
	channels map[uint32]*channel
	next     uint32
	heats    map[uint32]*heat // on the race port: the race of each user
}

// member is a logged-in connection. Its user data belong to this connection
// alone; the same player has others on other ports.
type member struct {
	conn     *gateway.Conn
	info     nps.UserInfoBody
	channels []*channel
	heat     *heat         // on the race port: the race he is in
	relayed  nps.RelayBody // the relay being sent; kept so that sending allocates nothing
}

// channel is one room of an instance.
type channel struct {
	comm      uint32
	riff      string
	kind      uint16 // channel type bits
	password  string
	owner     uint32 // user id, 0 for permanent channels
	holder    uint32 // account that it counts for, 0 for none
	race      bool
	permanent bool
	hidden    bool
	state     uint8
	heat      *heat     // its race, from the start to the end
	dead      time.Time // since when its race is not one of the transaction server's
	port      int       // where its races are driven; 0 before the first
	maxReady  uint16
	data      nps.ChannelData
	races     []uint32  // that its data have named, in this order
	members   []*member // in order of joining
	ready     map[*member]bool
}

func newInstance(port int) *instance {
	in := &instance{
		port: port, members: map[*gateway.Conn]*member{},
		users: map[uint32]*member{}, logins: map[*session.Session]*member{}, channels: map[uint32]*channel{},
		next: firstAllocated, heats: map[uint32]*heat{},
	}
	for _, p := range permanent {
		in.channels[p.comm] = &channel{
			comm: p.comm, riff: p.riff, kind: nps.ChannelPublic | nps.ChannelPermanent,
			permanent: true, state: nps.GameNotRunning, ready: map[*member]bool{},
		}
	}
	return in
}

// listed reports whether a channel has a name of the list that every client gets
// (nps-lobby-rooms 8.1). Such a channel is a chat room, whatever its number.
func listed(riff string) bool {
	if n, ok := strings.CutPrefix(riff, "MCC"); ok && len(n) == 2 {
		room, err := strconv.ParseUint(n, 10, 8)
		return err == nil && room >= 1 && room <= 20
	}
	return slices.Contains([]string{"CTRL", "LOBBY", "LOBBY1", "MCCHAT", "MC100"}, riff)
}

// rivals are the members that have to go when this connection enters: those of
// the same login, and those of the same user from an older login.
func (in *instance) rivals(c *gateway.Conn, user uint32) []*member {
	var list []*member
	if m := in.logins[c.Seat().Session]; m != nil {
		list = append(list, m)
	}
	if m := in.users[user]; m != nil && !slices.Contains(list, m) {
		list = append(list, m)
	}
	return list
}

// has reports whether a user is on the port.
func (in *instance) has(user uint32) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.users[user] != nil
}

func (in *instance) enter(c *gateway.Conn, info nps.UserInfoBody) *member {
	m := &member{conn: c, info: info}
	in.members[c], in.users[info.User], in.logins[c.Seat().Session] = m, m, m
	in.order = append(in.order, m)
	return m
}

func (in *instance) leave(m *member) {
	delete(in.members, m.conn)
	if in.users[m.info.User] == m {
		delete(in.users, m.info.User)
	}
	if in.logins[m.conn.Seat().Session] == m {
		delete(in.logins, m.conn.Seat().Session)
	}
	in.order = slices.DeleteFunc(in.order, func(o *member) bool { return o == m })
}

// freeComm chooses the number of a new channel: the wanted one when it may be
// used, else a fresh one (DECISIONS 6).
func (in *instance) freeComm(wanted uint32, allow bool) uint32 {
	if allow && wanted != 0 && in.channels[wanted] == nil {
		return wanted
	}
	for in.channels[in.next] != nil {
		in.next++
	}
	in.next++ // a room's number is not given to the next room when it ends
	return in.next - 1
}

// in reports whether the member, who may be nil, is in the channel. Most members are
// in one channel or two, while a channel may have a hundred members.
func (m *member) in(ch *channel) bool {
	return m != nil && ch != nil && slices.Contains(m.channels, ch)
}

// add puts the member into the channel.
func (ch *channel) add(m *member) {
	ch.members = append(ch.members, m)
	m.channels = append(m.channels, ch)
}

// drop takes the member out of the channel; it reports whether it was in.
func (ch *channel) drop(m *member) bool {
	i := slices.Index(ch.members, m)
	if i < 0 {
		return false
	}
	ch.members = slices.Delete(ch.members, i, i+1)
	m.channels = slices.DeleteFunc(m.channels, func(c *channel) bool { return c == ch })
	delete(ch.ready, m)
	return true
}

// tell pushes packets to every member but the excepted one, which may be nil. by is
// the member who has caused them, nil when nobody has. Each packet is encoded once for
// all of them.
func (ch *channel) tell(by, except *member, packets ...wire.Packet) {
	var cause *gateway.Conn
	if by != nil {
		cause = by.conn
	}
	for _, p := range packets {
		cast, err := gateway.NewBroadcast(cause, p)
		if err != nil {
			if len(ch.members) > 0 {
				ch.members[0].conn.Log().WithError(err).WithField("message", p.Message.String()).Error("cannot encode a notice; nobody was told")
			}
			continue
		}
		for _, m := range ch.members {
			if m != except {
				cast.To(m.conn)
			}
		}
		cast.Done()
	}
}

// joined is the notice that a member is in the channel.
func (ch *channel) joined(m *member) wire.Packet {
	return nps.UserJoined.With(&nps.UserJoinedBody{
		User: m.info.User, Name: m.info.Name, Comm: ch.comm, Data: m.info.Data, Persona: m.info.User,
	})
}

// readyList is the notice with everybody's ready flag; the owner is the one
// master.
func (ch *channel) readyList() wire.Packet {
	body := &nps.ReadyListBody{}
	for _, m := range ch.members {
		body.Entries = append(body.Entries, nps.ReadyEntry{
			Comm: ch.comm, User: m.info.User, Ready: ch.ready[m], Master: m.info.User == ch.owner,
		})
	}
	return nps.ReadyList.With(body)
}

// capacity is how many players fit into the channel.
func (ch *channel) capacity(cfg Config) int {
	if !ch.race {
		return cfg.ChatCapacity
	}
	if n := int(ch.data.Racers & 0x0F); n > 0 {
		return min(n, cfg.RaceCapacity)
	}
	return cfg.RaceCapacity
}
