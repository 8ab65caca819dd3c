package gateway

import (
	"errors"

	"mcos/protocol/mcots"
	"mcos/protocol/wire"
)

// MCOTSConfig is the `mcots` section of the configuration: how the transaction
// port speaks where the reference leaves a choice.
type MCOTSConfig struct {
	FrameCap         int    `yaml:"frame_cap" help:"Largest frame accepted from a client." unit:"bytes" min:"1024" max:"65537" ref:"DECISIONS 31"`
	GenericReplySize int    `yaml:"generic_reply_size" help:"Size of the generic reply; the longer forms are padded with zeros." values:"16|17|114" unit:"bytes" ref:"mcots-1 2.2"`
	UnknownReply     string `yaml:"mcots_unknown_reply" help:"Answer to a request with an unknown number." values:"102|none" ref:"mcots-1 1.4"`
	PushPlain        bool   `yaml:"push_plain" help:"Send messages that answer no request unencrypted." ref:"README 6 no. 3"`
	PushSequence     string `yaml:"push_sequence" help:"Sequence number of messages that answer no request." values:"last+1|last|sent+received" ref:"mcots-1 1.3"`
}

// DefaultMCOTS is the configuration that a server starts with.
func DefaultMCOTS() MCOTSConfig {
	return MCOTSConfig{FrameCap: 65537, GenericReplySize: 16, UnknownReply: "102", PushSequence: "last+1"}
}

// Refusal is the error of a request that is refused for a reason the client may
// show (mcots-1 2.3, mcots-2 3.14).
type Refusal struct {
	Reason mcots.Reason
	Err    error
}

func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Refused makes a Refusal.
func Refused(reason mcots.Reason, err error) error { return &Refusal{reason, err} }

// RefuseMCOTS is the Refuse policy of the transaction port: 102 with the reason
// and the request's sequence number, silence for the numbers that are never
// answered, and the configured answer to unknown ones.
func RefuseMCOTS(cfg MCOTSConfig) func(*Call, error) {
	return func(c *Call, err error) {
		if c.Claimed() != nil && !c.Frame.Plain {
			c.Close("wrong key")
			return
		}
		if !cfg.silent(c) {
			var refusal *Refusal
			var reason mcots.Reason
			if errors.As(err, &refusal) {
				reason = refusal.Reason
			}
			c.Reply(mcots.Refuse(c.Frame.Number, reason))
		}
		if c.State() == Connected || c.Claimed() != nil {
			// Nothing but a stock list is asked for before the key is proved;
			// whoever gets that wrong cannot go on.
			c.Close("refused before it was connected")
		}
	}
}

// silent reports whether a message gets no answer, whatever is wrong with it.
func (cfg MCOTSConfig) silent(c *Call) bool {
	if c.Message == nil {
		return cfg.UnknownReply == "none"
	}
	return c.Message.NoReply
}

// plainMCOTS lets a stock list be asked for at any time, and a client that has
// logged out connect anew; anything else unencrypted after 438 ends the connection
// (DECISIONS 34, 46).
func plainMCOTS(c *Conn, number uint16) Verdict {
	if number == mcots.MsgStockCarRequest.Number || number == mcots.MsgConnect.Number && c.Reopened() {
		return Obey
	}
	return Drop
}

// Accept answers the request with 101.
func (c *Call) Accept() { c.Reply(mcots.Accept(c.Message)) }

// padGeneric brings generic replies to the configured size.
func padGeneric(size int) func(wire.Packet) {
	return func(p wire.Packet) {
		if body, ok := p.Body.(*mcots.GenericReply); ok {
			body.PadTo(size)
		}
	}
}

// MCOTSPort makes the port description of the transaction server.
func MCOTSPort(cfg MCOTSConfig, rows []Row, t Timeouts) *Port {
	return &Port{
		Name: "mcots", Number: 43300, Family: wire.MCOTS,
		Framing: func() (Opener, Sealer) { return mcots.NewOpener(cfg.FrameCap), mcots.NewSealer() },
		Rows:    rows, Refuse: RefuseMCOTS(cfg), Timeouts: t,
		encode: padGeneric(cfg.GenericReplySize),
		Push:   pushNumbering(cfg),
		Plain:  plainMCOTS,
	}
}

// pushNumbering makes the function that gives a push its sequence number and
// form. A client counts its frames over all its connections, so a count of those of
// this one goes on from the first number that came on it (mcots-1 1.3, DECISIONS 33).
func pushNumbering(cfg MCOTSConfig) func(*Conn) wire.Frame {
	return func(c *Conn) wire.Frame {
		seq := c.lastSeq.Load()
		switch cfg.PushSequence {
		case "last+1":
			seq++
		case "sent+received":
			seq = c.firstSeq.Load() + c.traffic.frames()
		}
		return wire.Frame{Seq: seq, Plain: cfg.PushPlain}
	}
}
