package bot

import (
	"context"
	"fmt"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// clientVersion is what the client says in 438 and 105 (mcots-1 3.1).
const clientVersion = 6001

// Transactions is a connection to the transaction server (43300). It may be used from several goroutines.
type Transactions struct {
	link     *link
	customer uint32
	persona  nps.PersonaRecord
	now      func() time.Time
}

func (c *Client) mcotsService() service {
	return service{name: "mcots", host: c.shard.MCOTSHost, port: c.target.Ports.Actual(PortMCOTS), framing: mcotsFraming}
}

// Dialog is the client's dialog that creates a persona, as far as the transaction server sees it (mcots-1 6.1). Whether its
// first question and the connection of the new persona share a socket was not recorded; here they may.
type Dialog struct {
	client *Client
	link   *link
}

// Dialog connects to the transaction server, without saying who one is.
func (c *Client) Dialog(ctx context.Context) (*Dialog, error) { return c.dialog(ctx, "connect") }

func (c *Client) dialog(ctx context.Context, step string) (*Dialog, error) {
	if err := c.needs(step, true, false, false); err != nil {
		return nil, err
	}
	f := mcotsFraming()
	if c.keyed {
		if err := f.secure(c.key); err != nil {
			return nil, &Error{Step: step, Err: err}
		}
	}
	s := c.mcotsService()
	s.framing = func() framing { return f }
	l, err := c.open(ctx, step, s)
	if err != nil {
		return nil, err
	}
	return &Dialog{client: c, link: l}, nil
}

// Close ends the connection.
func (d *Dialog) Close() { d.link.close() }

// StarterCars asks for the cars that a new persona may begin with: dealer 8, in clear (141, mcots-1 5.7).
func (d *Dialog) StarterCars(ctx context.Context) (*mcots.StockCars, error) {
	return stockCars(ctx, d.link, "starter cars", StarterDealer, 0, true)
}

// Connect makes the connection that of a persona, which need not have been selected: 438, after which everything is encrypted
// (mcots-1 3.1). The client must have logged in before it made the Dialog, which is over then.
func (d *Dialog) Connect(ctx context.Context, p nps.PersonaRecord) (*Transactions, error) {
	t := &Transactions{link: d.link, customer: d.client.customer, persona: p, now: d.client.opts.Now}
	request := mcots.MsgConnect.With(&mcots.Connect{
		CustomerID: t.customer, PersonaID: p.Persona, PersonaName: p.Name, ClientVersion: clientVersion,
	})
	if _, err := accepted(ctx, d.link, "connect", request, true); err != nil {
		d.Close()
		return nil, err
	}
	return t, nil
}

// StarterCars is Dialog.StarterCars on a connection of its own.
func (c *Client) StarterCars(ctx context.Context) (*mcots.StockCars, error) {
	d, err := c.dialog(ctx, "starter cars")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.StarterCars(ctx)
}

// Transactions connects to the transaction server as the selected persona.
func (c *Client) Transactions(ctx context.Context) (*Transactions, error) {
	if err := c.needs("connect", true, true, true); err != nil {
		return nil, err
	}
	d, err := c.Dialog(ctx)
	if err != nil {
		return nil, err
	}
	return d.Connect(ctx, *c.persona)
}

// Where names the connection.
func (t *Transactions) Where() string { return t.link.where }

// Events gives what the server sends on its own, as LobbyConn.Events does.
func (t *Transactions) Events() <-chan Event { return t.link.events }

// Done is closed when the connection has ended, whoever ended it.
func (t *Transactions) Done() <-chan struct{} { return t.link.ended }

// Err returns why the connection has ended, and nil while it has not.
func (t *Transactions) Err() error { return t.link.reason(nil) }

// Close ends the connection without a message.
func (t *Transactions) Close() { t.link.close() }

// Ask sends a request and returns the first frame that is one of the wanted answers; a 102 is a *Refusal. It serves tests and
// bots that need more than the other methods. Without a wanted answer it does not wait.
func (t *Transactions) Ask(ctx context.Context, step string, p wire.Packet, want ...*wire.Message) (wire.Frame, error) {
	if len(want) == 0 {
		return wire.Frame{}, t.link.do(ctx, &call{step: step, packet: p})
	}
	a, err := transact(ctx, t.link, &call{step: step, packet: p, want: want})
	return a.frame, err
}

// transact sends a request that may be answered with 102.
func transact(ctx context.Context, l *link, c *call) (answer, error) {
	refusable(c)
	if err := l.do(ctx, c); err != nil {
		return answer{}, err
	}
	return l.judged(c)
}

// refusable makes a call accept 102 too, unless it wants that anyway.
func refusable(c *call) {
	c.want = append(c.want, mcots.MsgFailed.Message)
	c.mine = func(f wire.Frame) bool {
		if f.Number != mcots.MsgFailed.Number && f.Number != mcots.MsgSuccess.Number {
			return true
		}
		r, err := mcots.MsgSuccess.Decode(f.Body)
		return err != nil || r.Request == c.packet.Message.Number
	}
}

// judged turns the 102 among the answers of a finished call into an error.
func (l *link) judged(c *call) (answer, error) {
	a := l.answer(c)
	if a.frame.Number != mcots.MsgFailed.Number {
		return a, nil
	}
	r, err := decode(a, mcots.MsgFailed)
	if err != nil {
		return a, err
	}
	return a, a.fail(c.wanted(), &Refusal{Request: r.Request, Reason: mcots.Reason(r.Result)})
}

// accepted sends a request that is answered with 101.
func accepted(ctx context.Context, l *link, step string, p wire.Packet, plain bool, also ...*wire.Message) (*mcots.GenericReply, error) {
	a, err := transact(ctx, l, &call{step: step, packet: p, plain: plain, want: append([]*wire.Message{mcots.MsgSuccess.Message}, also...)})
	if err != nil {
		return nil, err
	}
	r, err := decode(a, mcots.MsgSuccess)
	if err != nil {
		return nil, err
	}
	if r.Request != p.Message.Number {
		return nil, a.fail(mcots.MsgSuccess.String(), fmt.Errorf("%w: it answers request %d", ErrMalformed, r.Request))
	}
	return r, nil
}

// read sends a request and decodes its one answer.
func read[T any](ctx context.Context, t *Transactions, step string, p wire.Packet, want wire.Msg[T]) (*T, error) {
	a, err := transact(ctx, t.link, &call{step: step, packet: p, want: []*wire.Message{want.Message}})
	if err != nil {
		return nil, err
	}
	return decode(a, want)
}

// generic makes a request whose parameters are one or two numbers (mcots-1 2.1).
func generic(m wire.Msg[mcots.GenericRequest], data ...uint32) wire.Packet {
	var body mcots.GenericRequest
	if len(data) > 0 {
		body.Data = data[0]
	}
	if len(data) > 1 {
		body.Data2 = data[1]
	}
	return m.With(&body)
}

// follows tells from the "more to come" flag of a list, at the given offset of its body, whether another frame follows
// (mcots-1 2.4).
func follows(offset int) func(wire.Frame) bool {
	return func(f wire.Frame) bool { return len(f.Body) > offset && f.Body[offset] != 0 }
}

// Offsets of the flag in the bodies of 325, 408, 323 and 364, in 141, and in 362.
const (
	moreInList    = 2
	moreInStock   = 14
	moreInHistory = 6
)

// Car is a choice at a dealer.
type Car struct {
	Dealer      uint32 // lot owner
	BrandedPart uint32 // kind of car
	Skin        uint32
}

// Login logs the persona in (105 -> 213, mcots-1 3.2). For a new persona starter is the car that it begins with, otherwise it
// is nil. Of the short form of the answer only the common fields are filled.
func (t *Transactions) Login(ctx context.Context, starter *Car) (*mcots.LoginComplete, error) {
	body := mcots.Login{
		CustomerID: t.customer, PersonaID: t.persona.Persona, PersonaName: t.persona.Name, ClientVersion: clientVersion,
	}
	if starter != nil {
		body.LotOwnerID, body.BrandedPartID, body.SkinID = starter.Dealer, starter.BrandedPart, starter.Skin
	}
	a, err := transact(ctx, t.link, &call{
		step: "login", packet: mcots.MsgLogin.With(&body), want: []*wire.Message{mcots.MsgLoginComplete.Message},
	})
	if err != nil {
		return nil, err
	}
	if len(a.frame.Body) >= mcots.MsgLoginComplete.Layout().MinSize() {
		return decode(a, mcots.MsgLoginComplete)
	}
	short, err := decode(a, mcots.MsgLoginComplete72)
	if err != nil {
		return nil, err
	}
	full := &mcots.LoginComplete{ServerTime: short.ServerTime, SecondsTillShutdown: short.SecondsTillShutdown}
	if short.FirstTime {
		full.Flags = mcots.LoginFirstTime
	}
	return full, nil
}

// Logout ends the session (106 -> 101) and closes the connection.
func (t *Transactions) Logout(ctx context.Context) error {
	_, err := accepted(ctx, t.link, "logout", generic(mcots.MsgLogout), false)
	t.Close()
	return err
}

// DeletePersona retires the persona of this connection after Client.DeletePersona, or before it (320, mcots-1 6.5).
func (t *Transactions) DeletePersona(ctx context.Context) error {
	p := mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: t.persona.Persona})
	_, err := accepted(ctx, t.link, "delete persona", p, false)
	return err
}
