package bot

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Raw is a connection on which the caller says everything himself, message by message: it knows the framing and the
// encryption, and nothing of what is asked and answered. Replays use it.
type Raw struct {
	family  wire.Family
	conn    net.Conn
	framing framing
	timeout time.Duration

	writing sync.Mutex
	mu      sync.Mutex // guards what follows
	seq     mcots.ClientSequence
	frames  []wire.Frame
	err     error
	changed chan struct{} // closed with every change
}

// Raw connects to the service that has a documented port number. The connections of lobby, rooms and transactions use the
// session key of the last Login.
func (c *Client) Raw(ctx context.Context, documented int) (*Raw, error) {
	const step = "connect"
	if err := c.needs(step, true, false, false); err != nil {
		return nil, err
	}
	f, host := c.rawService(documented)
	if c.keyed && (f.family == wire.Lobby || f.family == wire.MCOTS) {
		if err := f.secure(c.key); err != nil {
			return nil, &Error{Step: step, Err: err}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	address := c.target.address(host, c.target.Ports.Actual(documented))
	conn, err := c.opts.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, &Error{Step: step, Where: address, Err: dialError(err)}
	}
	r := &Raw{family: f.family, conn: conn, framing: f, timeout: c.opts.Timeout, changed: make(chan struct{})}
	go r.read()
	return r, nil
}

// rawService is the framing and the host of a documented port.
func (c *Client) rawService(documented int) (framing, string) {
	switch documented {
	case PortLogin:
		return loginFraming(), c.loginHost()
	case PortMail:
		return mailFraming(), c.loginHost()
	case PortPersona:
		return personaFraming(), c.loginHost()
	case PortMCOTS:
		return mcotsFraming(), c.shard.MCOTSHost
	default:
		return lobbyFraming(), c.shard.LobbyHost
	}
}

// Send sends one message; in an MCOTS frame the sequence number is filled in. plain sends it outside the encryption.
func (r *Raw) Send(number uint16, body []byte, plain bool) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	f := wire.Frame{Number: number, Body: body, Plain: plain}
	if r.family == wire.MCOTS {
		r.mu.Lock()
		f.Seq = r.seq.Next()
		r.mu.Unlock()
	}
	raw, err := r.framing.seal.Seal(nil, f)
	if err != nil {
		return err
	}
	if err := r.conn.SetWriteDeadline(time.Now().Add(r.timeout)); err != nil {
		return err
	}
	_, err = r.conn.Write(raw)
	return err
}

// Received returns all messages that have come so far, and why no more will come, nil while they may.
func (r *Raw) Received() ([]wire.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.frames, r.err
}

// Wait waits until n messages have come, until no more can come, or for ctx.
func (r *Raw) Wait(ctx context.Context, n int) error {
	for {
		r.mu.Lock()
		enough, changed := len(r.frames) >= n || r.err != nil, r.changed
		r.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends the connection without a message, as the client does.
func (r *Raw) Close() {
	r.note(nil, ErrClosed)
	_ = r.conn.Close()
}

// note adds a message, or the end.
func (r *Raw) note(f *wire.Frame, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f != nil {
		r.frames = append(r.frames, *f)
		r.seq.Received()
	} else if r.err == nil {
		r.err = err
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *Raw) read() {
	buf := make([]byte, 0, 2048)
	for {
		n, err := r.framing.open.Size(buf)
		if err != nil {
			r.note(nil, fmt.Errorf("%w: %w", ErrMalformed, err))
			return
		}
		if n > 0 && len(buf) >= n {
			f, err := r.framing.open.Open(bytes.Clone(buf[:n]))
			if err != nil {
				r.note(nil, fmt.Errorf("%w: %w", ErrMalformed, err))
				return
			}
			buf = append(buf[:0], buf[n:]...)
			r.note(&f, nil)
			continue
		}
		buf = slices.Grow(buf, max(n-len(buf), 512))
		m, err := r.conn.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if m == 0 && err != nil {
			r.note(nil, endError(err, len(buf)))
			return
		}
	}
}

// LoginFrame does what Login does and returns the answer as it would stand in a recording.
func (c *Client) LoginFrame(ctx context.Context) (wire.Frame, error) {
	valid, err := c.Login(ctx)
	if err != nil {
		return wire.Frame{}, err
	}
	body, err := nps.UserValid.With(valid).AppendBody(nil)
	return wire.Frame{Number: nps.UserValid.Number, Body: body}, err
}
