package nps

import "mcos/protocol/wire"

// Channels: entering, leaving, changing and starting the race (nps-lobby-rooms 6.3
// to 6.5).
var (
	ServerInfoReq = declare[CommBody](wire.Lobby, wire.ToServer, 0x10C, "GET_SERVER_INFO", "nps-lobby-rooms 6.3", wire.Captured)
	ServerInfo    = declare[ServerInfoBody](wire.Lobby, wire.ToClient, 0x20D, "SERVER_INFO", "nps-lobby-rooms 6.3", wire.Captured)

	OpenChannel        = declare[OpenChannelBody](wire.Lobby, wire.ToServer, 0x106, "OPEN_COMM_CHANNEL", "nps-lobby-rooms 6.4", wire.Captured)
	ChannelGranted     = declare[CommPortBody](wire.Lobby, wire.ToClient, 0x214, "CHANNEL_GRANTED", "nps-lobby-rooms 6.4", wire.Captured)
	ChannelDenied      = declare[CommPortBody](wire.Lobby, wire.ToClient, 0x213, "CHANNEL_DENIED", "nps-lobby-rooms 6.4", wire.Guess)
	ChannelConditional = declare[CommPortBody](wire.Lobby, wire.ToClient, 0x215, "CHANNEL_CONDITIONAL", "nps-lobby-rooms 6.4", wire.Guess)
	ChannelCreated     = declare[ChannelCreatedBody](wire.Lobby, wire.ToClient, 0x20E, "CHANNEL_CREATED", "nps-lobby-rooms 6.4", wire.Reference)
	UserJoined         = declare[UserJoinedBody](wire.Lobby, wire.ToClient, 0x20C, "USER_JOINED_CHANNEL", "nps-lobby-rooms 6.4", wire.Reference)
	CloseChannel       = declare[CommBody](wire.Lobby, wire.ToServer, 0x105, "CLOSE_COMM_CHANNEL", "nps-lobby-rooms 6.4", wire.Captured)
	ChannelClosed      = declare[CommPortBody](wire.Lobby, wire.ToClient, 0x209, "CHANNEL_CLOSED", "nps-lobby-rooms 6.4", wire.Captured)
	UserLeftChannel    = declare[UserCommBody](wire.Lobby, wire.ToClient, 0x208, "USER_LEFT_CHANNEL", "nps-lobby-rooms 6.4", wire.Ours)
	UserLeft           = declare[UserCommBody](wire.Lobby, wire.ToClient, 0x202, "USER_LEFT", "nps-lobby-rooms 6.4", wire.Ours)
	ChannelDeleted     = declare[CommBody](wire.Lobby, wire.ToClient, 0x20F, "CHANNEL_DELETED", "nps-lobby-rooms 6.4", wire.Guess)
	SetCommFlags       = declare[CommFlagsBody](wire.Lobby, wire.ToServer, 0x10D, "SET_COMM_FLAGS", "nps-lobby-rooms 6.4", wire.Guess)
	SetChannelData     = declare[ChannelDataBody](wire.Lobby, wire.ToServer, 0x113, "SET_CHANNEL_DATA", "nps-lobby-rooms 6.4", wire.Client)
	ChannelUpdate      = declare[ChannelDataBody](wire.Lobby, wire.ToClient, 0x219, "CHANNEL_UPDATE", "nps-lobby-rooms 6.4", wire.Ours)
	BootUser           = declare[CommUserBody](wire.Lobby, wire.ToServer, 0x117, "BOOT_USER_FROM_CHANNEL", "nps-lobby-rooms 6.4", wire.Guess)
	ForceLeave         = declare[CommBody](wire.Lobby, wire.ToClient, 0x21A, "FORCE_LEAVE_CHANNEL", "nps-lobby-rooms 6.4", wire.Guess)
	SetSlot            = unknown(wire.Lobby, wire.ToServer, 0x122, "SET_SLOT", "nps-lobby-rooms 6.4")
	GetSlotList        = unknown(wire.Lobby, wire.ToServer, 0x123, "GET_SLOT_LIST", "nps-lobby-rooms 6.4")
	SetChannelClosed   = unknown(wire.Lobby, wire.ToServer, 0x124, "SET_CHANNEL_CLOSED", "nps-lobby-rooms 6.4")

	StartGameServer   = declare[StartGameServerBody](wire.Lobby, wire.ToServer, 0x10A, "START_GAME_SERVER", "nps-lobby-rooms 6.5", wire.Reference)
	GameServerStarted = declare[CommBody](wire.Lobby, wire.ToClient, 0x21C, "GAME_SERVER_STARTED", "nps-lobby-rooms 6.5", wire.Reference)
	// GameServerStartedLong carries the fields of 0x20D.
	GameServerStartedLong = variant[ServerInfoBody](wire.Lobby, 0x21C, "GAME_SERVER_STARTED", "nps-lobby-rooms 6.5", "race_start_form=long", wire.Reference)
	GameServerState       = declare[CommStateBody](wire.Lobby, wire.ToClient, 0x224, "GAME_SERVER_STATE_CHANGE", "nps-lobby-rooms 6.5", wire.Ours)
	TerminateGameServer   = declare[CommTailBody](wire.Lobby, wire.ToServer, 0x11D, "TERMINATE_GAME_SERVER", "nps-lobby-rooms 6.5", wire.Ours)
	GameServerTerminated  = unknown(wire.Lobby, wire.ToClient, 0x21D, "GAME_SERVER_TERMINATED", "nps-lobby-rooms 6.5")
	StartGame             = unknown(wire.Lobby, wire.ToServer, 0x108, "START_GAME", "nps-lobby-rooms 6.5")
	ReadyForGame          = declare[CommTailBody](wire.Lobby, wire.ToServer, 0x109, "READY_FOR_GAME", "nps-lobby-rooms 6.5", wire.Guess)
	SetReadyForGame       = declare[CommTailBody](wire.Lobby, wire.ToServer, 0x11F, "SET_READY_FOR_GAME", "nps-lobby-rooms 6.5", wire.Guess)
)

// Network protocols of a channel (nps-lobby-rooms 6.1). Every captured channel is
// TCP.
const (
	ProtocolTCP           = 33
	ProtocolUDP           = 44
	ProtocolUDPPreferred  = 55
	ProtocolTCPPrefersUDP = 66
)

// Bits of a channel type (nps-lobby-rooms 8.2).
const (
	ChannelPrivate   = 0x01 // a password is required
	ChannelPublic    = 0x02
	ChannelOpaque    = 0x04 // without the password one may enter but not race
	ChannelPermanent = 0x08
	ChannelTransient = 0x10 // ends when empty
)

// Bits of 0x10D (nps-lobby-rooms 8.2).
const (
	FlagSetReady      = 0x20
	FlagClearReady    = 0x40
	FlagHideChannel   = 0x80
	FlagExposeChannel = 0x100
)

// States of a channel's game server (nps-lobby-rooms 8.4).
const (
	GameNotRunning    = 1
	GameStartPending  = 2
	GameRunning       = 4
	GameChannelClosed = 8 // set together with one of the others
)

// CommBody names a channel.
type CommBody struct {
	Comm uint32
}

// CommPortBody names a channel and the port of its server (nps-lobby-rooms 6.4).
type CommPortBody struct {
	Comm uint32
	Port uint32
}

// CommUserBody names a user in a channel.
type CommUserBody struct {
	Comm uint32
	User uint32
}

// UserCommBody names a user and the channel that he left.
type UserCommBody struct {
	User uint32
	Comm uint32
}

// CommFlagsBody sets flags in a channel: FlagSetReady and the others.
type CommFlagsBody struct {
	Comm  uint32
	Flags uint32
}

// CommStateBody is our guess at 0x224: a channel and its game server's state.
type CommStateBody struct {
	Comm  uint32
	State uint8
}

// CommTailBody is a request of which only the first field is guessed. A shorter
// one has channel 0.
type CommTailBody struct {
	Comm uint32 `wire:"opt"`
	Tail []byte `wire:"rest"`
}

// ServerInfoBody tells where a channel's server listens (nps-lobby-rooms 6.3).
// Call End before it is sent.
type ServerInfoBody struct {
	Riff    string `wire:"pstr=32,asis"`
	Comm    uint32
	IP      string `wire:"pstr=16,asis"` // IPv4 text, at most 15 characters
	Port    uint32
	User    uint32 // of the game server
	Players uint32
}

// End puts the ending behind the riff name and the address: "\x00" as our usual
// form, "\n" as the captured server had it. An address of 15 characters stays
// without one, because it would no longer fit in the client's buffer; the client
// ends it itself.
func (b *ServerInfoBody) End(with string) {
	b.Riff += with
	if len(b.IP)+len(with) <= MaxIP {
		b.IP += with
	}
}

// OpenChannelBody enters a channel or creates it (nps-lobby-rooms 6.4), 321 bytes
// plus riff name and password.
type OpenChannelBody struct {
	Comm      uint32
	Riff      string `wire:"pstr=32"`
	Slot      int32  // -1: any
	SlotFlags uint32 // 1; meaning unknown
	Port      uint32 // of this connection
	Protocol  uint32
	User      uint32
	Users     uint16
	Channels  uint16
	CanReady  bool   `wire:"size=2"`
	GameReady bool   `wire:"size=2"`
	Master    bool   `wire:"size=2"`
	Type      uint16 // ChannelPrivate and the others
	Password  string `wire:"pstr=17,secret"`
	NoBacklog bool   `wire:"size=2"`
	State     uint8  // GameNotRunning and the others
	Launch    uint16 // launch the game server; only 1 means yes, chat rooms send junk
	MaxReady  uint16
	SKU       uint32
	SendRate  uint32
	Data      ChannelData `wire:"le"`
	Flags     uint32      // 2; meaning unknown
}

// ChannelCreatedBody announces a new channel (nps-lobby-rooms 6.4).
type ChannelCreatedBody struct {
	Comm     uint32
	Riff     string `wire:"pstr=32"`
	Protocol uint32
	Data     ChannelData `wire:"le"`
	Type     uint16
	MaxReady uint16
}

// UserJoinedBody says that a user entered a channel (nps-lobby-rooms 6.4).
type UserJoinedBody struct {
	User    uint32
	Name    string `wire:"pstr=32"`
	Comm    uint32
	Data    UserData `wire:"le"`
	Persona uint32
}

// ChannelDataBody changes a channel's data (nps-lobby-rooms 6.4).
type ChannelDataBody struct {
	Comm uint32
	Data ChannelData `wire:"le"`
}

// StartGameServerBody starts a channel's race (nps-lobby-rooms 6.5).
type StartGameServerBody struct {
	Comm uint32
	Host string `wire:"pstr=17"` // best host, as the client sees it
}
