package buddy_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/buddy"
	"mcos/app/gateway"
	"mcos/app/persona"
	"mcos/protocol/nps"
	"mcos/storage"
)

// club is a world with the persona port, wired as the server does it.
type club struct {
	*apptest.World
	svc  *buddy.Service
	addr string
}

func open(t *testing.T, cfg buddy.Config) *club {
	t.Helper()
	k := &club{World: apptest.NewWorld(t)}
	personas := persona.New(persona.Default(), persona.Deps{Store: k.Store, Sessions: k.Sessions, Rules: k.Rules, Shard: 44})
	k.svc = buddy.New(cfg, buddy.Deps{Store: k.Store, Own: personas.OwnPersona, Asking: personas.Asking, Online: k.Sessions.Online, Now: k.Now})
	k.addr = k.Serve(personas.Port(k.svc.PersonaRows(), 4096, time.Minute))
	return k
}

// stranger makes a persona that nobody plays.
func (k *club) stranger(name string) uint32 {
	return k.Persona(k.Account("acc_"+name), name)
}

// ask sends one request with the 12-byte header on a connection of its own, as the
// game does, and returns everything that comes.
func (k *club) ask(number uint16, body string) string {
	k.T.Helper()
	body = strings.ReplaceAll(body, " ", "")
	raw, err := hex.DecodeString(long(number, body))
	require.NoError(k.T, err)
	c := apptest.Dial(k.T, k.addr, nps.NewLongClientOpener(1<<15), nps.NewLongSealer())
	_, err = c.Conn.Write(raw)
	require.NoError(k.T, err)
	require.NoError(k.T, c.Conn.(*net.TCPConn).CloseWrite())
	raw, err = io.ReadAll(c.Conn)
	require.NoError(k.T, err)
	return hex.EncodeToString(raw)
}

// listed are the ids on a stored list.
func (k *club) listed(owner uint32) (ids []uint32) {
	k.T.Helper()
	require.NoError(k.T, k.Store.View(func(tx storage.ReadTx) error {
		list, err := tx.BuddiesOf(owner)
		for _, b := range list {
			ids = append(ids, b.Persona)
		}
		return err
	}))
	return ids
}

// long is a message with the 12-byte header.
func long(number uint16, body string) string {
	n := 12 + len(body)/2
	return fmt.Sprintf("%04x%04x01010000%08x", number, n, n) + body
}

// entry is a 0x608 by hand: name in 33 bytes, "Motor City" in 65, on the list,
// online, five flags and four bytes that are 0.
func entry(name string, flags string) string {
	text := func(s string, n int) string { return hex.EncodeToString([]byte(s)) + strings.Repeat("00", n-len(s)) }
	return long(0x608, text(name, 33)+text("Motor City", 65)+flags+strings.Repeat("00", 9))
}

func u32(n uint32) string { return fmt.Sprintf("%08x", n) }

const (
	ack     = "0207000c010100000000000c"
	refused = "0602000c010100000000000c"
	none    = "0614000e010100000000000e0000"
)

func TestOff(t *testing.T) {
	k := open(t, buddy.Config{Limit: 10})
	marty, doc := k.Player("Marty", 1), k.stranger("Doc")
	k.Update(func(tx storage.Tx) error { return tx.PutBuddy(storage.Buddy{Owner: marty.Persona, Persona: doc}) })
	assert.Equal(t, none, k.ask(0x50B, u32(marty.Persona)), "a list that was kept is not shown")
	assert.Equal(t, refused, k.ask(0x50B, u32(doc)))
	for _, number := range []uint16{0x50C, 0x50D, 0x50E, 0x517, 0x518} {
		assert.Empty(t, k.ask(number, u32(marty.Persona)+u32(doc)), "0x%X", number)
	}
	assert.Equal(t, []uint32{doc}, k.listed(marty.Persona))
}

func TestList(t *testing.T) {
	k := open(t, buddy.Config{On: true, Limit: 10})
	marty, jennifer := k.Player("Marty", 1), k.Player("Jennifer", 2)
	doc, biff := k.stranger("Doc"), k.stranger("Biff")
	jennifer.Session.Select(jennifer.Persona)
	me := u32(marty.Persona)
	assert.Equal(t, none, k.ask(0x50B, me))

	assert.Equal(t, ack, k.ask(0x50C, me+u32(doc)))
	assert.Equal(t, ack, k.ask(0x517, me+"0008 4a454e4e49464552"), "names are found in any case")
	assert.Equal(t, ack, k.ask(0x50C, me+u32(biff)))
	assert.Equal(t, ack, k.ask(0x50C, me+u32(biff)), "twice is once")
	assert.Equal(t, long(0x614, "0003")+entry("Jennifer", "0101")+entry("Doc", "0100")+entry("Biff", "0100"), k.ask(0x50B, me))
	assert.Equal(t, none, k.ask(0x50B, u32(jennifer.Persona)), "the other way round is another matter")

	assert.Equal(t, entry("Doc", "0100"), k.ask(0x518, me+u32(doc)))
	assert.Equal(t, entry("Doc", "0000"), k.ask(0x518, u32(jennifer.Persona)+u32(doc)))

	// The dead are not shown, and do not come back with their names.
	k.Update(func(tx storage.Tx) error { return k.Rules.DeletePersona(tx, k.Get(biff).Account, biff) })
	assert.Equal(t, long(0x614, "0002")+entry("Jennifer", "0101")+entry("Doc", "0100"), k.ask(0x50B, me))
	assert.Equal(t, refused, k.ask(0x518, me+u32(biff)))

	assert.Equal(t, ack, k.ask(0x50D, me+u32(doc)))
	assert.Equal(t, ack, k.ask(0x50D, me+u32(doc)), "gone is gone")
	assert.Equal(t, long(0x614, "0001")+entry("Jennifer", "0101"), k.ask(0x50B, me))
	assert.Equal(t, ack, k.ask(0x50E, me))
	assert.Equal(t, none, k.ask(0x50B, me))
	assert.Empty(t, k.listed(marty.Persona))
}

func TestRefusals(t *testing.T) {
	k := open(t, buddy.Config{On: true, Limit: 2})
	marty := k.Player("Marty", 1)
	doc, biff, gone := k.stranger("Doc"), k.stranger("Biff"), k.stranger("Gone")
	k.Update(func(tx storage.Tx) error {
		return errors.Join(
			tx.PutBuddy(storage.Buddy{Owner: doc, Persona: biff}),
			tx.PutBuddy(storage.Buddy{Owner: marty.Persona, Persona: biff}),
			k.Rules.DeletePersona(tx, k.Get(gone).Account, gone),
		)
	})
	me := u32(marty.Persona)
	for name, tc := range map[string]struct {
		number uint16
		body   string
	}{
		"list of another":     {0x50B, u32(doc)},
		"add for another":     {0x50C, u32(doc) + me},
		"delete of another":   {0x50D, u32(doc) + u32(biff)},
		"clear of another":    {0x50E, u32(doc)},
		"by name for another": {0x517, u32(doc) + "0005 4d61727479"},
		"info for another":    {0x518, u32(doc) + u32(biff)},
		"oneself":             {0x50C, me + me},
		"oneself by name":     {0x517, me + "0005 4d61727479"},
		"nobody":              {0x50C, me + u32(4711)},
		"a dead one":          {0x50C, me + u32(gone)},
		"a dead name":         {0x517, me + "0004 476f6e65"},
		"no name":             {0x517, me + "0000"},
		"info about nobody":   {0x518, me + u32(4711)},
		"cut short":           {0x50C, me + "0000"},
		"name cut short":      {0x517, me + "0005 4d61"},
		"long name":           {0x517, me + "0021" + strings.Repeat("61", 33)},
	} {
		assert.Equal(t, refused, k.ask(tc.number, tc.body), name)
	}
	assert.Equal(t, []uint32{biff}, k.listed(doc))
	assert.Equal(t, []uint32{biff}, k.listed(marty.Persona))

	assert.Equal(t, ack, k.ask(0x50C, me+u32(doc)))
	jo := k.stranger("Jo")
	assert.Equal(t, refused, k.ask(0x50C, me+u32(jo)), "the list is full")
	assert.Equal(t, ack, k.ask(0x50C, me+u32(doc)), "who is on it already needs no room")
	k.Update(func(tx storage.Tx) error { return k.Rules.DeletePersona(tx, k.Get(biff).Account, biff) })
	assert.Equal(t, ack, k.ask(0x50C, me+u32(jo)), "the dead leave room")
}

// Whatever the form of a request, it is recorded when it is not the guessed one.
func TestUnknownFormsAreRecorded(t *testing.T) {
	k := open(t, buddy.Config{On: true, Limit: 2})
	assert.Equal(t, refused, k.ask(0x50D, "aabb"))
	recorded := false
	for _, e := range k.Logs.AllEntries() {
		recorded = recorded || e.Message == "not the form that was guessed" && e.Data["body"] == "aabb"
	}
	assert.True(t, recorded)
}

// A buddy is asked for by name in any order of the fields, by a persona or by the
// customer who plays it, or by number (DECISIONS 38).
func TestInfo(t *testing.T) {
	const game, doc = "000a 4d6f746f722043697479", "0003 446f63"
	for byID, name := range map[bool]string{false: "name", true: "id"} {
		t.Run(name, func(t *testing.T) {
			k := open(t, buddy.Config{On: true, Limit: 10, InfoByID: byID})
			marty, id := k.Player("Marty", 1), k.stranger("Doc")
			marty.Session.Select(marty.Persona)
			idle := k.Player("Jennifer", 2) // logged in, plays nobody
			me := u32(marty.Persona)
			assert.Equal(t, ack, k.ask(0x50C, me+u32(id)))
			found := entry("Doc", "0100")
			assert.Equal(t, found, k.ask(0x518, me+u32(id)))
			byName := found
			if byID {
				byName = refused
			}
			for form, body := range map[string]string{
				"number, game, name": me + game + doc, "number, name, game": me + doc + game,
				"game, number, name": game + me + doc, "customer": u32(marty.Account) + game + doc,
				"other letters": me + game + "0003 444f43",
			} {
				assert.Equal(t, byName, k.ask(0x518, body), form)
			}
			for form, body := range map[string]string{
				"nobody": me + game + "0003 4a6f65", "for another": u32(id) + game + doc,
				"of a customer who plays nobody": u32(idle.Account) + game + doc,
			} {
				assert.Equal(t, refused, k.ask(0x518, body), form)
			}
			for form, body := range map[string]string{"empty": "", "a number": me, "half of it": me + "0000"} {
				k.Logs.Reset()
				assert.Equal(t, refused, k.ask(0x518, body), form)
				recorded := false
				for _, e := range k.Logs.AllEntries() {
					recorded = recorded || e.Message == "not the form that was guessed"
				}
				assert.True(t, recorded, form)
			}
		})
	}
}

// Every number has one row, whatever the switch says.
func TestRows(t *testing.T) {
	for _, on := range []bool{false, true} {
		numbers := func(rows []gateway.Row) (list []uint16) {
			for _, r := range rows {
				list = append(list, r.Message.Number)
			}
			return list
		}
		svc := buddy.New(buddy.Config{On: on}, buddy.Deps{})
		assert.Equal(t, []uint16{0x50B, 0x50C, 0x50D, 0x50E, 0x517, 0x518}, numbers(svc.PersonaRows()))
		assert.Equal(t, []uint16{0x12A, 0x12B, 0x12C}, numbers(svc.LobbyRows()))
	}
}
