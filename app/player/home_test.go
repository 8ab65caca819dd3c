package player_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/player"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// What the client fetches on its way to the Home screen, in the captured order,
// sent ahead without waiting: each answer comes in turn, in our size, with the
// sequence of its request.
func TestHomeSequence(t *testing.T) {
	f := newFixture(t, nil)
	c := f.connect(f.marty)
	me := f.marty.Persona
	tracking := mcots.MsgTracking.With(&mcots.Tracking{Type: mcots.TrackingScreen, Text: `"26/01/11 12:41:07",Home,0`})
	steps := []struct {
		request wire.Packet
		answers [][2]int // number, size
	}{
		{loginWith(f.marty, starterDealer, 104, 47), [][2]int{{213, 173}}},
		{generic(mcots.MsgGetLobbies, 0), [][2]int{{325, 5 + 6*569}, {408, 5 + 7*8}}},
		{generic(mcots.MsgGetArcadeCars, 0), [][2]int{{323, 13}}},
		{generic(mcots.MsgGetGameURLs, 0), [][2]int{{364, 5 + 67*516}}},
		{generic(mcots.MsgGetTunables, 0), [][2]int{{390, 124}}},
		{generic(mcots.MsgGetOwnedVehicles, me), [][2]int{{173, 11}}},
		{generic(mcots.MsgGetPlayerInfo, me), [][2]int{{108, 423}}},
		{generic(mcots.MsgGetPlayerPhysical, me), [][2]int{{265, 26}}},
		{generic(mcots.MsgGetOwnedParts, 0), [][2]int{{175, 8}}},
		{generic(mcots.MsgGetVehicleInfo, 1), [][2]int{{123, 2027 + 40*26}}},
		{tracking, nil},
		{tracking, nil},
		{generic(mcots.MsgGetRacingHistory, me), [][2]int{{362, 39}}},
		{tracking, nil},
		{generic(mcots.MsgLogout, 0), [][2]int{{101, 16}}},
	}
	first := c.Seq() + 2 // the answer to 438 counts as well
	for _, s := range steps {
		c.Send(s.request)
	}
	for i, s := range steps {
		for _, want := range s.answers {
			got := c.Next()
			assert.Equal(t, want, [2]int{int(got.Number), 2 + len(got.Body)}, "answer to %s", s.request.Message)
			assert.Equal(t, first+uint32(i), got.Seq, "sequence of %d", want[0])
			assert.False(t, got.Plain)
		}
	}
}

// lobby is one entry of 325, by hand (mcots-1 4.3).
func lobby(id, kind uint32, riff, name string, pieces ...piece) []byte {
	return image(569, append([]piece{at32(0, id), at32(4, kind), atText(12, riff), atText(44, name), at32(311, 25)}, pieces...)...)
}

// players and laps are the settings of a lobby that hosts see.
func players(least, most uint16) piece {
	b := binary.LittleEndian.AppendUint16(nil, least)
	return at(345, binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, most), most)...)
}

func laps(usual byte) piece { return at(353, 1, 0, 8, 0, usual, 0, 1, 0) }

func TestLobbies(t *testing.T) {
	f := newFixture(t, func(o *options) { o.player.Lobbies[2].MinLevel = 11 })
	biff := f.Player("Biff", 9).Persona
	f.Update(func(tx storage.Tx) error {
		if err := tx.PutLobbyBest(storage.LobbyBest{Lobby: 16, Speed: 90, SpeedBy: biff}); err != nil {
			return err
		}
		return tx.PutLobbyBest(storage.LobbyBest{Lobby: 17, Lap: 1408, LapBy: biff})
	})
	c := f.login(f.marty)
	night := at(373, 1)
	want := image(5, at16(0, 325), at(2, 6))
	want = append(want, lobby(2, 14, "MCC10", "Hillvally Punks", players(1, 8), night)...)
	want = append(want, lobby(10001, 17, "MC100", "Hillvally Zoom", players(1, 8), night)...)
	// The factors are 1.0; Biff holds the record of the circuit, 22 seconds. The time
	// trial: par 120 s, 20 points and 250 dollars, 2 and 25 more for each 5 s.
	points, cash := at(537, 0, 0, 0x80, 0x3F), at(565, 0, 0, 0x80, 0x3F)
	want = append(want, lobby(16, 16, "MCC16", "Street", players(1, 6), laps(2), at(513, 11), points, cash)...)
	want = append(want, lobby(17, 17, "MCC17", "Circuit", players(1, 6), laps(4), points, cash, atText(393, "Biff"), at32(461, 1408))...)
	want = append(want, lobby(18, 18, "MCC18", "Drag", players(1, 2), points, cash)...)
	want = append(want, lobby(19, 19, "MCC19", "Time trial", players(1, 1), laps(1),
		at32(439, 7680), at32(469, 20), at32(473, 250), at32(477, 2), at32(481, 25), at32(485, 320))...)
	assert.Equal(t, want, ask(c, generic(mcots.MsgGetLobbies, 0)))

	want = image(5, at16(0, 408), at(2, 7))
	for _, p := range [][2]uint32{{0, 250}, {50, 500}, {100, 1000}, {250, 2500}, {500, 5000}, {1000, 10000}, {2500, 25000}} {
		want = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(want, p[0]), p[1])
	}
	assert.Equal(t, want, next(c), "with the same sequence")
}

func TestEmptyLists(t *testing.T) {
	f := newFixture(t, func(o *options) {
		o.player.Lobbies, o.player.Purses, o.player.ArcadeCars, o.player.GameURLs = nil, nil, nil, 0
	})
	c := f.login(f.marty)
	assert.Equal(t, unhex("4501 0000 00"), ask(c, generic(mcots.MsgGetLobbies, 0)))
	assert.Equal(t, unhex("9801 0000 00"), next(c))
	assert.Equal(t, unhex("4301 0000 00"), ask(c, generic(mcots.MsgGetArcadeCars, 0)))
	assert.Equal(t, unhex("6c01 0000 00"), ask(c, generic(mcots.MsgGetGameURLs, 0)))
}

func TestArcadeCars(t *testing.T) {
	f := newFixture(t, nil)
	assert.Equal(t, unhex("4301 0100 00 71000000 00000000"), ask(f.login(f.marty), generic(mcots.MsgGetArcadeCars, 0)))
	f = newFixture(t, func(o *options) {
		o.player.ArcadeCars = append(o.player.ArcadeCars, player.ArcadeCar{Car: 104, Lobby: 10001})
	})
	assert.Equal(t, unhex("4301 0200 00 71000000 00000000 68000000 11270000"), ask(f.login(f.marty), generic(mcots.MsgGetArcadeCars, 0)))
}

func TestGameURLs(t *testing.T) {
	for _, count := range []int{67, 126} {
		f := newFixture(t, func(o *options) { o.player.GameURLs = count })
		want := image(5, at16(0, 364), at(2, byte(count)))
		for id := range count {
			want = append(want, image(516, at32(0, uint32(id)), atText(4, fmt.Sprintf("http://play.example:8080/urls?id=%d", id)))...)
		}
		assert.Equal(t, want, ask(f.login(f.marty), generic(mcots.MsgGetGameURLs, 0)))
	}
}

func TestTunables(t *testing.T) {
	double := func(offset int, v float64) piece {
		return piece{offset, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))}
	}
	want := image(124, at16(0, 390),
		at32(2, 5000), at32(6, 5), at32(10, 5), // club creation cost and level, officer level
		at32(14, 40), at32(18, 3), at32(22, 4), at32(26, 7), // slots and cars per level, EZ Street, club switch
		double(30, 1), double(38, 0.5), // repair, scrap
		at32(46, 100), at32(50, 200), at32(54, 300), at32(58, 400), at32(62, 500), at32(66, 600), at32(70, 700),
		double(74, 0.5), at32(82, 10000), at32(86, 1000), // trade-in, wager, salary
		at32(90, 50), at32(94, 500000), at32(98, 50000), // club members and registration
		at32(102, 1), at32(106, 7), at32(110, 200), at32(114, 3)) // classified ads
	require.Equal(t, 124, player.Default().TunablesSize)
	for _, size := range []int{124, 118} {
		f := newFixture(t, func(o *options) { o.player.TunablesSize = size })
		assert.Equal(t, want[:size], ask(f.login(f.marty), generic(mcots.MsgGetTunables, 0)))
	}
}

// veteran gives a driver something in every field that 108 shows.
func (f *fixture) veteran(p apptest.Player) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error {
		if _, err := f.Rules.GiveCar(tx, p.Persona, 101, 0, "present"); err != nil {
			return err
		}
		id, err := tx.ReserveParts(1)
		if err != nil {
			return err
		}
		return tx.PutPart(storage.Part{ID: id, Owner: p.Persona, BrandedPart: 101})
	})
	f.edit(p.Persona, func(p *storage.Persona) {
		p.Balance = 0xDEADBEEF
		p.Plate, p.CarSetting = storage.Plate{Code: 0x0120, Text: "OUTATIM"}, 0x0A0B0C0D
		p.CarNumbers = [6]string{"1", "22", "", "4x", "5", "66"}
		p.Description = "Great Scott, 1.21 gigawatts \u00e9"
		p.Stats = storage.Stats{
			Level: 6, Points: 1600, Entered: 70000, Won: 60000, Completed: 65000, Winnings: 123456, CarsWon: 258, CarsLost: 259,
		}
	})
}

func TestPlayerInfo(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	f.veteran(f.marty)
	shown := []piece{
		at16(0, 108), at32(2, 1000), atText(6, "Marty"), at(36, 1), at(38, 1),
		atText(39, "1\x00\x0022\x00\x00\x00\x004x\x005\x00\x0066\x00"), at16(57, 0x0120), atText(59, "OUTATIM"), at32(67, 0x0A0B0C0D),
		at32(75, 70000), at32(79, 60000), at32(83, 65000), at32(87, 123456), at16(109, 258), at16(111, 259),
		at32(113, 1600), at32(117, 6), at32(121, 1), at16(125, 2100-1600), at16(127, 4500-1600),
		at32(129, 240), atText(166, "Great Scott, 1.21 gigawatts \xe9"),
	}
	own := image(423, append(shown, at32(32, 0xDEADBEEF), at(133, 1))...)
	c := f.login(f.marty)
	assert.Equal(t, own, ask(c, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))

	// Others see neither money nor loose parts, and whether somebody plays now: from
	// 438 to 106, and when he is selected.
	other := f.login(biff)
	foreign := image(423, shown...)
	assert.Equal(t, foreign, ask(other, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
	foreign[38] = 0
	assert.Equal(t, foreign, ask(other, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))
	f.marty.Session.Select(f.marty.Persona)
	foreign[38] = 1
	assert.Equal(t, foreign, ask(other, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))
}

// A new driver, as the client gets to know him.
func TestPlayerInfoOfBeginner(t *testing.T) {
	want := image(423, at16(0, 108), at32(2, 1000), atText(6, "Marty"), at32(32, 10000), at(38, 1),
		at(117, 1), at(125, 100), at16(127, 1000), at(129, 100))
	f := newFixture(t, nil)
	assert.Equal(t, want, ask(f.login(f.marty), generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))

	f = newFixture(t, func(o *options) { o.player.PlayerInfoNumber = 122 })
	want[0] = 122
	assert.Equal(t, want, ask(f.login(f.marty), generic(mcots.MsgGetPlayerInfo, f.marty.Persona)))
}

func TestPlayerPhysical(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	f.edit(f.marty.Persona, func(p *storage.Persona) {
		p.Look = storage.Look{Body: -5, Hair: 0xFFAC450D, Skin: 0xFFFFCEA5, Shirt: 0xFFFFFFFF, Pants: 0x00FFD800}
	})
	want := unhex("0901 e8030000 fbffffff 0d45acff a5ceffff ffffffff 00d8ff00")
	for _, p := range []apptest.Player{f.marty, biff} {
		assert.Equal(t, want, ask(f.login(p), generic(mcots.MsgGetPlayerPhysical, f.marty.Persona)))
	}
}

func TestRacingHistory(t *testing.T) {
	require.True(t, player.Default().HistoryPadding)
	for padding, size := range map[bool]int{true: 39, false: 9} {
		f := newFixture(t, func(o *options) { o.player.HistoryPadding = padding })
		biff := f.Player("Biff", 2)
		c := f.login(f.marty)
		assert.Equal(t, image(size, at16(0, 362), at32(2, 1000)), ask(c, generic(mcots.MsgGetRacingHistory, f.marty.Persona)))

		f.edit(biff.Persona, func(p *storage.Persona) {
			p.History = []storage.RaceStat{
				{RaceType: 17, Entered: 2, Finished: 3, Won: 4, CarsWon: 5, CarsLost: 6, Championships: 7, CashWon: -8},
				{RaceType: 18, Entered: 9},
			}
		})
		want := image(9+2*32, at16(0, 362), at32(2, biff.Persona), at(6, 2),
			at(9, 17), at(13, 2), at(17, 3), at(21, 4), at(25, 5), at(29, 6), at(33, 7), at(37, 0xF8, 0xFF, 0xFF, 0xFF), at(41, 18), at(45, 9))
		assert.Equal(t, want, ask(c, generic(mcots.MsgGetRacingHistory, biff.Persona)), "anybody may read it")
	}
}

// Nobody but the living is described.
func TestUnknownPersonas(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	f.remove(biff)
	c := f.login(f.marty)
	for _, id := range []uint32{0, 8, 4711, biff.Persona} {
		for _, m := range []wire.Msg[mcots.GenericRequest]{mcots.MsgGetPlayerInfo, mcots.MsgGetPlayerPhysical, mcots.MsgGetRacingHistory} {
			assert.Equal(t, failure(m.Number), ask(c, generic(m, id)), "%s of %d", m, id)
		}
	}
}
