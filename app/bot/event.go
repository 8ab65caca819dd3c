package bot

import (
	"fmt"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Event is a message that the server sent on its own: somebody came or left, a relay, a race starts.
type Event struct {
	Where   string        // connection, such as "room 127.0.0.1:9001"
	Message *wire.Message // nil when the number is not known
	Body    any           // pointer to the message's struct, such as *nps.UserJoinedBody; nil when it could not be read
	Frame   wire.Frame
}

// String names the message and the connection.
func (e Event) String() string {
	if e.Message == nil {
		return fmt.Sprintf("message 0x%03X at %s", e.Frame.Number, e.Where)
	}
	return e.Message.String() + " at " + e.Where
}

func newEvent(l *link, f wire.Frame) Event {
	e := Event{Where: l.where, Frame: f, Message: find(l.framing.family, f.Number)}
	if e.Message == nil || f.Heartbeat {
		return e
	}
	body := e.Message.Layout().New()
	if _, err := e.Message.Layout().Decode(f.Body, body); err == nil {
		e.Body = body
	}
	return e
}

// find looks up a message of the server.
func find(family wire.Family, number uint16) *wire.Message {
	if family == wire.MCOTS {
		return mcots.Registry.Find(family, wire.ToClient, number)
	}
	return nps.Registry.Find(family, wire.ToClient, number)
}

// describe names a message that was received.
func describe(family wire.Family, f wire.Frame) string {
	if f.Heartbeat {
		return "a heartbeat"
	}
	name := fmt.Sprintf("0x%03X of unknown name", f.Number)
	if family == wire.MCOTS {
		name = fmt.Sprintf("%d of unknown name", f.Number)
	}
	if m := find(family, f.Number); m != nil {
		name = m.String()
	}
	return fmt.Sprintf("%s with %d bytes", name, len(f.Body))
}

// replies are the messages of the lobby family that are only ever sent as the answer to a request. Everything else may come at
// any time.
var replies = map[uint16]bool{
	nps.LoginResp.Number: true, nps.LoginRespMC100.Number: true, nps.InvalidKey.Number: true,
	nps.MiniRiffList.Number: true, nps.MiniUserList.Number: true, nps.UserList.Number: true,
	nps.RiffList.Number: true, nps.GameServers.Number: true,
	nps.ChannelGranted.Number: true, nps.ChannelDenied.Number: true, nps.ChannelConditional.Number: true,
	nps.ChannelClosed.Number: true,
}

// isPush reports whether a server may send this message without being asked.
func isPush(family wire.Family, f wire.Frame) bool {
	switch family {
	case wire.Lobby:
		return !replies[f.Number]
	case wire.MCOTS:
		return f.Heartbeat || f.Number == mcots.MsgRaceStarted.Number || f.Number == mcots.MsgFinalResults.Number
	default:
		return false
	}
}
