// Package replay plays the client's side of a recorded session against a server and
// compares what the server answers with what the recording has, field by field.
//
// It logs in afresh with an account, so the session has a key of its own; numbers that
// the server gives out (accounts, drivers, cars, parts, races, channels) are matched
// with the recorded ones as they come, and put into what is sent. Times and addresses
// are not compared, nor what is secret. Web requests are not repeated, except for the
// login.
package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mcos/app/bot"
	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Options say how to replay.
type Options struct {
	Account bot.Account
	// SignUp makes the account first.
	SignUp bool
	// Persona picks one driver of a recording of several. It may be empty when only
	// one plays in it.
	Persona string
	// Speed 1 keeps the recorded pauses, 2 halves them; 0 leaves them out.
	Speed float64
	// Patience is how long a recorded answer may take; 0 means 5 seconds.
	Patience time.Duration
}

// Errors of recordings that cannot be replayed.
var (
	// ErrNothing says that a recording holds nothing that a client has sent.
	ErrNothing = errors.New("there is nothing to replay in this recording")
	// ErrWhom says that several drivers play in a recording and none is chosen.
	ErrWhom = errors.New("several drivers play in this recording; choose one with --persona")
	// ErrNobody says that the account has nobody who could play.
	ErrNobody = errors.New("nobody can play this recording")
)

const (
	defaultPatience = 5 * time.Second
	maxPause        = time.Minute // of a recorded pause
)

// Run replays a recording with a client. The result holds the differences; an error
// says that the replay could not be carried through.
func Run(ctx context.Context, c *bot.Client, entries []tape.Entry, o Options) (*Result, error) {
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	script, persona, err := choose(entries, o.Persona)
	if err != nil {
		return nil, err
	}
	r := &run{client: c, o: o, persona: persona, ids: newIDs(), conns: map[string]*conn{}, result: &Result{Mapped: map[string]int{}}}
	if o.SignUp {
		if err := c.SignUp(ctx, o.Account); err != nil {
			return nil, err
		}
	}
	if err := c.Auth(ctx, o.Account); err != nil {
		return nil, err
	}
	if _, err := c.Shards(ctx); err != nil {
		return nil, err
	}
	defer r.hangUp()
	if err := r.logIn(ctx, script); err != nil {
		return nil, err
	}
	if err := r.play(ctx, script); err != nil {
		return nil, err
	}
	r.finish()
	slices.SortStableFunc(r.result.Differences, func(a, b Difference) int { return cmp.Compare(a.After, b.After) })
	return r.result, nil
}

// run is a replay in progress.
type run struct {
	client *bot.Client
	o      Options
	ids    *ids
	conns  map[string]*conn
	order  []*conn
	result *Result
	start  time.Time // of the recording
	// persona is the driver's name in the recording.
	persona string
}

// conn is one connection of the recording and its counterpart.
type conn struct {
	name   string
	port   int
	raw    *bot.Raw      // nil on the login port, and when it could not be opened
	login  []wire.Frame  // answers on the login port
	want   []*tape.Entry // answers that the recording has had so far
	seen   int           // of want, matched or given up
	next   int           // first answer that is not matched yet
	failed bool
}

// logIn logs in and selects the driver where the recording does not: one of a single
// driver begins with his connections to the lobby.
func (r *run) logIn(ctx context.Context, script []tape.Entry) error {
	if slices.ContainsFunc(script, func(e tape.Entry) bool { return e.Type == tape.In && e.Port == bot.PortLogin }) {
		return nil
	}
	if _, err := r.client.Login(ctx); err != nil {
		return err
	}
	list, err := r.client.Personas(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Personas, func(p nps.PersonaRecord) bool { return strings.EqualFold(p.Name, r.persona) })
	if i < 0 && len(list.Personas) == 1 {
		i = 0 // the account's only one takes his place
	}
	if i < 0 {
		return fmt.Errorf("%w: the account has no driver %q", ErrNobody, r.persona)
	}
	p := list.Personas[i]
	r.ids.names[r.persona] = p.Name
	for i := range script {
		_, fields, _ := script[i].Fields()
		for _, f := range fields {
			old, ok := f.Data.(uint64)
			switch {
			case !ok || script[i].Type != tape.In:
			case kinds[f.Name] == customer:
				r.ids.learn(customer, old, uint64(r.client.Customer()))
			case f.Name == "User" && script[i].Number == nps.Login.Number, f.Name == "PersonaID" && script[i].Number == mcots.MsgConnect.Number:
				r.ids.learn(persona, old, uint64(p.Persona))
			}
		}
	}
	return r.client.Select(ctx, p)
}

// play goes through the recording.
func (r *run) play(ctx context.Context, script []tape.Entry) error {
	r.start = script[0].Time
	last := r.start
	for i := range script {
		e := &script[i]
		if err := r.pause(ctx, e.Time.Sub(last)); err != nil {
			return err
		}
		last = e.Time
		switch e.Type {
		case tape.Connect:
			r.connect(ctx, e)
		case tape.In:
			r.catchUp(ctx)
			if err := r.send(ctx, e); err != nil {
				return err
			}
		case tape.Out:
			if c := r.conns[e.Conn]; c != nil {
				c.want = append(c.want, e)
			}
		case tape.Disconnect:
			r.catchUp(ctx)
			if c := r.conns[e.Conn]; c != nil && c.raw != nil {
				c.raw.Close()
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.catchUp(ctx)
	return ctx.Err()
}

func (r *run) pause(ctx context.Context, d time.Duration) error {
	if r.o.Speed <= 0 || d <= 0 {
		return nil
	}
	timer := time.NewTimer(min(time.Duration(float64(d)/r.o.Speed), maxPause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *run) connect(ctx context.Context, e *tape.Entry) {
	r.catchUp(ctx)
	c := &conn{name: e.Conn, port: e.Port}
	r.conns[e.Conn] = c
	r.order = append(r.order, c)
	if e.Port == bot.PortLogin {
		return // the client's own login opens it
	}
	raw, err := r.client.Raw(ctx, e.Port)
	if err != nil {
		c.failed = true
		r.differ(c, e, Difference{Kind: Failed, Got: err.Error()})
		return
	}
	c.raw = raw
}

// catchUp waits for the answers that the recording has had by now and learns the
// numbers in them.
func (r *run) catchUp(ctx context.Context) {
	patience, cancel := context.WithTimeout(ctx, r.o.Patience)
	defer cancel()
	for _, c := range r.order {
		if c.raw != nil && c.seen < len(c.want) {
			_ = c.raw.Wait(patience, len(c.want)) // what does not come is a difference
		}
		r.match(c)
		c.seen = len(c.want)
	}
}

// got are the answers of a connection.
func (c *conn) got() []wire.Frame {
	if c.raw == nil {
		return c.login
	}
	frames, _ := c.raw.Received()
	return frames
}

// send sends a message of the recording, adapted to this session.
func (r *run) send(ctx context.Context, e *tape.Entry) error {
	c := r.conns[e.Conn]
	if c == nil || c.failed || e.Body == 0 {
		return nil
	}
	r.result.Sent++
	if c.port == bot.PortLogin && e.Number == nps.UserLogin.Number {
		f, err := r.client.LoginFrame(ctx)
		if err != nil {
			return fmt.Errorf("the login of the replay fails: %w", err)
		}
		c.login = append(c.login, f)
		return nil
	}
	if c.raw == nil {
		return nil
	}
	body := r.adapt(e)
	if err := c.raw.Send(e.Number, body, !e.Encrypted); err != nil {
		c.failed = true
		r.differ(c, e, Difference{Kind: Failed, Got: err.Error()})
	}
	return nil
}

func (r *run) hangUp() {
	for _, c := range r.order {
		if c.raw != nil {
			c.raw.Close()
		}
	}
}
