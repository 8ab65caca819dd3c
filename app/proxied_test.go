package app

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/config"
)

// through connects to a port as a proxy does for a player at an address, and returns
// what the server says until it closes, or as many bytes as are wanted.
func through(t *testing.T, port int, player, say string, want int) string {
	t.Helper()
	c, err := net.Dial("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	require.NoError(t, err)
	defer c.Close()
	head := append([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"), netip.MustParseAddr(player).AsSlice()...)
	head = append(head, 198, 51, 100, 7)
	head = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(head, 50000), uint16(port))
	if _, err = c.Write(append(head, say...)); err != nil {
		return ""
	}
	said := make([]byte, want)
	n, _ := io.ReadFull(c, said)
	return string(said[:n])
}

// Behind a proxy limits and bans see the players; none of them is taken for this
// computer's own.
func TestPlayersBehindAProxy(t *testing.T) {
	a := startInside(t, func(c *config.Config) {
		c.Server.ProxyProtocol = []string{"127.0.0.1"}
		c.Web.AuthLoginPlain = true
		c.Limits.WrongPasswords = 2
	})
	web, lobby := a.Ports().HTTP, a.Ports().Lobby
	get := func(player, path string) string {
		return through(t, web, player, "GET "+path+" HTTP/1.0\r\nHost: 198.51.100.7\r\n\r\n", 1<<12)
	}
	assert.Contains(t, get("203.0.113.50", "/ShardList/"), "LobbyServerIP=198.51.100.7\n", "the address that the player reached")
	for i := range 3 {
		body := get("203.0.113.50", fmt.Sprintf("/AuthLogin?username=marty&password=wrong%d", i))
		want := "incorrect"
		if i == 2 {
			want = "Too many wrong passwords"
		}
		assert.Contains(t, body, want)
	}
	assert.Contains(t, get("203.0.113.51", "/AuthLogin?username=marty&password=wrong"), "incorrect", "another player behind the same proxy")
	assert.Empty(t, get("127.0.0.1", "/ShardList/"), "nobody behind a proxy is this computer")

	assert.Len(t, through(t, lobby, "203.0.113.50", "", 4), 4, "the lobby greets")
	_, err := a.operator().BanAddress(t.Context(), admin.NewAddressBan{Network: "203.0.113.50"})
	require.NoError(t, err)
	assert.Empty(t, through(t, lobby, "203.0.113.50", "", 4))
	assert.Empty(t, get("203.0.113.50", "/ShardList/"))
	assert.Len(t, through(t, lobby, "203.0.113.51", "", 4), 4)

	resp, err := net.Dial("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Ports().Console)))
	require.NoError(t, err, "the console is for this computer and knows no proxies")
	require.NoError(t, resp.Close())
}
