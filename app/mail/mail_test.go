package mail_test

import (
	"encoding/hex"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/mail"
	"mcos/protocol/nps"
)

// The captured request: persona 21, last mail 0, four bytes that mean nothing.
const listRequest = "0526001000000015000000000001fdfe"

// noMail is the documented answer for an empty mailbox.
const noMail = "061b000a000000000000"

func dial(t *testing.T) *apptest.Client {
	t.Helper()
	w := apptest.NewWorld(t)
	addr := w.Serve((&mail.Service{}).Port(4096, time.Minute))
	return apptest.Dial(t, addr, nps.NewShortOpener(4096), nps.NewShortSealer())
}

func write(c *apptest.Client, text string) {
	c.T.Helper()
	raw, err := hex.DecodeString(text)
	require.NoError(c.T, err)
	_, err = c.Conn.Write(raw)
	require.NoError(c.T, err)
}

// all closes the sending direction and returns everything that comes.
func all(c *apptest.Client) string {
	c.T.Helper()
	require.NoError(c.T, c.Conn.(*net.TCPConn).CloseWrite())
	raw, err := io.ReadAll(c.Conn)
	require.NoError(c.T, err)
	return hex.EncodeToString(raw)
}

func TestEmptyMailbox(t *testing.T) {
	cases := map[string]struct {
		send []string
		want string
	}{
		"captured":           {[]string{listRequest}, noMail},
		"without stray tail": {[]string{"0526000c0000001500000000"}, noMail},
		"unknown persona":    {[]string{"05260010ffffffff000000000001fdfe"}, noMail},
		"after a mail":       {[]string{"052600100000001500000007deadbeef"}, noMail},
		"two in one segment": {[]string{listRequest + listRequest}, noMail + noMail},
		"one and a half":     {[]string{listRequest + listRequest[:10], listRequest[10:]}, noMail + noMail},
		"half a request":     {[]string{listRequest[:20]}, ""},
		"nothing":            {nil, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := dial(t)
			for _, text := range tc.send {
				write(c, text)
			}
			assert.Equal(t, tc.want, all(c))
		})
	}
}

func TestByteByByte(t *testing.T) {
	c := dial(t)
	for i := 0; i < len(listRequest); i += 2 {
		write(c, listRequest[i:i+2])
	}
	assert.Equal(t, noMail, all(c))
}

// Nobody knows the answers to the rest: the connection ends without one.
func TestOthersEndTheConnection(t *testing.T) {
	cases := map[string]string{
		"one mail":            "0524000e00000015000000010000",
		"send":                "05230008aabbccdd",
		"delete":              "0525000800000001",
		"name only":           "05320008000f4240",
		"login":               "0501000800000000",
		"no name":             "0527000400",
		"bare header":         "99990004",
		"list without fields": "0526000800000015",
		"length below header": "05260003",
		"length above cap":    "05261001",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			c := dial(t)
			write(c, text)
			c.Closed()
		})
	}
}

// What was asked before is answered before the end.
func TestAnswerComesBeforeTheEnd(t *testing.T) {
	c := dial(t)
	write(c, listRequest+"0525000800000001"+listRequest)
	assert.Equal(t, noMail, hex.EncodeToString(c.Raw(10)))
	c.Closed()
}
