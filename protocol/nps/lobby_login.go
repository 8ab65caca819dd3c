package nps

import "mcos/protocol/wire"

// Greeting, login, own data and keep-alive of the lobby family (nps-lobby-rooms 4,
// 6.2, 6.6).
var (
	OKToLogin     = declare[wire.Empty](wire.Lobby, wire.ToClient, 0x230, "OK_TO_LOGIN", "nps-lobby-rooms 4.1", wire.Captured)
	QueuePosition = unknown(wire.Lobby, wire.ToClient, 0x231, "Q_POSITION", "nps-lobby-rooms 4.2")
	Login         = declare[LoginBody](wire.Lobby, wire.ToServer, 0x100, "LOGIN", "nps-lobby-rooms 4.3", wire.Captured)
	LoginResp     = declare[LoginRespBody](wire.Lobby, wire.ToClient, 0x120, "LOGIN_RESP", "nps-lobby-rooms 4.4", wire.Captured)
	// LoginRespMC100 is the login answer that one old service gave on port 10001.
	LoginRespMC100 = declare[LoginRespBody](wire.Lobby, wire.ToClient, 0x308, "login reply on 10001", "nps-lobby-rooms 4.4", wire.Reference)

	// InvalidKey refuses a login, whatever the reason.
	InvalidKey         = declare[wire.Empty](wire.Lobby, wire.ToClient, 0x22A, "INVALID_KEY", "nps-lobby-rooms 4.5", wire.Reference)
	DupUser            = unknown(wire.Lobby, wire.ToClient, 0x20A, "DUP_USER", "nps-lobby-rooms 4.5")
	ServerFull         = unknown(wire.Lobby, wire.ToClient, 0x20B, "SERVER_FULL", "nps-lobby-rooms 4.5")
	ServerRedirect     = unknown(wire.Lobby, wire.ToClient, 0x216, "SERVER_REDIRECT", "nps-lobby-rooms 4.5")
	VersionsDifferent  = unknown(wire.Lobby, wire.ToClient, 0x21E, "VERSIONS_DIFFERENT", "nps-lobby-rooms 4.5")
	NoValidationServer = unknown(wire.Lobby, wire.ToClient, 0x22B, "NO_VALIDATION_SERVER", "nps-lobby-rooms 4.5")

	// Envelope is the DES envelope; LobbyOpener and LobbySealer take it off and
	// put it on, so that no handler ever sees it.
	Envelope = declare[wire.Raw](wire.Lobby, wire.Both, 0x1101, "CRYPTO_DES_CBC", "nps-lobby-rooms 3.1", wire.Captured)

	SetUserData   = declare[UserInfoBody](wire.Lobby, wire.ToServer, 0x103, "SET_MY_USER_DATA", "nps-lobby-rooms 6.2", wire.Captured)
	UserInfo      = declare[UserInfoBody](wire.Lobby, wire.ToClient, 0x204, "USER_INFO", "nps-lobby-rooms 6.2", wire.Captured)
	GetMyUserData = unknown(wire.Lobby, wire.ToServer, 0x102, "GET_MY_USER_DATA", "nps-lobby-rooms 6.2")
	GetUserInfo   = unknown(wire.Lobby, wire.ToServer, 0x126, "GET_USER_INFO", "nps-lobby-rooms 6.2")

	Heartbeat   = declare[wire.Empty](wire.Lobby, wire.Both, 0x217, "HEARTBEAT", "nps-lobby-rooms 6.6", wire.Reference)
	UDPStatus   = unknown(wire.Lobby, wire.ToServer, 0x125, "UDP_STATUS", "nps-lobby-rooms 6.6")
	LogOff      = declare[wire.Empty](wire.Lobby, wire.ToServer, 0x104, "LOG_OFF_SERVER", "nps-lobby-rooms 6.6", wire.Ours)
	ForceLogoff = declare[wire.Empty](wire.Lobby, wire.ToClient, 0x201, "FORCE_LOGOFF", "nps-lobby-rooms 6.6", wire.Guess)
	SystemAlert = unknown(wire.Lobby, wire.ToClient, 0x205, "SYSTEM_ALERT", "nps-lobby-rooms 6.6")

	BuddyRefresh     = unknown(wire.Lobby, wire.ToServer, 0x12A, "BUDDYLIST_REFRESH", "nps-lobby-rooms 6.7")
	BuddyAddUsers    = unknown(wire.Lobby, wire.ToServer, 0x12B, "BUDDYLIST_ADD_USERS", "nps-lobby-rooms 6.7")
	BuddyRemoveUsers = unknown(wire.Lobby, wire.ToServer, 0x12C, "BUDDYLIST_REMOVE_USERS", "nps-lobby-rooms 6.7")
	BuddyList        = unknown(wire.Lobby, wire.ToClient, 0x22E, "BUDDY_LIST", "nps-lobby-rooms 6.7")
	BuddyListUpdate  = unknown(wire.Lobby, wire.ToClient, 0x22F, "BUDDYLIST_UPDATE", "nps-lobby-rooms 6.7")
)

// The layouts of the lobby's buddy messages, which nobody has seen: lists of users
// as in the list relays and the short user list.
var (
	BuddyRefreshOn     = guess[wire.Empty](BuddyRefresh.Message, buddiesOn)
	BuddyAddUsersOn    = guess[UserIDsBody](BuddyAddUsers.Message, buddiesOn)
	BuddyRemoveUsersOn = guess[UserIDsBody](BuddyRemoveUsers.Message, buddiesOn)
	BuddyListOn        = guess[LobbyBuddiesBody](BuddyList.Message, buddiesOn)
	BuddyListUpdateOn  = guess[LobbyBuddy](BuddyListUpdate.Message, buddiesOn)
)

// UserIDsBody names users. The layout is a guess.
type UserIDsBody struct {
	Count uint32
	Users []uint32 `wire:"count=Count"`
}

// LobbyBuddiesBody tells which buddies are online. The layout is a guess.
type LobbyBuddiesBody struct {
	Count uint32
	Users []LobbyBuddy `wire:"count=Count"`
}

// LobbyBuddy is one buddy as the lobby shows it, alone in 0x22F when he comes or
// goes. The layout is a guess.
type LobbyBuddy struct {
	User   uint32
	Name   string `wire:"pstr=32"`
	Online bool   `wire:"size=2"`
}

// LoginBody opens a lobby or room connection (nps-lobby-rooms 4.3). KeyHash is the
// MD5 of the 32 session-key bytes: it selects the session and proves that the
// client knows the key.
type LoginBody struct {
	User     uint32
	Name     string   `wire:"pstr=32"`
	Data     UserData `wire:"le"`
	Customer uint32
	Flags    uint32   // 0; meaning unknown
	Version  string   `wire:"pstr=32"` // of the client's network library
	Host     string   `wire:"pstr=64"` // name of the client's computer
	IP       string   `wire:"pstr=64"` // what the client believes; never use it
	KeyHash  [16]byte `wire:"secret"`
}

// LoginRespBody accepts a login (nps-lobby-rooms 4.4). The name travels without a
// NUL, as captured; with the switch login_resp_nul the caller appends "\x00" to
// it.
type LoginRespBody struct {
	User uint32
	Name string   `wire:"pstr=32,asis"`
	Data UserData `wire:"le"`
}

// UserInfoBody is a user with the data that others see (nps-lobby-rooms 6.2).
type UserInfoBody struct {
	User uint32
	Name string   `wire:"pstr=32"`
	Data UserData `wire:"le"`
}
