package nps

import "mcos/protocol/wire"

// Messages of the login server, TCP 8226 (nps-login-persona 2).
var (
	UserLogin   = declare[UserLoginBody](wire.Login, wire.ToServer, 0x501, "USER_LOGIN", "nps-login-persona 2.1", wire.Captured)
	UserValid   = declare[UserValidBody](wire.Login, wire.ToClient, 0x601, "USER_VALID", "nps-login-persona 2.4", wire.Client)
	UserInvalid = declare[wire.Empty](wire.Login, wire.ToClient, 0x602, "USER_INVALID", "nps-login-persona 2.5", wire.Reference)
	UserBanned  = unknown(wire.Login, wire.ToClient, 0x626, "USER_BANNED", "nps-login-persona 2.5")
)

// UserLoginBody asks for entry with a ticket from AuthLogin (nps-login-persona
// 2.1). Ticket and key text vary in length.
type UserLoginBody struct {
	Ticket  string `wire:"str16=256,secret"`
	Unknown string `wire:"str16=64"`         // always empty
	Key     string `wire:"str16=512,secret"` // the encrypted session key as hex text
	Game    string `wire:"str16=64"`         // "2176"
	Check   uint32 `wire:"opt"`              // a constant of the client's build, never checked
}

// UserValidBody lets a customer in (nps-login-persona 2.4). For a customer who
// is neither banned nor gagged everything but Customer is zero: 63 bytes.
type UserValidBody struct {
	Customer uint32
	Profile  uint32 // 0; use unknown
	CacheHit bool
	Ban      BanRecord `wire:"rec16"`
	Gag      BanRecord `wire:"rec16"`
	Key      KeyRecord `wire:"rec16"`
	Unknown  uint32
	Text     string `wire:"str16=64"` // empty; use unknown
}

// BanRecord says that a customer is banned or gagged. Start and End are Unix
// seconds; the record is in force when Start is not 0 and End is 0 or to come.
type BanRecord struct {
	Unknown      uint32
	Start        uint32
	End          uint32
	Initiator    string `wire:"str16=64"`
	StartComment string `wire:"str16=256"`
	EndComment   string `wire:"str16=256"`
}

// KeyRecord is empty in every working 0x601; it has the shape of the session-key
// block, key and expiry.
type KeyRecord struct {
	Key    string `wire:"str16=32,secret"`
	Expiry uint32
}
