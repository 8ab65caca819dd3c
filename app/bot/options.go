package bot

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"sync/atomic"
	"time"
)

// Segments says how the bytes of a connection are cut into writes, each of which leaves as a TCP segment of its own. A server
// must answer the same whatever it is.
type Segments int

// The ways to send.
const (
	Whole  Segments = iota // one message, one segment
	Bytes                  // one byte, one segment
	Glued                  // messages that the client sends without waiting in between share a segment
	Random                 // cut at any byte, see Options.Seed
)

// ParseSegments reads the name of a way to send: normal, bytes, glued or random.
func ParseSegments(name string) (Segments, error) {
	for s, text := range []string{"normal", "bytes", "glued", "random"} {
		if name == text {
			return Segments(s), nil
		}
	}
	return Whole, fmt.Errorf("%q is none of normal, bytes, glued, random", name)
}

// DefaultTimeout bounds one step when Options say nothing.
const DefaultTimeout = 15 * time.Second

// Options are what a Client may be told beside its Target. The zero value is good.
type Options struct {
	Timeout  time.Duration // for one step; 0 = DefaultTimeout
	Segments Segments
	// PinCertificate makes AuthLogin accept only the certificate that the server hands out at /cert. Without it every
	// certificate is accepted, because the client is made to trust each server's own.
	PinCertificate bool
	// Seed is where the random choices of a player come from, such as the paint of a car; the same seed, the same choices.
	// 0 stands for another one each time.
	Seed   uint64
	PubKey *rsa.PublicKey                                                    // the server's login key; nil: fetched from /key
	Random io.Reader                                                         // for the session key; nil: crypto/rand
	Now    func() time.Time                                                  // for the clock in tracking messages; nil: time.Now
	Dial   func(ctx context.Context, network, addr string) (net.Conn, error) // nil: the network
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	for o.Seed == 0 {
		o.Seed = mathrand.Uint64()
	}
	switch o.Segments {
	case Bytes:
		o.cut(func(uint64) func(int) int { return func(int) int { return 1 } })
	case Random:
		o.cut(func(n uint64) func(int) int {
			random := mathrand.New(mathrand.NewPCG(o.Seed, n))
			return func(most int) int { return 1 + random.IntN(most) }
		})
	}
	return o
}

// cut makes every connection write in pieces. sizes makes, for the nth connection, what tells the size of the next piece of at
// most so many bytes.
func (o *Options) cut(sizes func(n uint64) func(most int) int) {
	dial := o.Dial
	var dialled atomic.Uint64
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return piecesConn{conn, sizes(dialled.Add(1))}, nil
	}
}

// piecesConn writes in pieces, each of which leaves as a segment of its own.
type piecesConn struct {
	net.Conn
	size func(most int) int
}

func (c piecesConn) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = c.Conn.Write(b[n : n+c.size(len(b)-n)])
		n += m
	}
	return n, err
}
