package bot

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"

	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Client is one player at one server: what the client program knows between its connections. It belongs to one goroutine at
// a time; the connections that it opens may each be used from several.
type Client struct {
	target Target
	opts   Options
	random *mathrand.Rand // the player's choices
	frames sequence       // on the transaction server
	web    *http.Client
	pinned []byte // certificate, see Options.PinCertificate

	ticket   string
	shard    *Shard
	key      cipher.SessionKey
	keyed    bool
	customer uint32
	persona  *nps.PersonaRecord // the selected one
}

// New makes a client. Close it at the end.
func New(target Target, opts Options) *Client {
	c := &Client{target: target, opts: opts.withDefaults()}
	c.random = mathrand.New(mathrand.NewPCG(c.opts.Seed, 0))
	c.web = c.newWeb()
	return c
}

// Close gives back what the client keeps open between its steps. Connections that were handed out are the caller's to close.
func (c *Client) Close() { c.web.CloseIdleConnections() }

// Format hides ticket and key: a Client prints as its target, whatever the verb.
func (c *Client) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "bot client of "+c.target.Host)
}

// UseShard chooses the shard that all later steps go to.
func (c *Client) UseShard(s Shard) { c.shard = &s }

// Shard returns the chosen shard, or nil.
func (c *Client) Shard() *Shard { return c.shard }

// Customer returns the account's id as the login server told it, or 0.
func (c *Client) Customer() uint32 { return c.customer }

// Persona returns the selected persona, or nil.
func (c *Client) Persona() *nps.PersonaRecord { return c.persona }

// SessionKeyHash returns what identifies this login in the lobby: the MD5 of its session key (nps-lobby-rooms 4.3).
func (c *Client) SessionKeyHash() [16]byte { return c.key.Hash() }

// loginHost is where login, persona and mail services are.
func (c *Client) loginHost() string {
	if c.shard == nil {
		return ""
	}
	return c.shard.LoginHost
}

// needs refuses a step whose base is missing.
func (c *Client) needs(step string, shard, login, persona bool) error {
	var missing string
	switch {
	case shard && c.shard == nil:
		missing = "no shard is chosen (Shards, UseShard)"
	case login && !c.keyed:
		missing = "nobody is logged in (Login)"
	case persona && c.persona == nil:
		missing = "no persona is selected (Select)"
	default:
		return nil
	}
	return &Error{Step: step, Err: fmt.Errorf("%w: %s", ErrOrder, missing)}
}

// Login makes up a session key and logs in on 8226 with the ticket of the last Auth (nps-login-persona 2).
func (c *Client) Login(ctx context.Context) (*nps.UserValidBody, error) {
	const step = "login"
	if err := c.needs(step, true, false, false); err != nil {
		return nil, err
	}
	pub, err := c.PubKey(ctx)
	if err != nil {
		return nil, err
	}
	var key cipher.SessionKey
	if _, err := io.ReadFull(c.opts.Random, key[:]); err != nil {
		return nil, &Error{Step: step, Err: err}
	}
	packet, err := loginPacket(c.ticket, pub, key, c.opts.Random)
	if err != nil {
		return nil, &Error{Step: step, Err: err}
	}
	s := service{name: "login", host: c.loginHost(), port: c.target.Ports.Told(c.shard.LoginPort), framing: loginFraming}
	x, err := c.ask(ctx, step, s, packet, nps.UserValid.Message, nps.UserInvalid.Message, nps.UserBanned.Message)
	if err != nil {
		return nil, err
	}
	if x.frame.Number != nps.UserValid.Number {
		return nil, x.fail(nps.UserValid.String(), ErrRefused)
	}
	valid, err := exact(x, nps.UserValid)
	if err != nil {
		return nil, err
	}
	c.key, c.keyed, c.customer, c.persona = key, true, valid.Customer, nil
	return valid, nil
}

// clientCheck is the constant at the end of every recorded 0x501 (nps-login-persona 2.1).
const clientCheck = 0xFEA31C19

func loginPacket(ticket string, pub *rsa.PublicKey, key cipher.SessionKey, random io.Reader) (wire.Packet, error) {
	sealed, err := cipher.EncryptSessionKey(pub, key, random)
	if err != nil {
		return wire.Packet{}, err
	}
	return nps.UserLogin.With(&nps.UserLoginBody{Ticket: ticket, Key: string(sealed), Game: gameID, Check: clientCheck}), nil
}

// service is one of the three small services, where every request has a connection of its own (nps-login-persona 1.3).
type service struct {
	name    string
	host    string
	port    int
	framing func() framing
}

func (c *Client) personaService() service {
	return service{name: "persona", host: c.loginHost(), port: c.target.Ports.Actual(PortPersona), framing: personaFraming}
}

func (c *Client) mailService() service {
	return service{name: "mail", host: c.loginHost(), port: c.target.Ports.Actual(PortMail), framing: mailFraming}
}

// answer is a frame that came, with what is needed to say what is wrong with it.
type answer struct {
	step   string
	where  string
	frame  wire.Frame
	frames []wire.Frame // all of them, where there are several
	family wire.Family
}

// fail makes the error of an answer that is not the wanted one.
func (a answer) fail(want string, err error) error {
	return &Error{Step: a.step, Where: a.where, Want: want, Got: describe(a.family, a.frame), Err: err}
}

// ask opens a connection, sends one request, waits for one answer and closes, as the client does.
func (c *Client) ask(ctx context.Context, step string, s service, p wire.Packet, want ...*wire.Message) (answer, error) {
	l, err := c.open(ctx, step, s)
	if err != nil {
		return answer{}, err
	}
	defer l.close()
	return l.ask(ctx, step, p, want...)
}

// open connects to a service.
func (c *Client) open(ctx context.Context, step string, s service, first ...*call) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	address := c.target.address(s.host, s.port)
	where := s.name + " " + address
	conn, err := c.opts.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, &Error{Step: step, Where: where, Err: dialError(err)}
	}
	return newLink(conn, where, s.framing(), &c.frames, c.opts, first...), nil
}

// dialError drops the address from a dialling error, which Where names already.
func dialError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("cannot connect: %w", op.Err)
	}
	return err
}

// exact decodes an answer that must hold its fields and nothing more: the client does not skip what it did not expect
// (nps-login-persona 1.4).
func exact[T any](a answer, m wire.Msg[T]) (*T, error) {
	body := new(T)
	n, err := m.Layout().Decode(a.frame.Body, body)
	if err == nil && n != len(a.frame.Body) {
		err = fmt.Errorf("%d bytes behind the last field", len(a.frame.Body)-n)
	}
	if err != nil {
		return nil, a.fail(m.String(), fmt.Errorf("%w: %w", ErrMalformed, err))
	}
	return body, nil
}

// decode decodes an answer; surplus bytes at its end are left alone.
func decode[T any](a answer, m wire.Msg[T]) (*T, error) {
	body, err := m.Decode(a.frame.Body)
	if err != nil {
		return nil, a.fail(m.String(), fmt.Errorf("%w: %w", ErrMalformed, err))
	}
	return body, nil
}
