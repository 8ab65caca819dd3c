package race_test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/race"
	"mcos/protocol/mcots"
)

// basic is the worked example of 230: lobby 2, fee 100, 2 to 4 racers, 4 laps.
var basic = unhex("e600 02000000 64000000 00 00 00 00000000 00000000 00000000 00000000 04 02 00 04 00 00 01 00 01 00 00 00 00000000 00000000 00")

func unhex(text string) []byte {
	b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(text), []byte(" "), nil)))
	if err != nil {
		panic(err)
	}
	return b
}

var passwordForm = regexp.MustCompile(`^[A-Z0-9]{8}$`)

func TestCreate(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	require.Len(t, basic, 50)
	seen := map[string]bool{}
	for id := byte(1); id <= 3; id++ {
		raw(c, basic)
		got := next(c)
		require.Len(t, got, 30)
		assert.Equal(t, append(unhex("df00"), id, 0, 0, 0), got[:6], "instance 0, then the next number")
		assert.Equal(t, unhex("64000000 32000000"), got[6:14], "fee 100, bonus 50 for each racer")
		assert.Regexp(t, passwordForm, string(got[14:22]))
		assert.Equal(t, append([]byte{id, 0, 0, 0}, unhex("64000000")...), got[22:], "history, bonus 100 for the race")

		password, ok := f.races.Password(uint32(id))
		assert.True(t, ok)
		assert.Equal(t, got[14:22], password[:])
		assert.False(t, seen[string(password[:])], "a new password for each race")
		seen[string(password[:])] = true
	}
	assert.EqualValues(t, 10000, f.Get(f.marty.Persona).Balance, "creating costs nothing")
	assert.False(t, f.open(4))
	assert.False(t, f.open(0))
	for _, e := range f.Logs.AllEntries() {
		line, err := e.String()
		require.NoError(t, err)
		for password := range seen {
			assert.NotContains(t, line, password)
			assert.NotContains(t, line, hex.EncodeToString([]byte(password)))
		}
	}
}

// The last byte came with an update; bytes behind it may come one day.
func TestCreateLengths(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for _, message := range [][]byte{basic[:49], append(basic[:50:50], 1, 2, 3)} {
		raw(c, message)
		assert.Len(t, next(c), 30)
	}
	raw(c, basic[:20])
	assert.Equal(t, refusal(230, 0), next(c))
}

func TestCreateRefusals(t *testing.T) {
	cases := map[string]struct {
		change func(*mcots.CreateRace)
		reason uint32
	}{
		"fee not in the table": {func(r *mcots.CreateRace) { r.EntryFee = 99 }, 0},
		"unknown lobby":        {func(r *mcots.CreateRace) { r.LobbyID = 4711 }, 0},
		"no lobby":             {func(r *mcots.CreateRace) { r.LobbyID = 0 }, 0},
		"too dear":             {func(r *mcots.CreateRace) { r.EntryFee = dear }, 133},
		"above the level":      {func(r *mcots.CreateRace) { r.MinLevel = 6 }, 190},
		"below the level":      {func(r *mcots.CreateRace) { r.MaxLevel = 4 }, 190},
	}
	f := newFixture(t, nil)
	f.pay(f.marty.Persona, dear-1)
	f.raise(f.marty.Persona, 5)
	c := f.login(f.marty)
	for name, tc := range cases {
		req := mcots.CreateRace{LobbyID: lobby}
		tc.change(&req)
		assert.Equal(t, refusal(230, tc.reason), ask(c, mcots.MsgCreateRace.With(&req)), name)
	}
	f.pay(f.marty.Persona, dear)
	id := f.host(c, mcots.CreateRace{LobbyID: 10001, EntryFee: dear, MinLevel: 5, MaxLevel: 5})
	assert.EqualValues(t, 1, id, "a refused race takes no number")
}

func TestBonuses(t *testing.T) {
	f := newFixture(t, func(o *options) { o.race.PerPlayerBonus, o.race.PerRaceBonus = 70, 30 })
	c := f.login(f.marty)
	for sponsor, want := range map[uint32][2]uint32{0: {70, 30}, 113: {35, 15}} {
		c.Send(mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: lobby, SponsorID: sponsor}))
		got := apptest.Expect(c, mcots.MsgRaceCreated)
		assert.Equal(t, want, [2]uint32{got.PerPlayerPurseBonus, got.PerRacePurseBonus}, "sponsor %d", sponsor)
		assert.Zero(t, got.EntryFee)
	}
}

// Whoever opens a new race has given up the last one; the races of others stay.
func TestOneRaceForEachHost(t *testing.T) {
	f := newFixture(t, nil)
	c, other := f.login(f.marty), f.login(f.biff)
	first := f.host(c, mcots.CreateRace{})
	theirs := f.host(other, mcots.CreateRace{})
	second := f.host(c, mcots.CreateRace{})
	assert.False(t, f.open(first))
	assert.True(t, f.open(theirs))
	assert.True(t, f.open(second))
	assert.Equal(t, refusal(218, 231), ask(other, joining(first, 0)))
}

// A refused attempt leaves the race that is open alone.
func TestRefusedCreateKeepsTheOldRace(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	id := f.host(c, mcots.CreateRace{})
	require.Equal(t, refusal(230, 0), ask(c, mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: 4711})))
	assert.True(t, f.open(id))
}

// A race that nobody keeps alive is forgotten after twice the time, when the next
// one is created.
func TestReaping(t *testing.T) {
	const keep = 15 * time.Minute
	alive := func(c *apptest.Client, id uint32) {
		c.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: id}))
		done(c)
	}
	cases := map[string]struct {
		halfway func(f *fixture, host, other *apptest.Client, id uint32)
		after   time.Duration
		gone    bool
	}{
		"exactly twice":       {after: 2 * keep, gone: false},
		"longer":              {after: 2*keep + time.Second, gone: true},
		"kept by the host":    {func(_ *fixture, host, _ *apptest.Client, id uint32) { alive(host, id) }, 2*keep + time.Second, false},
		"kept by a stranger":  {func(_ *fixture, _, other *apptest.Client, id uint32) { alive(other, id) }, 2*keep + time.Second, true},
		"another one kept":    {func(_ *fixture, host, _ *apptest.Client, id uint32) { alive(host, id+1) }, 2*keep + time.Second, true},
		"joined":              {func(f *fixture, _, other *apptest.Client, id uint32) { f.join(other, id, 0) }, 2*keep + time.Second, false},
		"kept by a joiner":    {func(f *fixture, _, other *apptest.Client, id uint32) { f.join(other, id, 0); alive(other, id) }, 2*keep + time.Second, false},
		"kept, but long over": {func(_ *fixture, host, _ *apptest.Client, id uint32) { alive(host, id) }, 3*keep + time.Second, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *options) { o.race.KeepAlive = keep })
			host, other, third := f.login(f.marty), f.login(f.biff), f.login(f.doc)
			id := f.host(host, mcots.CreateRace{})
			f.Pass(keep)
			if tc.halfway != nil {
				tc.halfway(f, host, other, id)
			}
			f.Pass(tc.after - keep)
			f.host(third, mcots.CreateRace{})
			assert.Equal(t, !tc.gone, f.open(id))
		})
	}
}

// All messages of a race need a login.
func TestNotLoggedIn(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	c.Send(mcots.MsgLogout.With(&mcots.GenericRequest{}))
	apptest.Expect(c, mcots.MsgSuccess)
	for _, number := range []uint16{230, 218, 232, 455} {
		raw(c, append(words(number), make([]byte, 100)...))
		assert.Equal(t, refusal(number, 0), next(c))
	}
}

// A room that was left for the race port is not missed while its racers may still be
// loading, and how long it was missed is counted anew after every race.
func TestRoomIsMissedForAWhile(t *testing.T) {
	grace := race.Default().DisconnectGrace
	open, back := true, time.Duration(0) // when the port gives the racers up
	var start time.Time
	f := newFixture(t, func(o *options) {
		o.room = func(uint32, uint32) (race.Room, bool) { return race.Room{Open: open}, true }
		o.track = func(uint32, uint32, uint32) (race.Track, bool) {
			return race.Track{Gone: true, Since: start.Add(back)}, true
		}
	})
	start = f.Now()
	tick := func(d time.Duration) {
		f.Pass(d)
		f.races.Tick(f.Now())
	}
	c := f.login(f.marty)
	id := f.host(c, mcots.CreateRace{LobbyID: street})
	tick(0)
	open, back = false, 2*grace
	tick(time.Second)
	tick(grace)
	require.True(t, f.open(id), "loading")
	tick(grace)
	tick(grace / 2)
	require.True(t, f.open(id), "missed for less than the grace")
	ask(c, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car))))
	tick(grace)
	finish(c, id, f.marty.Persona, 5000)
	apptest.Expect(c, mcots.MsgFinalResults)
	tick(time.Second)
	require.True(t, f.open(id), "the race is only just over")
	tick(grace)
	assert.False(t, f.open(id))
}
