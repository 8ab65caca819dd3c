package room_test

import (
	"testing"

	"mcos/app/apptest"
	"mcos/protocol/nps"
)

// TestMutedPlayers follows what a muted player sends to a chat room, to a waiting
// room and to a race.
func TestMutedPlayers(t *testing.T) {
	tr := newTrack(t, nil)
	loud, other := tr.player("Loud"), tr.player("Other")
	say := func(c *apptest.Client, comm uint32, kind byte) {
		c.Send(nps.RelayAll.With(&nps.RelayBody{Comm: comm, Sender: loud.Persona, Blob: blob(kind, 1)}))
		quiet(t, c) // no answer, whether it was passed on or not
	}
	const chat, position, loading = 99, 5, 9
	waiting := tr.race(500, "Race", []apptest.Player{loud, other})
	driving, watching := tr.enter(loud, 9000), tr.enter(other, 9000)

	say(driving, 0, chat)
	got(t, watching, nps.RelayAll.Number)
	tr.muted.Store(loud.Persona)
	say(driving, 0, chat)
	quiet(t, watching)
	for _, kind := range []byte{position, loading} {
		say(driving, 0, kind)
		got(t, watching, nps.RelayAll.Number)
	}

	// The waiting room gets data of races, the port as a whole nothing.
	say(waiting[0], 500, loading)
	got(t, waiting[1], nps.RelayAll.Number)
	say(waiting[0], 500, chat)
	say(waiting[0], 0, chat)
	say(waiting[0], 0, position)
	quiet(t, waiting[1])

	// Nobody is kept from talking to him, and he may talk again.
	waiting[1].Send(nps.RelayAll.With(&nps.RelayBody{Comm: 500, Sender: other.Persona, Blob: blob(chat, 2)}))
	got(t, waiting[0], nps.RelayAll.Number)
	tr.muted.Store(0)
	say(waiting[0], 0, chat)
	got(t, waiting[1], nps.RelayAll.Number)
}
