package mcots

import "mcos/protocol/wire"

// The messages that open, describe and close a session.
var (
	// MsgConnect is the first frame of a connection, in clear; answered with
	// MsgSuccess in clear, after which both directions are encrypted.
	MsgConnect = request[Connect](438, "MC_CLIENT_CONNECT_MSG", "mcots-1 3.1", wire.Captured)
	// MsgLogin logs the persona in and buys the starter car of a new one.
	MsgLogin = request[Login](105, "MC_LOGIN", "mcots-1 3.2", wire.Captured)
	// MsgLoginComplete answers MsgLogin.
	MsgLoginComplete = reply[LoginComplete](213, "MC_LOGIN_COMPLETE", "mcots-1 3.3", wire.Client)
	// MsgLoginComplete72 is the captured short form (login_complete_form = 72).
	MsgLoginComplete72 = variant[LoginComplete72](MsgLoginComplete.Message, "72 bytes", wire.Captured)
	// MsgLogout ends the session; answered with MsgSuccess.
	MsgLogout = request[GenericRequest](106, "MC_LOGOUT", "mcots-1 3.4", wire.Captured)
	// MsgTracking reports a visited screen or the machine; never answered.
	MsgTracking = silent[Tracking](440, "MC_TRACKING_MSG", "mcots-1 3.5", wire.Captured)
)

// Connect is MsgConnect, 40 bytes (mcots-1 3.1).
type Connect struct {
	CustomerID    uint32 // whose session key starts the encryption
	PersonaID     uint32 // persona that the connection acts for
	CustomerName  string `wire:"char=13"` // empty in all captures
	PersonaName   string `wire:"char=13"`
	ClientVersion uint32 // 6001
}

// Login is MsgLogin, 39 bytes (mcots-1 3.2). The three fields of the starter car
// are 0 unless the persona has just been created.
type Login struct {
	CustomerID    uint32
	PersonaID     uint32
	LotOwnerID    uint32 // dealer of the chosen starter car
	BrandedPartID uint32 // chosen starter car
	SkinID        uint32 // chosen paint
	PersonaName   string `wire:"char=13"`
	ClientVersion uint32 // 6001
}

// LoginFlags are the bits of LoginComplete.Flags (mcots-1 3.3).
type LoginFlags uint8

// The login flags. Only LoginFirstTime may be set: the messages behind the two
// "waiting" flags are unknown.
const (
	LoginFirstTime              LoginFlags = 1 << iota // set on every captured login
	LoginPaycheckWaiting                               // never set
	LoginClubInvitationsWaiting                        // never set
	LoginTallyInProgress
)

// LoginComplete is MsgLoginComplete in the client's own layout, 173 bytes
// (mcots-1 3.3, layout A). All zero but time and flags is what we send.
type LoginComplete struct {
	ServerTime          uint32 // Unix seconds
	Flags               LoginFlags
	SecondsTillShutdown uint16  // 0 = none
	ShardGNP            float64 // statistics shown to players
	ShardCarsSold       uint32
	ShardAveSalary      uint32
	ShardAveCarsOwned   uint32
	ShardAvePlayerLevel uint32
	Servers             [4]ServerEntry // zero = none, which means server id 0
	WebCookie           uint32         // opaque; the client is said to return it in web pages
	NextTally           Timestamp
	NextPaycheck        Timestamp
}

// ServerEntry is one transaction server in LoginComplete, 26 bytes (mcots-1 3.3).
type ServerEntry struct {
	ID            uint32 // instance in the top byte of race ids
	Port          uint16
	IP            [4]uint32
	PriorityOrder uint16
	DutyStatus    uint16
}

// LoginComplete72 is MsgLoginComplete as the captured server sent it, 72 bytes
// (mcots-1 3.3, layout B).
type LoginComplete72 struct {
	ServerTime             uint32 // Unix seconds
	FirstTime              bool
	PaycheckWaiting        bool // never set
	ClubInvitationsWaiting bool // never set
	TallyInProgress        bool
	SecondsTillShutdown    uint16
	ShardGNP               float64
	ShardCarsSold          uint32
	ShardAveSalary         uint32
	ShardAveCarsOwned      uint32
	ShardAvePlayerLevel    uint32
	WebCookie              uint32
	NextTally              Timestamp
	NextPaycheck           Timestamp
}

// TrackingType says what a Tracking message reports.
type TrackingType uint16

// The tracking types.
const (
	TrackingScreen  TrackingType = 0 // a screen was visited
	TrackingMachine TrackingType = 1 // the player's machine
)

// Tracking is MsgTracking, 260 bytes (mcots-1 3.5).
type Tracking struct {
	Type TrackingType
	Text string `wire:"char=256"` // comma-separated values
}
