package buddy_test

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/buddy"
	"mcos/app/gateway"
	"mcos/app/lobby"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// hall is a club with a lobby and a room.
type hall struct {
	*club
	lobby, room string
}

func openHall(t *testing.T, cfg buddy.Config) *hall {
	t.Helper()
	h := &hall{club: open(t, cfg)}
	rooms := room.New(room.Default(), room.Deps{
		Now: h.Now, Ports: []int{7003, 9001}, Port: func(n int) int { return n },
		RacePassword: func(uint32) ([8]byte, bool) { return [8]byte{}, false },
	})
	svc := lobby.New(lobby.Default(), lobby.Deps{
		Store: h.Store, Sessions: h.Sessions, Rooms: rooms, Arrived: h.svc.Arrive, Left: h.svc.Leave,
	})
	rows := slices.Concat(rooms.Rows(), h.svc.LobbyRows())
	limits := gateway.Timeouts{Login: time.Minute, Frame: time.Minute, Write: time.Minute}
	h.lobby, h.room = h.Serve(lobby.Port(svc, 7003, rows, limits)), h.Serve(lobby.Port(svc, 9001, rows, limits))
	return h
}

// enter logs a player in on a port.
func (h *hall) enter(p apptest.Player, addr string) *apptest.Client {
	h.T.Helper()
	c := apptest.Dial(h.T, addr, nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
	if addr == h.lobby {
		apptest.Expect(c, nps.OKToLogin)
	}
	c.Send(nps.Login.With(&nps.LoginBody{User: p.Persona, Name: p.Name, Customer: p.Account, Version: "4.5.0.0", KeyHash: p.Key.Hash()}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(p.Key)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{})) // as the game does at once
	c.Await(nps.MiniRiffList.Number)
	return c
}

// next returns the next message as number and body in hex.
func next(c *apptest.Client) (uint16, string) {
	c.T.Helper()
	f := c.Next()
	return f.Number, hex.EncodeToString(f.Body)
}

// silent makes sure that nothing is on its way to the client.
func silent(c *apptest.Client) {
	c.T.Helper()
	c.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
	number, body := next(c)
	require.Equal(c.T, nps.Heartbeat.Number, number, body)
}

func expect(c *apptest.Client, number uint16, body string) {
	c.T.Helper()
	got, text := next(c)
	assert.Equal(c.T, number, got)
	assert.Equal(c.T, body, text)
}

// seen is a buddy by hand: id, name behind a u32 that counts its NUL, online.
func seen(p apptest.Player, online string) string {
	return u32(p.Persona) + u32(uint32(len(p.Name)+1)) + hex.EncodeToString([]byte(p.Name)) + "00" + online
}

func TestPresence(t *testing.T) {
	h := openHall(t, buddy.Config{On: true, Limit: 10})
	marty, doc, jo := h.Player("Marty", 1), h.Player("Doc", 2), h.Player("Jo", 3)
	h.Update(func(tx storage.Tx) error {
		return tx.PutBuddy(storage.Buddy{Owner: marty.Persona, Persona: doc.Persona})
	})
	c := h.enter(marty, h.lobby)
	d := h.enter(doc, h.lobby)
	silent(c) // who has not asked is not told
	c.Send(nps.BuddyRefreshOn.With(&wire.Empty{}))
	expect(c, 0x22E, "00000001"+seen(doc, "0001"))

	// Doc goes into a room and leaves the lobby: he is still there. Then he goes.
	r := h.enter(doc, h.room)
	require.NoError(t, d.Conn.Close())
	silent(c)
	require.NoError(t, r.Conn.Close())
	expect(c, 0x22F, seen(doc, "0000"))
	d = h.enter(doc, h.room)
	expect(c, 0x22F, seen(doc, "0001"))

	// Jo is not on the list, but watched for this once; unknown ids are passed over.
	c.Send(nps.BuddyAddUsersOn.With(&nps.UserIDsBody{Users: []uint32{4711, jo.Persona}}))
	expect(c, 0x22F, seen(jo, "0000"))
	h.enter(jo, h.lobby)
	expect(c, 0x22F, seen(jo, "0001"))
	assert.Equal(t, []uint32{doc.Persona}, h.listed(marty.Persona), "nothing is stored")

	// Doc is watched no longer.
	c.Send(nps.BuddyRemoveUsersOn.With(&nps.UserIDsBody{Users: []uint32{doc.Persona}}))
	silent(c)
	require.NoError(t, d.Conn.Close())
	h.enter(doc, h.lobby)
	silent(c)

	// Refreshing goes back to the stored list.
	c.Send(nps.BuddyRefreshOn.With(&wire.Empty{}))
	expect(c, 0x22E, "00000001"+seen(doc, "0001"))
}

func TestPresenceLimit(t *testing.T) {
	h := openHall(t, buddy.Config{On: true, Limit: 2})
	marty := h.Player("Marty", 1)
	var ids []uint32
	for _, name := range []string{"Ann", "Bob", "Cat"} {
		ids = append(ids, h.stranger(name))
	}
	c := h.enter(marty, h.lobby)
	for range 2 {
		c.Send(nps.BuddyAddUsersOn.With(&nps.UserIDsBody{Users: ids}))
	}
	for _, want := range []uint32{ids[0], ids[1], ids[0], ids[1]} {
		assert.Equal(t, want, apptest.Expect(c, nps.BuddyListUpdateOn).User)
	}
	c.Send(nps.BuddyAddUsersOn.With(&nps.UserIDsBody{Users: ids[2:]}))
	silent(c)
}

// Off, the lobby does not answer and tells nobody anything.
func TestPresenceOff(t *testing.T) {
	h := openHall(t, buddy.Config{Limit: 10})
	marty, doc := h.Player("Marty", 1), h.Player("Doc", 2)
	c := h.enter(marty, h.lobby)
	c.Send(nps.BuddyRefreshOn.With(&wire.Empty{}))
	c.Send(nps.BuddyAddUsersOn.With(&nps.UserIDsBody{Users: []uint32{doc.Persona}}))
	c.Send(nps.BuddyRemoveUsersOn.With(&nps.UserIDsBody{Users: []uint32{doc.Persona}}))
	h.enter(doc, h.lobby)
	silent(c)
}
