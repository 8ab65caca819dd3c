package bot

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net"
	"time"
)

// Segments says how the bytes of a connection are cut into writes, each of which leaves as a TCP segment of its own. A server
// must answer the same whatever it is.
type Segments int

// The ways to send.
const (
	Whole Segments = iota // one message, one segment
	Bytes                 // one byte, one segment
	Glued                 // messages that the client sends without waiting in between share a segment
)

// ParseSegments reads the name of a way to send: normal, bytes or glued.
func ParseSegments(name string) (Segments, error) {
	for s, text := range []string{"normal", "bytes", "glued"} {
		if name == text {
			return Segments(s), nil
		}
	}
	return Whole, fmt.Errorf("%q is none of normal, bytes, glued", name)
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
	PubKey         *rsa.PublicKey                                                    // the server's login key; nil: fetched from /key
	Random         io.Reader                                                         // for the session key; nil: crypto/rand
	Now            func() time.Time                                                  // for the clock in tracking messages; nil: time.Now
	Dial           func(ctx context.Context, network, addr string) (net.Conn, error) // nil: the network
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
	if o.Segments == Bytes {
		dial := o.Dial
		o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return byteConn{conn}, nil
		}
	}
	return o
}

// byteConn writes one byte at a time.
type byteConn struct{ net.Conn }

func (c byteConn) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}
