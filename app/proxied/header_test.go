package proxied

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// raw is a header by hand: version and command, family, body.
func raw(command, family byte, body ...byte) []byte {
	b := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), command, family)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

// tcp is the body of a header about TCP.
func tcp(from, to string) []byte {
	f, t := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	b := append(f.Addr().AsSlice(), t.Addr().AsSlice()...)
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, f.Port()), t.Port())
}

func TestReadHeader(t *testing.T) {
	for name, c := range map[string]struct {
		in       []byte
		own      bool
		from, to string
	}{
		"IPv4":               {raw(0x21, 0x11, 203, 0, 113, 50, 198, 51, 100, 7, 0xC3, 0x50, 0x20, 0x22), false, "203.0.113.50:50000", "198.51.100.7:8226"},
		"IPv4 and additions": {raw(0x21, 0x11, append(tcp("203.0.113.50:1", "198.51.100.7:80"), 4, 0, 1, 0)...), false, "203.0.113.50:1", "198.51.100.7:80"},
		"IPv6":               {raw(0x21, 0x21, tcp("[2001:db8::9]:1", "[2001:db8::1]:443")...), false, "[2001:db8::9]:1", "[2001:db8::1]:443"},
		"IPv4 as IPv6":       {raw(0x21, 0x21, tcp("[::ffff:203.0.113.50]:1", "[::ffff:198.51.100.7]:443")...), false, "203.0.113.50:1", "198.51.100.7:443"},
		"private player":     {raw(0x21, 0x11, tcp("192.168.1.5:1", "192.168.1.9:80")...), false, "192.168.1.5:1", "192.168.1.9:80"},
		"health check":       {raw(0x20, 0x00), true, "", ""},
		"health check, more": {raw(0x20, 0x11, tcp("203.0.113.50:1", "198.51.100.7:80")...), true, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := bytes.NewReader(append(c.in, "rest"...))
			h, err := readHeader(r)
			require.NoError(t, err)
			assert.Equal(t, c.own, h.own)
			if !c.own {
				assert.Equal(t, c.from, h.from.String())
				assert.Equal(t, c.to, h.to.String())
			}
			rest, _ := io.ReadAll(r)
			assert.Equal(t, "rest", string(rest), "what follows belongs to the game")
			for cut := range len(c.in) {
				_, err := readHeader(bytes.NewReader(c.in[:cut]))
				assert.Error(t, err, "cut off")
			}
		})
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	for name, in := range map[string][]byte{
		"a game":           []byte("\x05\x01\x00\x2a and so on, for a while"),
		"version 1":        []byte("PROXY TCP4 203.0.113.50 198.51.100.7 50000 8226\r\n"),
		"another version":  raw(0x31, 0x11, tcp("203.0.113.50:1", "198.51.100.7:80")...),
		"another command":  raw(0x22, 0x11, tcp("203.0.113.50:1", "198.51.100.7:80")...),
		"UDP":              raw(0x21, 0x12, tcp("203.0.113.50:1", "198.51.100.7:80")...),
		"a Unix socket":    raw(0x21, 0x31, bytes.Repeat([]byte{1}, 216)...),
		"unknown family":   raw(0x21, 0x00),
		"too short":        raw(0x21, 0x11, 1, 2, 3),
		"IPv4 as if IPv6":  raw(0x21, 0x21, tcp("203.0.113.50:1", "198.51.100.7:80")...),
		"the proxy itself": raw(0x21, 0x11, tcp("127.0.0.1:1", "198.51.100.7:80")...),
		"itself in IPv6":   raw(0x21, 0x21, tcp("[::1]:1", "[2001:db8::1]:80")...),
		"itself, mapped":   raw(0x21, 0x21, tcp("[::ffff:127.0.0.9]:1", "[2001:db8::1]:80")...),
		"nobody":           raw(0x21, 0x11, tcp("0.0.0.0:1", "198.51.100.7:80")...),
		"everybody":        raw(0x21, 0x11, tcp("224.0.0.251:1", "198.51.100.7:80")...),
		"far too long":     append(raw(0x21, 0x11)[:14], strings.Repeat("\xFF", 70000)...),
	} {
		_, err := readHeader(bytes.NewReader(in))
		assert.Error(t, err, name)
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add(raw(0x21, 0x11, tcp("203.0.113.50:50000", "198.51.100.7:8226")...))
	f.Add(raw(0x21, 0x21, tcp("[2001:db8::9]:1", "[2001:db8::1]:443")...))
	f.Add(raw(0x20, 0x00))
	f.Add([]byte("PROXY TCP4 203.0.113.50 198.51.100.7 50000 8226\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		h, err := readHeader(r)
		if err != nil {
			require.Zero(t, h)
			return
		}
		require.LessOrEqual(t, len(in)-r.Len(), fixedBytes+maxBody)
		if !h.own {
			require.True(t, h.from.IsValid() && h.to.IsValid())
			require.False(t, h.from.Addr().IsLoopback(), "nobody behind a proxy is this computer")
		}
	})
}
