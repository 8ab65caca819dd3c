package client

import "strconv"

// Kind is the type of a registry value.
type Kind int

// The kinds of values that the game reads.
const (
	SZ    Kind = iota // REG_SZ, a text
	DWORD             // REG_DWORD, a number of 32 bits
)

// Value is one registry value of the game.
type Value struct {
	Key    string // path below a Root, with single backslashes: `Electronic Arts\Motor City`
	Name   string // name of the value; empty for the default value of its key
	Kind   Kind
	Text   string // the data of an SZ
	Number uint32 // the data of a DWORD
}

// The registry keys of the game, as paths below a Root.
const (
	KeyGame     = `Electronic Arts\Motor City`
	KeyVersion  = `Electronic Arts\Motor City\1.0`
	KeyAuthGame = `Electronic Arts\Motor City\AuthAuth`
	KeyAuthEA   = `EACom\AuthAuth`
	KeyNPS      = `Electronic Arts\Network Play System`
)

// The port that a URL need not name.
const httpPort = 80

// Values returns the registry values that make an installed game use the server at host, with its plain web pages at webPort
// (web-and-client 6.2). These are all values that name the server, and those that a fresh installation may lack. Values that
// describe the computer (folders, graphics, language) are left to the game's own setup, and those of the alternative
// authentication (Auth_NPS_AAI) stay unset. The port of the login is not among them: it is 443 and cannot be changed.
//
// The values come grouped by key, in a fixed order. The errors are ErrHost (see CheckHost) and ErrPort.
func Values(host string, webPort int) ([]Value, error) {
	if err := CheckHost(host); err != nil {
		return nil, err
	}
	if err := checkPort(webPort); err != nil {
		return nil, err
	}
	port := strconv.Itoa(webPort)
	web := host // host with its port, where needed
	if webPort != httpPort {
		web += ":" + port
	}
	shards := "http://" + web + "/ShardList/"
	return []Value{
		{Key: KeyAuthEA, Name: "AuthLoginServer", Text: host},
		{Key: KeyAuthEA, Name: "AuthLoginBaseService", Text: "AuthLogin"},
		{Key: KeyAuthEA, Name: "AuthLogin", Text: "2176"}, // the game's number at its publisher
		{Key: KeyAuthEA, Name: "SSLRetry", Kind: DWORD, Number: 0},

		{Key: KeyGame, Name: "GamePatch", Text: "games/EA_Seattle/MotorCity/MCO"},
		{Key: KeyGame, Name: "UpdateInfoPatch", Text: "games/EA_Seattle/MotorCity/UpdateInfo"},
		{Key: KeyGame, Name: "NPSPatch", Text: "games/EA_Seattle/MotorCity/NPS"},
		{Key: KeyGame, Name: "PatchServerIP", Text: host},
		{Key: KeyGame, Name: "PatchServerPort", Text: port},                                     // a text, though a number
		{Key: KeyGame, Name: "CreateAccount", Text: web + "/SubscribeEntry.jsp?prodID=REG-MCO"}, // without "http://"

		{Key: KeyVersion, Name: "ShardUrl", Text: shards},
		{Key: KeyVersion, Name: "ShardUrlDev", Text: shards}, // read by the debug build
		{Key: KeyVersion, Name: "TickerUrl", Text: "http://" + web + "/Ticker"},

		{Key: KeyAuthGame, Name: "AuthLoginServer", Text: host},
		{Key: KeyAuthGame, Name: "AuthLoginBaseService", Text: "AuthLogin"},

		{Key: KeyNPS, Name: "Log", Text: "1"},
	}, nil
}
