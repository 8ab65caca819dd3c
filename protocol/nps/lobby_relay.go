package nps

import "mcos/protocol/wire"

// Relays: the client sends application data that the server forwards without
// reading it (nps-lobby-rooms 7). Each long form has a twin whose use the original
// server wrote into its moderation log.
//
// Nobody has seen a short form. Their layout is taken to be that of the long ones,
// and the two without a name to stand in the same order as those (nps-lobby-rooms
// 7.1).
var (
	RelayAllShort       = shortRelay[RelayBody](0x80, "SEND_ALL")
	RelayPlugInShort    = shortRelay[RelayBody](0x81, "SEND_PLUG_IN")
	RelayReadyShort     = shortRelay[RelayBody](0x82, "SEND_GAME_READY_LIST")
	RelayListShort      = shortRelay[RelayListBody](0x83, "SEND_LIST")
	RelayNotListShort   = shortRelay[RelayListBody](0x84, "short relay, SEND_NOT_LIST by its place")
	RelayBuddyShort     = shortRelay[RelayUserBody](0x85, "short relay, SEND_BUDDY by its place")
	RelaySingleShort    = shortRelay[RelayUserBody](0x86, "SEND_SINGLE")
	RelayNotSingleShort = shortRelay[RelayUserBody](0x87, "SEND_NOT_SINGLE")

	RelayAll             = relay[RelayBody](0x89, "SEND_ALL_LONG")
	RelayAllLogged       = relay[RelayBody](0x8A, "SEND_ALL_LONG_LOGGED")
	RelayPlugIn          = relay[RelayBody](0x8B, "SEND_PLUG_IN_LONG")
	RelayPlugInLogged    = relay[RelayBody](0x8C, "SEND_PLUG_IN_LONG_LOGGED")
	RelayReady           = relay[RelayBody](0x8D, "SEND_GAME_READY_LIST_LONG")
	RelayReadyLogged     = relay[RelayBody](0x8E, "SEND_GAME_READY_LIST_LONG_LOGGED")
	RelayList            = relay[RelayListBody](0x8F, "SEND_LIST_LONG")
	RelayListLogged      = relay[RelayListBody](0x90, "SEND_LIST_LONG_LOGGED")
	RelayNotList         = relay[RelayListBody](0x91, "SEND_NOT_LIST_LONG")
	RelayNotListLogged   = relay[RelayListBody](0x92, "SEND_NOT_LIST_LONG_LOGGED")
	RelayBuddy           = relay[RelayUserBody](0x93, "SEND_BUDDY_LONG")
	RelayBuddyLogged     = relay[RelayUserBody](0x94, "SEND_BUDDY_LONG_LOGGED")
	RelaySingle          = relay[RelayUserBody](0x95, "SEND_SINGLE_LONG")
	RelaySingleLogged    = relay[RelayUserBody](0x96, "SEND_SINGLE_LONG_LOGGED")
	RelayNotSingle       = relay[RelayUserBody](0x97, "SEND_NOT_SINGLE_LONG")
	RelayNotSingleLogged = relay[RelayUserBody](0x98, "SEND_NOT_SINGLE_LONG_LOGGED")
)

// delivered holds the relays as the receiver sees them, at opcode - firstRelay;
// those for plug-ins are never delivered.
var delivered = declareDelivered()

const firstRelay, lastRelay = 0x80, 0x98

// RelayBody is application data for all members, or as it is delivered to one
// (nps-lobby-rooms 7.2 and 7.3).
type RelayBody struct {
	Comm   uint32 // 0: the server instance of this connection
	Sender uint32
	Blob   []byte `wire:"rest"`
}

// RelayUserBody is application data for one user, or for all but one
// (nps-lobby-rooms 7.2).
type RelayUserBody struct {
	Comm   uint32
	Sender uint32
	User   uint32
	Blob   []byte `wire:"rest"`
}

// RelayListBody is application data for the listed users, or for all others
// (nps-lobby-rooms 7.2).
type RelayListBody struct {
	Comm   uint32
	Sender uint32
	Count  uint32
	Users  []uint32 `wire:"count=Count"`
	Blob   []byte   `wire:"rest"`
}

// MaxRelayBlob is the longest application data that is forwarded (nps-lobby-rooms
// 7.4).
const MaxRelayBlob = 4096

// The kinds of application data that races use: the first byte. Anything above
// BlobLast may be chat, which nobody has captured yet (nps-lobby-rooms 7.5, 7.6).
const (
	BlobPosition = 5 // where a car is; the next one makes it worthless
	BlobLast     = 10
)

// Delivered makes the packet that a relay's receiver gets: the opcode of the
// request without its filter (nps-lobby-rooms 7.3). It reports false for an opcode
// that is not delivered to anybody.
func Delivered(opcode uint16, body *RelayBody) (wire.Packet, bool) {
	if opcode < firstRelay || opcode > lastRelay || delivered[opcode-firstRelay].Message == nil {
		return wire.Packet{}, false
	}
	return delivered[opcode-firstRelay].With(body), true
}

func relay[T any](opcode uint16, name string) wire.Msg[T] {
	c := wire.Client
	if opcode == 0x97 {
		c = wire.Captured
	}
	return declare[T](wire.Lobby, wire.ToServer, opcode, name, "nps-lobby-rooms 7", c)
}

func shortRelay[T any](opcode uint16, name string) wire.Msg[T] {
	return declare[T](wire.Lobby, wire.ToServer, opcode, name, "nps-lobby-rooms 7.1", wire.Guess)
}

func declareDelivered() [lastRelay - firstRelay + 1]wire.Msg[RelayBody] {
	var list [lastRelay - firstRelay + 1]wire.Msg[RelayBody]
	for _, m := range []*wire.Message{
		RelayAllShort.Message, RelayReadyShort.Message, RelayListShort.Message, RelayNotListShort.Message,
		RelayBuddyShort.Message, RelaySingleShort.Message, RelayNotSingleShort.Message,
		RelayAll.Message, RelayAllLogged.Message, RelayReady.Message, RelayReadyLogged.Message,
		RelayList.Message, RelayListLogged.Message, RelayNotList.Message, RelayNotListLogged.Message,
		RelayBuddy.Message, RelayBuddyLogged.Message, RelaySingle.Message, RelaySingleLogged.Message,
		RelayNotSingle.Message, RelayNotSingleLogged.Message,
	} {
		list[m.Number-firstRelay] = declare[RelayBody](wire.Lobby, wire.ToClient, m.Number, m.Name, m.Section, asDelivered(m.Confidence))
	}
	return list
}

// asDelivered is how sure the delivered form is: none has been captured.
func asDelivered(sent wire.Confidence) wire.Confidence {
	if sent == wire.Captured {
		return wire.Client
	}
	return sent
}
