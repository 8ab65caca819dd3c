package mail_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/mail"
	"mcos/protocol/nps"
	"mcos/storage"
)

// The captured request: persona 21, last mail 0, four bytes that mean nothing.
const listRequest = "0526001000000015000000000001fdfe"

// noMail is the documented answer for an empty mailbox.
const noMail = "061b000a000000000000"

// post is a mail server for the personas that its test makes.
type post struct {
	*apptest.World
	addr  string
	peers map[uint32]bool // personas of the peer
	send  bool            // mails may be sent
	muted uint32          // persona
	svc   *mail.Service
}

func open(t *testing.T, cfg mail.Config) *post {
	t.Helper()
	p := &post{World: apptest.NewWorld(t), peers: map[uint32]bool{}, send: true}
	svc := mail.New(cfg, mail.Deps{
		Store: p.Store, Now: p.Now, Muted: func(id uint32) bool { return id == p.muted },
		Own: func(_ *gateway.Call, id uint32) (storage.Persona, error) {
			if !p.peers[id] {
				return storage.Persona{}, errors.New("not yours")
			}
			return p.Get(id), nil
		},
		Attempt: func(addr netip.Addr, account uint32) bool {
			assert.NotZero(t, account)
			assert.Equal(t, apptest.Home, addr)
			return p.send
		},
	})
	p.svc = svc
	p.addr = p.Serve(svc.Port(4096, time.Minute))
	return p
}

// on is a server on which mail is on and mails are kept for a day.
func on(t *testing.T) *post {
	return open(t, mail.Config{On: true, Keep: 24 * time.Hour, Box: 3})
}

// driver makes a persona; mine makes it one of the peer's.
func (p *post) driver(name string, mine bool) uint32 {
	id := p.Persona(p.Account("acc_"+name), name)
	p.peers[id] = mine
	return id
}

func (p *post) dial() *apptest.Client {
	p.T.Helper()
	return apptest.Dial(p.T, p.addr, nps.NewShortOpener(4096), nps.NewShortSealer())
}

// ask sends one request on a connection of its own, as the game does, and returns
// everything that comes; "" says that the server closed without a word.
func (p *post) ask(text string) string {
	p.T.Helper()
	c := p.dial()
	write(c, text)
	return all(c)
}

// box reads a mailbox in the store.
func (p *post) box(persona uint32) (list []storage.Mail) {
	p.T.Helper()
	require.NoError(p.T, p.Store.View(func(tx storage.ReadTx) (err error) {
		list, err = tx.MailsOf(persona)
		return err
	}))
	return list
}

func write(c *apptest.Client, text string) {
	c.T.Helper()
	raw, err := hex.DecodeString(plain(text))
	require.NoError(c.T, err)
	_, err = c.Conn.Write(raw)
	require.NoError(c.T, err)
}

func plain(text string) string { return strings.ReplaceAll(text, " ", "") }

// all closes the sending direction and returns everything that comes.
func all(c *apptest.Client) string {
	c.T.Helper()
	require.NoError(c.T, c.Conn.(*net.TCPConn).CloseWrite())
	raw, err := io.ReadAll(c.Conn)
	require.NoError(c.T, err)
	return hex.EncodeToString(raw)
}

func u32(n uint32) string { return fmt.Sprintf("%08x", n) }

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
	for setting, cfg := range map[string]mail.Config{"off": {}, "on": {On: true, Box: 1}} {
		for name, tc := range cases {
			t.Run(setting+", "+name, func(t *testing.T) {
				c := open(t, cfg).dial()
				for _, text := range tc.send {
					write(c, text)
				}
				assert.Equal(t, tc.want, all(c))
			})
		}
	}
}

func TestByteByByte(t *testing.T) {
	c := open(t, mail.Config{}).dial()
	for i := 0; i < len(listRequest); i += 2 {
		write(c, listRequest[i:i+2])
	}
	assert.Equal(t, noMail, all(c))
}

// With mail off, nobody knows the answers to the rest: the connection ends without
// one.
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
			c := open(t, mail.Config{}).dial()
			write(c, text)
			c.Closed()
		})
	}
}

// What was asked before is answered before the end.
func TestAnswerComesBeforeTheEnd(t *testing.T) {
	c := open(t, mail.Config{}).dial()
	write(c, listRequest+"0525000800000001"+listRequest)
	assert.Equal(t, noMail, hex.EncodeToString(c.Raw(10)))
	c.Closed()
}

// A mail's whole life, byte by byte: the list and the mail in the documented forms,
// sending and deleting in the guessed ones.
func TestMailLife(t *testing.T) {
	p := on(t)
	marty, doc := p.driver("Marty", true), p.driver("Doc", true)
	list := "0526 0010" + u32(doc) + "00000000 0001fdfe"
	assert.Equal(t, noMail, p.ask(list))

	// From Marty, to "Doc", title "Hi", text "Race?".
	assert.Equal(t, "02070004", p.ask("0523 001b"+u32(marty)+"00000000 446f6300 00 486900 0005 526163653f"))
	// To Doc by id; an empty title, an umlaut for a text.
	assert.Equal(t, "02070004", p.ask("0523 0012"+u32(marty)+u32(doc)+"00 00 00 0001 fc"))

	assert.Equal(t, plain("061b 000e 0002 00000001 00000002"), p.ask(list))
	assert.Equal(t, plain("061b 000a 0001 00000002"), p.ask("0526 000c"+u32(doc)+"00000001"), "those behind the last one")
	assert.Equal(t, noMail, p.ask("0526 000c"+u32(marty)+"00000000"))

	sent, expires := uint32(p.Now().Unix()), uint32(p.Now().Add(24*time.Hour).Unix())
	head := func(length string, unread string) string {
		return plain("0619"+length+"00000001"+u32(marty)+"4d6172747900 00 486900") + u32(sent) + u32(expires) + unread
	}
	header, read := "0524 000e"+u32(doc)+"00000001 0001", "0524 000e"+u32(doc)+"00000001 0000"
	assert.Equal(t, head("0022", "0001")+"0000", p.ask(header), "the header alone")
	assert.Equal(t, head("0027", "0001")+plain("0005 526163653f"), p.ask(read), "looking at the header is not reading")
	assert.Equal(t, head("0027", "0000")+plain("0005 526163653f"), p.ask("0524 000c"+u32(doc)+"00000001"))
	assert.Equal(t, "ü", p.box(doc)[1].Text)

	assert.Equal(t, "02070004", p.ask("0525 000e"+u32(doc)+"0001 00000001"))
	assert.Equal(t, plain("061b 000a 0001 00000002"), p.ask(list))
	assert.Empty(t, p.ask(read), "gone")
	assert.Equal(t, "02070004", p.ask("0525 0012"+u32(doc)+"0002 00000001 00000002"), "a mail that is gone is no mistake")
	assert.Equal(t, noMail, p.ask(list))
}

func TestOthersMailIsPrivate(t *testing.T) {
	p := on(t)
	marty, biff := p.driver("Marty", true), p.driver("Biff", false)
	p.Update(func(tx storage.Tx) error {
		return errors.Join(tx.PutMail(storage.Mail{ID: 1, To: biff}), tx.PutMail(storage.Mail{ID: 2, To: marty}))
	})
	assert.Equal(t, noMail, p.ask("0526 000c"+u32(biff)+"00000000"), "DECISIONS 12")
	assert.Empty(t, p.ask("0524 000e"+u32(biff)+"00000001 0000"))
	assert.Empty(t, p.ask("0524 000e"+u32(marty)+"00000001 0000"), "nor in his own name")
	assert.Empty(t, p.ask("0525 000e"+u32(biff)+"0001 00000001"))
	assert.Equal(t, "02070004", p.ask("0525 0012"+u32(marty)+"0002 00000001 00000002"), "the foreign one is passed over")
	assert.Len(t, p.box(biff), 1)
	assert.Empty(t, p.box(marty))
	assert.Empty(t, p.ask("0523 0011"+u32(biff)+u32(marty)+"00 00 00 0000"), "nobody writes in another's name")
	assert.Empty(t, p.box(marty))
}

func TestMailThatIsNotSent(t *testing.T) {
	title := strings.Repeat("61", 31)
	cases := map[string]string{
		"to nobody":           "00000000 426f6200 00 00 0000",
		"to an unknown id":    "00001267 00 00 00 0000",
		"long title":          "00000000 446f6300 00" + title + "00 0000",
		"name without end":    "00000000 446f63",
		"text cut short":      "00000000 446f6300 00 486900 0005 5261",
		"long text":           "00000000 446f6300 00 00 0100" + strings.Repeat("61", 256),
		"recipient cut short": "000000",
	}
	for name, rest := range cases {
		t.Run(name, func(t *testing.T) {
			p := on(t)
			marty, doc := p.driver("Marty", true), p.driver("Doc", true)
			body := u32(marty) + plain(rest)
			assert.Empty(t, p.ask(fmt.Sprintf("0523%04x", 4+len(body)/2)+body))
			assert.Empty(t, p.box(doc))
		})
	}
	t.Run("to a deleted persona", func(t *testing.T) {
		p := on(t)
		marty, doc := p.driver("Marty", true), p.driver("Doc", false)
		p.Update(func(tx storage.Tx) error { return p.Rules.DeletePersona(tx, p.Get(doc).Account, doc) })
		assert.Empty(t, p.ask("0523 0011"+u32(marty)+u32(doc)+"00 00 00 0000"))
		assert.Empty(t, p.box(doc))
	})
	t.Run("too many from one address", func(t *testing.T) {
		p := on(t)
		marty := p.driver("Marty", true)
		p.send = false
		assert.Empty(t, p.ask("0523 0011"+u32(marty)+u32(marty)+"00 00 00 0000"))
		assert.Empty(t, p.box(marty))
	})
}

// A form that is not the guessed one is what research wants to see.
func TestUnknownFormsAreRecorded(t *testing.T) {
	p := on(t)
	assert.Empty(t, p.ask("05230008aabbccdd"))
	last := ""
	for _, e := range p.Logs.AllEntries() {
		if e.Message == "not the form that was guessed" {
			last = fmt.Sprint(e.Data["body"])
		}
	}
	assert.Equal(t, "aabbccdd", last)
}

// A full mailbox takes no more until something in it is over.
func TestFullMailbox(t *testing.T) {
	p := on(t)
	marty := p.driver("Marty", true)
	send := "0523 0011" + u32(marty) + u32(marty) + "00 00 00 0000"
	for range 3 {
		assert.Equal(t, "02070004", p.ask(send))
	}
	assert.Empty(t, p.ask(send))
	assert.Len(t, p.box(marty), 3)

	p.Pass(24 * time.Hour)
	assert.Equal(t, noMail, p.ask("0526 000c"+u32(marty)+"00000000"), "over")
	assert.Empty(t, p.ask("0524 000c"+u32(marty)+"00000001"))
	assert.Equal(t, "02070004", p.ask(send))
	assert.Equal(t, plain("061b 000a 0001 00000004"), p.ask("0526 000c"+u32(marty)+"00000000"))
	assert.Len(t, p.box(marty), 1, "what was over is gone")
}

// One sender cannot fill a mailbox for all others.
func TestOneSenderHasAShareOfAMailbox(t *testing.T) {
	p := open(t, mail.Config{On: true, Box: 40})
	doc, marty, jo := p.driver("Doc", true), p.driver("Marty", true), p.driver("Jo", true)
	from := func(sender uint32) string { return p.ask("0523 0011" + u32(sender) + u32(doc) + "00 00 00 0000") }
	for range 10 {
		assert.Equal(t, "02070004", from(marty))
	}
	assert.Empty(t, from(marty))
	assert.Equal(t, "02070004", from(jo))
	n, err := p.svc.Notify([]uint32{doc}, "Announcement", "Restart at ten")
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Len(t, p.box(doc), 12)
}

// Mail that is kept for ever says 0 for its end.
func TestMailWithoutEnd(t *testing.T) {
	p := open(t, mail.Config{On: true, Box: 1})
	marty := p.driver("Marty", true)
	assert.Equal(t, "02070004", p.ask("0523 0011"+u32(marty)+u32(marty)+"00 00 00 0000"))
	p.Pass(10 * 365 * 24 * time.Hour)
	assert.Equal(t, plain("0619 0020 00000001")+u32(marty)+plain("4d6172747900 00 00")+u32(uint32(p.box(marty)[0].Sent.Unix()))+plain("00000000 0001 0000"),
		p.ask("0524 000c"+u32(marty)+"00000001"))
}

func TestMailOfAMutedDriverGoesNowhere(t *testing.T) {
	p := on(t)
	p.muted = p.driver("Marty", true)
	doc := p.driver("Doc", true)
	assert.Equal(t, "02070004", p.ask("0523 001b"+u32(p.muted)+"00000000 446f6300 00 486900 0005 526163653f"), "he is not told")
	assert.Empty(t, p.box(doc))
	assert.Empty(t, p.ask("0523 001b"+u32(p.muted)+"00000000 446f7800 00 486900 0005 526163653f"), "nobody is called Dox, as always")
	assert.Equal(t, "02070004", p.ask("0523 0012"+u32(doc)+u32(p.muted)+"00 00 00 0001 fc"), "he may be written to")
	assert.Len(t, p.box(p.muted), 1)
}

func TestNotify(t *testing.T) {
	p := on(t)
	marty, doc := p.driver("Marty", true), p.driver("Doc", true)
	for range 2 {
		n, err := p.svc.Notify([]uint32{marty, doc}, "Announcement", "Restart at ten")
		require.NoError(t, err)
		assert.Equal(t, 2, n)
	}
	_, err := p.svc.Notify([]uint32{doc}, "x", "y")
	require.NoError(t, err)
	n, err := p.svc.Notify([]uint32{marty, doc}, "x", "y")
	require.NoError(t, err)
	assert.Equal(t, 1, n, "one mailbox is full")
	m := p.box(marty)[0]
	assert.Equal(t, "Server", m.Sender)
	assert.Zero(t, m.From)
	assert.Equal(t, "Restart at ten", m.Text)

	off := open(t, mail.Config{})
	n, err = off.svc.Notify([]uint32{off.driver("Marty", true)}, "x", "y")
	require.NoError(t, err)
	assert.Zero(t, n)
}
