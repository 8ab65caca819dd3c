package gateway

import (
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/sirupsen/logrus"

	"mcos/app/pace"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Call is one received message on its way through a handler. It is valid until
// the handler returns, and so is everything that aliases its frame: []byte fields
// of the request.
type Call struct {
	*Conn
	Frame   wire.Frame
	Message *wire.Message // nil when the number is unknown

	row *entry // likewise
}

// Reply answers the request: with its sequence number, and encrypted exactly when
// it was (mcots-1 1.5). Nothing encrypted is answered before the client has proved
// the key: the answer would tell somebody without it a piece of the key stream,
// which is the same in both directions and on every connection, and with that he
// could write requests of his own. Such a connection ends.
func (c *Call) Reply(packets ...wire.Packet) {
	if c.claim != nil && !c.Frame.Plain {
		c.Close("the key has not been proved")
		return
	}
	f := wire.Frame{Seq: c.Frame.Seq, Plain: c.Frame.Plain}
	for _, p := range packets {
		c.answered += c.send(f, p)
	}
}

// ReplyPlain answers outside the encryption.
func (c *Call) ReplyPlain(p wire.Packet) {
	c.answered += c.send(wire.Frame{Seq: c.Frame.Seq, Plain: true}, p)
}

// dispatch finds the frame's row, checks the state and runs the handler.
func (c *Conn) dispatch(f wire.Frame) {
	if f.Seq != 0 {
		c.lastSeq.Store(f.Seq)
		c.firstSeq.CompareAndSwap(0, f.Seq)
	}
	if f.Heartbeat {
		c.heartbeat(f)
		return
	}
	c.traffic.received.Add(1)
	c.server.received.Add(1)
	call := &c.call
	*call = Call{Conn: c, Frame: f}
	e := c.port.table[f.Number]
	if e != nil {
		e.count.Add(1)
		call.Message, call.row = e.Message, e
	}
	verdict := call.plain()
	switch {
	case verdict == Drop:
		call.Record("unencrypted; the connection is closed")
		c.Close("unencrypted message")
		return
	case e == nil:
		call.unknown()
		return
	case verdict == Skip:
		call.Record("unencrypted, ignored")
		return
	}
	if c.claim != nil && !f.Plain && c.claim.proof != nil {
		if err := c.claim.proof(); err != nil {
			call.refuse(err)
			return
		}
	}
	if c.state < e.Need {
		call.refuse(fmt.Errorf("%w: %s needs %s, is %s", ErrState, e.Message, e.Need, c.state))
		return
	}
	ok, err := call.pay(e.effect)
	if ok && err == nil {
		err = call.run(e.handle)
	}
	if err != nil {
		call.refuse(err)
	}
}

// heartbeat writes down the first heartbeat of a connection: nobody has seen one, and
// what the body holds is not known. It is neither answered nor interpreted (mcots-1
// 1.7, DECISIONS 42). Of a client that has not even said who it is only the head is
// shown.
func (c *Conn) heartbeat(f wire.Frame) {
	if c.beaten {
		return
	}
	c.beaten = true
	show := len(f.Body)
	if c.state == Connected {
		show = min(show, recordBytes)
	}
	c.Log().WithFields(logrus.Fields{
		"sequence": f.Seq, "bytes": len(f.Body), "body": hex.EncodeToString(f.Body[:show]),
	}).Info("first heartbeat of the connection")
}

// plain judges whether a message may be in the form that it has.
func (c *Call) plain() Verdict {
	if !c.secured || !c.Frame.Plain || c.port.Plain == nil {
		return Obey
	}
	return c.port.Plain(c.Conn, c.Frame.Number)
}

// run calls the handler and turns a panic into the end of this one connection.
func (c *Call) run(handle func(*Call) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Log().WithFields(logrus.Fields{"message": c.Message.String(), "panic": p}).
				Errorf("a handler failed; the connection is closed\n%s", debug.Stack())
			c.Close("internal error")
		}
	}()
	return handle(c)
}

func (c *Call) refuse(err error) {
	var malformed *MalformedError
	if errors.As(err, &malformed) {
		if malformed.lies() {
			c.Record(Lie)
			defer c.Close("a message with an impossible length or count")
		} else {
			c.Record("malformed message")
		}
	}
	if c.few(&c.refused, refusedTimes) && c.MayLog() {
		c.Log().WithError(err).WithField("message", c.name()).Info("request refused")
	}
	c.port.Refuse(c, err)
}

// Lie is what the log says of a message in which a length or count says more than
// there is. Its connection is closed (DECISIONS 51).
const Lie = "a length or count in the message says more than it holds; the connection is closed"

// refusedTimes is how many refusals of each message are logged for one connection:
// a client that keeps asking must not fill the log.
const refusedTimes = 20

// few counts the message in a table of the connection and reports whether it is
// still among the first ones with its number.
func (c *Call) few(counts *map[uint16]int, limit int) bool {
	if *counts == nil {
		*counts = map[uint16]int{}
	}
	n := (*counts)[c.Frame.Number]
	if n <= limit {
		(*counts)[c.Frame.Number] = n + 1
	}
	return n < limit
}

// MayLog reports whether the player may cause another line in the log, which belongs
// to all.
func (c *Call) MayLog() bool { return c.budget.Load().Allow(pace.Lines, 1) }

func (c *Call) unknown() {
	c.server.unknown.Add(1)
	c.port.unknown.add(c.Frame.Number)
	c.Record("unknown message")
	c.port.Refuse(c, ErrUnknown)
}

func (c *Call) name() string {
	if c.Message != nil {
		return c.Message.String()
	}
	return fmt.Sprintf("%d (0x%X)", c.Frame.Number, c.Frame.Number)
}

const (
	recordBytes      = 4096 // of a message's body shown in the log
	recordBytesLobby = 64   // the same in the lobby family (nps-lobby-rooms 11)
	recordTimes      = 3    // per message number and connection
)

// Record logs a message that has no effect, with its body in hex, cut when long:
// this is how an unknown layout becomes a known one. Messages with secret fields
// are never shown, and each number only a few times per connection.
func (c *Call) Record(what string) { c.record(logrus.InfoLevel, what) }

// RecordQuietly is Record for what players say to each other: it is for those who
// have asked for everything.
func (c *Call) RecordQuietly(what string) {
	if c.Log().Logger.IsLevelEnabled(logrus.DebugLevel) {
		c.record(logrus.DebugLevel, what)
	}
}

func (c *Call) record(level logrus.Level, what string) {
	if !c.few(&c.noted, recordTimes) || !c.MayLog() {
		return
	}
	fields := logrus.Fields{"message": c.name(), "bytes": len(c.Frame.Body)}
	if area := c.area(); area != "" {
		fields["area"] = area
	}
	if !c.secret() {
		show := recordBytes
		if c.port.Family == wire.Lobby {
			show = recordBytesLobby
		}
		fields["body"] = hex.EncodeToString(c.Frame.Body[:min(len(c.Frame.Body), show)])
	}
	c.Log().WithFields(fields).Log(level, what)
}

// area names what an unknown message may be about.
func (c *Call) area() string {
	if c.Message != nil || c.port.Family != wire.MCOTS {
		return ""
	}
	return mcots.Area(c.Frame.Number)
}

// secret reports whether the message's bytes must not be shown: it has secret
// fields, or it is unknown here but would have them on another port.
func (c *Call) secret() bool {
	if c.Message != nil {
		return c.Message.Layout().Secret()
	}
	return nps.SecretNumber(c.Frame.Number)
}
