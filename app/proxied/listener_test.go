package proxied

import (
	"io"
	"net"
	"net/netip"
	"testing"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listen serves one address of this computer and trusts some.
func listen(t *testing.T, at string, trusted ...string) (net.Listener, *logtest.Hook) {
	t.Helper()
	inner, err := net.Listen("tcp4", at+":0")
	if err != nil {
		t.Skipf("this computer cannot listen on %s: %v", at, err)
	}
	var list []netip.Prefix
	for _, text := range trusted {
		list = append(list, netip.MustParsePrefix(text))
	}
	log, hook := logtest.NewNullLogger()
	ln := Listen(inner, list, log)
	t.Cleanup(func() { _ = ln.Close() })
	return ln, hook
}

func dial(t *testing.T, ln net.Listener, first []byte) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp4", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.Write(first)
	require.NoError(t, err)
	return c.(*net.TCPConn)
}

var someone = raw(0x21, 0x11, tcp("203.0.113.50:50000", "198.51.100.7:8226")...)

func TestTheAddressesAreThoseOfTheHeader(t *testing.T) {
	for name, trusted := range map[string]string{"by source": "127.0.0.0/8", "by the address connected to": "127.0.0.2/32"} {
		t.Run(name, func(t *testing.T) {
			ln, _ := listen(t, "127.0.0.2", trusted)
			c := dial(t, ln, append(someone, "hello"...))
			s, err := ln.Accept()
			require.NoError(t, err)
			defer s.Close()
			assert.Equal(t, "203.0.113.50:50000", s.RemoteAddr().String())
			assert.Equal(t, "198.51.100.7:8226", s.LocalAddr().String())
			require.NoError(t, c.CloseWrite())
			said, err := io.ReadAll(s)
			require.NoError(t, err)
			assert.Equal(t, "hello", string(said))
			half, ok := s.(interface{ CloseWrite() error })
			require.True(t, ok, "the gateway ends its own direction first")
			require.NoError(t, half.CloseWrite())
		})
	}
}

// A header of somebody who is not trusted is what he says, nothing more.
func TestOthersAreLeftAlone(t *testing.T) {
	ln, _ := listen(t, "127.0.0.1", "127.0.0.2/32", "192.0.2.0/24")
	c := dial(t, ln, someone)
	require.NoError(t, c.CloseWrite())
	s, err := ln.Accept()
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, c.LocalAddr().String(), s.RemoteAddr().String())
	said, err := io.ReadAll(s)
	require.NoError(t, err)
	assert.Equal(t, someone, said)
}

func TestAHealthCheckKeepsItsAddress(t *testing.T) {
	ln, _ := listen(t, "127.0.0.1", "127.0.0.1/32")
	c := dial(t, ln, raw(0x20, 0))
	s, err := ln.Accept()
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, c.LocalAddr().String(), s.RemoteAddr().String())
}

// A proxy that says nothing holds nobody up, and one without a usable header is refused.
func TestHeadersThatAreMissing(t *testing.T) {
	ln, hook := listen(t, "127.0.0.1", "127.0.0.1/32")
	dial(t, ln, nil)
	dial(t, ln, someone[:20])
	bad := dial(t, ln, raw(0x21, 0x11, tcp("127.0.0.1:1", "198.51.100.7:80")...))
	worse := dial(t, ln, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	for _, c := range []net.Conn{bad, worse} {
		_, err := io.ReadAll(c)
		if err != nil {
			assert.NotErrorIs(t, err, net.ErrClosed, "the server closes it, be it with a reset")
		}
	}
	dial(t, ln, someone)
	s, err := ln.Accept()
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, "203.0.113.50:50000", s.RemoteAddr().String())
	assert.Len(t, hook.AllEntries(), 1, "one line, however often it happens")
}

func TestClose(t *testing.T) {
	ln, _ := listen(t, "127.0.0.1", "127.0.0.1/32")
	c := dial(t, ln, someone) // nobody accepts it
	require.NoError(t, ln.Close())
	for {
		s, err := ln.Accept()
		if err != nil {
			require.ErrorIs(t, err, net.ErrClosed)
			break
		}
		require.NoError(t, s.Close()) // it had come before
	}
	_, _ = io.ReadAll(c) // ends: the connection does not stay open
}
