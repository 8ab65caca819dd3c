package tape_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record/tape"
	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

var someKey = cipher.SessionKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// onTheWire is what a client sends in the lobby and to the transactions, encrypted.
func onTheWire(t testing.TB) (lobby, transactions []byte) {
	t.Helper()
	seal := nps.NewLobbySealer()
	for i, f := range []wire.Frame{
		{Number: nps.Heartbeat.Number, Plain: true},
		{Number: nps.MiniRiffListReq.Number},
		{Number: nps.MiniUserListReq.Number, Body: []byte{0, 0, 0, 9}},
	} {
		if i == 1 {
			require.NoError(t, seal.Secure(someKey))
		}
		var err error
		lobby, err = seal.Seal(lobby, f)
		require.NoError(t, err)
	}
	trans := mcots.NewSealer()
	require.NoError(t, trans.Secure(someKey))
	body, err := mcots.MsgGetLobbies.With(&mcots.GenericRequest{Data: 7}).AppendBody(nil)
	require.NoError(t, err)
	for _, f := range []wire.Frame{{Heartbeat: true}, {Number: mcots.MsgGetLobbies.Number, Body: body, Seq: 5}} {
		transactions, err = trans.Seal(transactions, f)
		require.NoError(t, err)
	}
	return lobby, transactions
}

func unwrapAll(u *tape.Unwrapper, port int, pieces ...[]byte) (titles []string) {
	for _, p := range pieces {
		for _, e := range u.Unwrap(&tape.Entry{Type: tape.In, Port: port, Conn: "x", Data: p}) {
			title := e.Title()
			if e.Encrypted {
				title += " (encrypted)"
			}
			titles = append(titles, title+" "+hex.EncodeToString(e.Data[e.Body:]))
		}
	}
	return titles
}

// However the bytes were cut, whole messages come out of them.
func TestUnwrap(t *testing.T) {
	lobby, transactions := onTheWire(t)
	want := []string{"0x217 HEARTBEAT ", "0x30C SEND_MINI_RIFF_LIST (encrypted) ", "0x128 GET_MINI_USER_LIST (encrypted) 00000009"}
	for cut := range len(lobby) {
		u := tape.NewUnwrapper(nil)
		assert.Equal(t, 3, u.AddKeys("# comment\nffffffffffffffff another\n"+hex.EncodeToString(make([]byte, 32))+"\n"+hex.EncodeToString(someKey[:16])+"\n"))
		assert.Equal(t, want, unwrapAll(u, 7003, lobby[:cut], lobby[cut:]))
	}
	u := tape.NewUnwrapper(nil)
	u.AddKeys(hex.EncodeToString(someKey[:]))
	got := unwrapAll(u, 43300, transactions)
	require.Len(t, got, 2)
	assert.Contains(t, got[0], "heartbeat")
	assert.Equal(t, "324 MC_GET_LOBBIES (encrypted) 0700000000000000", got[1])

	blind := unwrapAll(tape.NewUnwrapper(nil), 7003, lobby)
	require.Len(t, blind, 3)
	assert.Contains(t, blind[1], "0x1101 CRYPTO_DES_CBC (encrypted)")
	lost := unwrapAll(tape.NewUnwrapper(nil), 43300, []byte("this is not it"), []byte("nor this"))
	assert.Len(t, lost, 2, "what cannot be cut stays as it is")
}

func FuzzUnwrap(f *testing.F) {
	lobby, transactions := onTheWire(f)
	f.Add(uint16(7003), lobby, 9)
	f.Add(uint16(43300), transactions, 3)
	f.Add(uint16(8226), []byte("\x05\x01\x00\x0c\x01\x01\x00\x00\x00\x00\x00\x0c"), 4)
	f.Fuzz(func(t *testing.T, port uint16, data []byte, cut int) {
		u := tape.NewUnwrapper(nil)
		u.AddKeys(hex.EncodeToString(someKey[:]))
		cut = max(0, min(cut, len(data)))
		for _, kind := range []tape.Type{tape.In, tape.Out} {
			for _, part := range [][]byte{data[:cut], data[cut:]} {
				for _, e := range u.Unwrap(&tape.Entry{Type: kind, Port: int(port), Data: part}) {
					require.LessOrEqual(t, e.Body, len(e.Data))
					_, _, _ = e.Fields() // only must not panic
				}
			}
		}
	})
}
