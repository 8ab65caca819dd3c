package nps

import (
	"unicode/utf8"

	"mcos/protocol/wire"
)

// Lists of channels, users, race rooms and servers (nps-lobby-rooms 6.1).
var (
	MiniRiffListReq = declare[wire.Empty](wire.Lobby, wire.ToServer, 0x30C, "SEND_MINI_RIFF_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	MiniRiffList    = declare[MiniRiffListBody](wire.Lobby, wire.ToClient, 0x404, "MINI_RIFF_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	MiniUserListReq = declare[CommBody](wire.Lobby, wire.ToServer, 0x128, "GET_MINI_USER_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	MiniUserList    = declare[MiniUserListBody](wire.Lobby, wire.ToClient, 0x229, "MINI_USER_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	UserListReq     = declare[CommBody](wire.Lobby, wire.ToServer, 0x101, "GET_USER_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	UserList        = declare[UserListBody](wire.Lobby, wire.ToClient, 0x211, "USER_LIST", "nps-lobby-rooms 6.1", wire.Captured)
	RiffListReq     = declare[wire.Empty](wire.Lobby, wire.ToServer, 0x302, "SEND_RIFF_LIST", "nps-lobby-rooms 6.1", wire.Guess)
	RiffList        = declare[RiffListBody](wire.Lobby, wire.ToClient, 0x401, "RIFF_LIST", "nps-lobby-rooms 6.1", wire.Client)
	GameServersReq  = declare[wire.Empty](wire.Lobby, wire.ToServer, 0x309, "SEND_GAME_SERVERS_LIST", "nps-lobby-rooms 6.1", wire.Guess)
	GameServers     = declare[GameServersBody](wire.Lobby, wire.ToClient, 0x402, "GAME_SERVERS_LIST", "nps-lobby-rooms 6.1", wire.Guess)
	ReadyListReq    = declare[CommBody](wire.Lobby, wire.ToServer, 0x10E, "GET_READY_LIST", "nps-lobby-rooms 6.1", wire.Client)
	ReadyList       = declare[ReadyListBody](wire.Lobby, wire.ToClient, 0x210, "READY_LIST", "nps-lobby-rooms 6.1", wire.Client)
)

// Most entries of the long lists (nps-lobby-rooms 6.1).
const (
	MaxRiffs     = 200 // race rooms in 0x401
	MaxListUsers = 500 // users in 0x211
)

// MiniRiffListBody is the short list of channels (nps-lobby-rooms 6.1). Fill holds
// the zero bytes that the captured server sent behind the entries.
type MiniRiffListBody struct {
	Count uint32
	Riffs []MiniRiffEntry `wire:"count=Count"`
	Fill  []byte          `wire:"rest"`
}

// MiniRiffEntry is one channel of the short list.
type MiniRiffEntry struct {
	Name       string `wire:"pstr=32"`
	Comm       uint32
	Population uint16
}

// Pad fills the list up with zeros to 40 bytes per entry, as the captured server
// did: 1004 bytes with the header for 25 channels.
func (b *MiniRiffListBody) Pad() {
	n := 40*len(b.Riffs) - 4
	for _, r := range b.Riffs {
		n -= 11 + utf8.RuneCountInString(r.Name)
	}
	b.Fill = make([]byte, max(n, 0))
}

// MiniUserListBody is the short list of users (nps-lobby-rooms 6.1).
type MiniUserListBody struct {
	Comm  uint32
	Count uint32
	Users []MiniUserEntry `wire:"count=Count"`
}

// MiniUserEntry is one user of the short list.
type MiniUserEntry struct {
	User uint32
	Name string `wire:"pstr=32"`
}

// UserListBody lists the members of a channel, the asking user among them
// (nps-lobby-rooms 6.1).
type UserListBody struct {
	Comm  uint32
	Count uint32
	Users []UserInfoBody `wire:"count=Count"`
}

// RiffListBody lists race rooms (nps-lobby-rooms 6.1).
type RiffListBody struct {
	StructSize uint32 // 0
	Count      uint32
	Riffs      []RiffEntry `wire:"count=Count"`
}

// RiffEntry is one race room, 286 bytes plus its texts with their NULs. Password
// stays empty: everybody sees the list.
type RiffEntry struct {
	Name      string `wire:"pstr=32"`
	Protocol  uint32
	Comm      uint32
	Password  string `wire:"pstr=17"`
	Type      uint16
	Users     uint16
	Channels  uint16      // open channels on this server
	Connected bool        `wire:"size=2"` // the asking user is in it
	Data      ChannelData `wire:"le"`
	Ready     uint16
	MaxReady  uint16
	Owner     uint32 // user id
	State     uint8  // GameNotRunning and the others
}

// GameServersBody lists servers (nps-lobby-rooms 6.1); never captured. Make it
// with NewGameServers.
type GameServersBody struct {
	StructSize uint32 // length of the whole message
	Count      uint32
	Servers    []GameServerEntry `wire:"count=Count"`
}

// GameServerEntry is one server.
type GameServerEntry struct {
	Group string `wire:"pstr=65"`
	Name  string `wire:"pstr=65"`
	IP    string `wire:"pstr=65"`
}

// NewGameServers makes the body of 0x402, which states the message's length.
func NewGameServers(servers []GameServerEntry) *GameServersBody {
	size := shortHeader + 8
	for _, s := range servers {
		size += 15 + utf8.RuneCountInString(s.Group) + utf8.RuneCountInString(s.Name) + utf8.RuneCountInString(s.IP)
	}
	return &GameServersBody{StructSize: uint32(size), Servers: servers}
}

// ReadyListBody lists who is ready to race (nps-lobby-rooms 6.1).
type ReadyListBody struct {
	Count   uint32
	Entries []ReadyEntry `wire:"count=Count"`
}

// ReadyEntry is one member of a race room; exactly one is the master.
type ReadyEntry struct {
	Comm   uint32
	User   uint32
	Ready  bool `wire:"size=2"`
	Master bool `wire:"size=2"`
}
