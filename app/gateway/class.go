package gateway

import (
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// class says what may become of a message whose receiver is slow. What a player gets
// because another one has done something must never end his connection.
type class uint8

const (
	// own is what the receiver has asked for, or cannot do without: it is never left
	// out, and a client that does not take it is closed.
	own class = iota
	// event is told on to others: joins, leaves, ready lists, starts and results. It
	// is never left out, but of those with one key the last one stands for all
	// (DECISIONS 3).
	event
	// newest is told on, of those with one key only the last one counts, and it may be
	// left out: user data and positions.
	newest
	// passing is told on and may be left out: all other relays.
	passing
)

// mark is what the queue of a slow receiver knows about a message.
type mark struct {
	class class
	// edge is 1 for a message by which its key appears to the receiver and -1 for one
	// by which it goes; a coming and going that nobody has seen need not be told.
	edge int8
	key  key
	// from is the persona that has caused the message, 0 for the server itself.
	from uint32
}

// key tells apart the messages of which the last one stands for all. The zero key
// belongs to those that all count.
type key struct {
	number uint16
	a, b   uint32
}

// markOf is the one place that says how the messages are treated that are told on.
// Those that are not here are events that all count.
func markOf(p wire.Packet) mark {
	n := p.Message.Number
	switch b := p.Body.(type) {
	case *nps.RelayBody:
		if len(b.Blob) > 0 && b.Blob[0] == nps.BlobPosition {
			return mark{class: newest, key: key{nps.RelayAll.Number, b.Comm, b.Sender}}
		}
		return mark{class: passing}
	case *nps.UserInfoBody:
		return mark{class: newest, key: key{number: n, a: b.User}}
	case *nps.UserJoinedBody:
		return mark{class: event, edge: 1, key: key{nps.UserJoined.Number, b.Comm, b.User}}
	case *nps.UserCommBody:
		if n == nps.UserLeft.Number {
			n = nps.UserJoined.Number // they belong together
		}
		return mark{class: event, edge: -1, key: key{n, b.Comm, b.User}}
	case *nps.ReadyListBody:
		if len(b.Entries) > 0 {
			return mark{class: event, key: key{number: n, a: b.Entries[0].Comm}}
		}
	case *nps.CommBody: // ended, told to leave, started
		return mark{class: event, key: key{number: n, a: b.Comm}}
	case *nps.ChannelDataBody:
		return mark{class: event, key: key{number: n, a: b.Comm}}
	case *nps.ServerInfoBody: // where the race is, and that it has started
		return mark{class: event, key: key{number: n, a: b.Comm}}
	case *nps.CommStateBody:
		return mark{class: event, key: key{n, b.Comm, uint32(b.State)}}
	case *nps.LobbyBuddy:
		return mark{class: event, key: key{number: n, a: b.User}}
	case *mcots.RaceStarted:
		return mark{class: event, key: key{number: n, a: b.RaceID}}
	}
	return mark{class: event}
}

// loose reports whether the message may be left out.
func (m mark) loose() bool { return m.class == newest || m.class == passing }
