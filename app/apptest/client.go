package apptest

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// patience is how long a test waits for a message that must come.
const patience = 20 * time.Second

// Client is one connection of a test to a service.
type Client struct {
	T      testing.TB
	Conn   net.Conn
	opener gateway.Opener
	sealer gateway.Sealer
	buf    []byte
	held   []wire.Frame // read already, for Next
	chunk  [16 << 10]byte
	count  uint32 // frames sent and received, as the game counts them
	seq    uint32 // of the frame sent last
}

// Dial connects with the client side of a framing.
func Dial(t testing.TB, addr string, opener gateway.Opener, sealer gateway.Sealer) *Client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return On(t, conn, opener, sealer)
}

// On is the client side of a framing on a connection that there is, such as one of
// package memnet, on whose clock hours pass in no time.
func On(t testing.TB, conn net.Conn, opener gateway.Opener, sealer gateway.Sealer) *Client {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	return &Client{T: t, Conn: conn, opener: opener, sealer: sealer}
}

// Secure starts encryption in both directions.
func (c *Client) Secure(key cipher.SessionKey) {
	c.T.Helper()
	require.NoError(c.T, c.opener.Secure(key))
	require.NoError(c.T, c.sealer.Secure(key))
}

// Send sends packets, each with the next sequence number.
func (c *Client) Send(packets ...wire.Packet) {
	c.T.Helper()
	for _, p := range packets {
		c.send(p, wire.Frame{})
	}
}

// SendPlain sends a packet outside the encryption.
func (c *Client) SendPlain(p wire.Packet) {
	c.T.Helper()
	c.send(p, wire.Frame{Plain: true})
}

func (c *Client) send(p wire.Packet, f wire.Frame) {
	c.T.Helper()
	body, err := p.AppendBody(nil)
	require.NoError(c.T, err)
	f.Number, f.Body = p.Message.Number, body
	c.SendFrame(f)
}

// CountFrom makes the next frame carry this sequence number: the game counts over all
// its connections ("mcots-1 1.3").
func (c *Client) CountFrom(seq uint32) { c.count = seq - 1 }

// SendFrame sends a frame made by hand; its sequence number is filled in.
func (c *Client) SendFrame(f wire.Frame) {
	c.T.Helper()
	c.count++
	c.seq = c.count
	f.Seq = c.seq
	raw, err := c.sealer.Seal(nil, f)
	require.NoError(c.T, err)
	_, err = c.Conn.Write(raw)
	require.NoError(c.T, err)
}

// Seq is the sequence number of the frame sent last.
func (c *Client) Seq() uint32 { return c.seq }

// Await waits for a frame with this number. Those that come before it are kept for
// Next.
func (c *Client) Await(number uint16) wire.Frame {
	c.T.Helper()
	for {
		f := c.read()
		if f.Number == number {
			return f
		}
		c.held = append(c.held, f)
	}
}

// Next waits for the next frame; its body is a copy.
func (c *Client) Next() wire.Frame {
	c.T.Helper()
	if len(c.held) > 0 {
		f := c.held[0]
		c.held = c.held[1:]
		return f
	}
	return c.read()
}

func (c *Client) read() wire.Frame {
	c.T.Helper()
	for {
		size, err := c.opener.Size(c.buf)
		require.NoError(c.T, err)
		if size > 0 && size <= len(c.buf) {
			f, err := c.opener.Open(append([]byte(nil), c.buf[:size]...))
			require.NoError(c.T, err)
			c.buf = c.buf[size:]
			c.count++
			return f
		}
		n, err := c.Conn.Read(c.chunk[:])
		require.NoError(c.T, err, "no message came")
		c.buf = append(c.buf, c.chunk[:n]...)
	}
}

// Raw waits for exactly n bytes as they are on the wire.
func (c *Client) Raw(n int) []byte {
	c.T.Helper()
	for len(c.buf) < n {
		m, err := c.Conn.Read(c.chunk[:])
		require.NoError(c.T, err, "only %d of %d bytes came", len(c.buf), n)
		c.buf = append(c.buf, c.chunk[:m]...)
	}
	raw := c.buf[:n]
	c.buf = c.buf[n:]
	return raw
}

// Closed waits for the server to end the connection without another message.
func (c *Client) Closed() {
	c.T.Helper()
	rest, _ := io.ReadAll(c.Conn) // a reset is an end as well
	assert.Empty(c.T, append(c.buf, rest...), "bytes before the end")
	assert.Empty(c.T, c.held, "messages before the end")
}

// Ended waits for the server to end the connection, whatever it says before.
func (c *Client) Ended() {
	c.T.Helper()
	_, err := io.Copy(io.Discard, c.Conn)
	var timeout net.Error
	require.False(c.T, errors.As(err, &timeout) && timeout.Timeout(), "the connection is still open")
}

// Expect waits for the next frame, which must be this message, and decodes it.
func Expect[T any](c *Client, m wire.Msg[T]) *T {
	c.T.Helper()
	f := c.Next()
	require.Equal(c.T, m.Number, f.Number, "expected %s, got number %d (0x%X) with body %x", m, f.Number, f.Number, f.Body)
	body, err := m.Decode(f.Body)
	require.NoError(c.T, err)
	return body
}
