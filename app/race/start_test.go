package race_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// line is a line-up of 232.
func line(race uint32, racers ...mcots.Starter) *mcots.StartRace {
	body := &mcots.StartRace{RaceID: race, Laps: 4, Flags: mcots.LobbyNight}
	copy(body.Racers[:], racers)
	return body
}

func slot(p apptest.Player, vehicle uint32) mcots.Starter {
	return mcots.Starter{ID: p.Persona, VehicleID: vehicle, IsHuman: true}
}

func TestStartAlone(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	id := f.host(c, mcots.CreateRace{MinRacers: 2})
	body := line(id, slot(f.marty, f.car))
	want := started(id, 1, f.marty.Persona, 0)
	require.Len(t, want, 40)
	assert.Equal(t, want, ask(c, mcots.MsgStartRace.With(body)), "the fewest racers are not enforced")
	assert.Equal(t, want, ask(c, mcots.MsgStartRace.With(body)))
	assert.True(t, f.open(id))
}

func TestStartSlots(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	f.login(f.doc)
	id := uint32(0)
	prepare := func() {
		id = f.host(host, mcots.CreateRace{EntryFee: 100})
		f.join(biff, id, f.theirs)
	}
	me, him, stranger := f.marty.Persona, f.biff.Persona, f.doc.Persona
	ai := mcots.Starter{ID: 70001, VehicleID: 9}
	at := func(ok byte, slots ...uint32) func() []byte {
		return func() []byte { return started(id, ok, slots...) }
	}
	cases := map[string]struct {
		racers []mcots.Starter
		want   func() []byte
	}{
		"all there": {[]mcots.Starter{slot(f.marty, f.car), slot(f.biff, f.theirs)}, at(1, me, 0, him, 0)},
		"slot order": {
			[]mcots.Starter{{}, slot(f.biff, f.theirs), {}, ai, {}, slot(f.marty, f.car)},
			at(1, 0, 0, him, 0, 0, 0, 70001, 0, 0, 0, me, 0),
		},
		"never joined":      {[]mcots.Starter{slot(f.marty, f.car), slot(f.doc, f.docs)}, at(1, me, 0, stranger, 1)},
		"somebody's car":    {[]mcots.Starter{slot(f.marty, f.car), slot(f.biff, f.car)}, at(1, me, 0, him, 1)},
		"no such car":       {[]mcots.Starter{slot(f.marty, f.car), slot(f.biff, 4711)}, at(1, me, 0, him, 1)},
		"lent cars":         {[]mcots.Starter{slot(f.marty, 0), slot(f.biff, 0)}, at(1, me, 0, him, 0)},
		"host without car":  {[]mcots.Starter{slot(f.marty, 4711), slot(f.biff, f.theirs)}, at(0, me, 1, him, 0)},
		"host not in it":    {[]mcots.Starter{slot(f.biff, f.theirs)}, at(0, him, 0)},
		"host as a machine": {[]mcots.Starter{{ID: me, VehicleID: f.car}}, at(0, me, 0)},
		"nobody":            {nil, at(0)},
		"machines alone":    {[]mcots.Starter{ai}, at(0, 70001, 0)},
	}
	for name, tc := range cases {
		prepare()
		assert.Equal(t, tc.want(), ask(host, mcots.MsgStartRace.With(line(id, tc.racers...))), name)
		pushed := biff.Next()
		assert.Equal(t, tc.want(), append(words(pushed.Number), pushed.Body...), name)
	}
	prepare()
	f.pay(him, 99)
	both := func() wire.Packet {
		return mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, f.theirs)))
	}
	assert.Equal(t, started(id, 1, me, 0, him, 1), ask(host, both()), "cannot pay any more")
	next233(biff)
	f.pay(me, 100)
	f.pay(him, 100)
	prepare()
	f.pay(me, 99)
	f.pay(him, 99)
	assert.Equal(t, started(id, 0, me, 1, him, 1), ask(host, both()), "nor can the host")
	next233(biff)
	f.pay(me, 100)
	assert.Equal(t, started(id, 1, me, 0, him, 1), ask(host, both()), "a start that failed can be tried again")
	assert.EqualValues(t, 99, f.Get(him).Balance)
	assert.EqualValues(t, 0, f.Get(me).Balance)
}

func next233(c *apptest.Client) {
	c.T.Helper()
	require.EqualValues(c.T, 233, c.Next().Number)
}

func TestStartRefusals(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{})
	f.join(biff, id, f.theirs)
	body := line(id, slot(f.biff, f.theirs))
	assert.Equal(t, refusal(232, 236), ask(biff, mcots.MsgStartRace.With(body)), "a joiner")
	assert.Equal(t, refusal(232, 236), ask(f.login(f.doc), mcots.MsgStartRace.With(body)), "a stranger")
	assert.Equal(t, refusal(232, 231), ask(host, mcots.MsgStartRace.With(line(id+1))))
	raw(host, unhex("e800 01000000"))
	assert.Equal(t, refusal(232, 0), next(host), "malformed")
}

// Joiners hear of the start as well, in the form and with the number that the
// configuration says.
func TestStartPush(t *testing.T) {
	cases := map[string]struct {
		change func(*options)
		seq    uint32
		plain  bool
	}{
		// Three requests and three answers have passed on the joiner's connection.
		"default":       {func(*options) {}, 6, false},
		"last+1":        {func(o *options) { o.gateway.PushSequence = "last+1" }, 6, false},
		"last":          {func(o *options) { o.gateway.PushSequence = "last" }, 5, false},
		"sent+received": {func(o *options) { o.gateway.PushSequence = "sent+received" }, 7, false},
		"plain":         {func(o *options) { o.gateway.PushPlain = true }, 6, true},
	}
	require.True(t, race.Default().PushStarted)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, tc.change)
			// The game counts on over its connections, wherever that has got to
			// (DECISIONS 33).
			for _, before := range []uint32{0, 12, 1 << 31, math.MaxUint32 - 6} {
				host, biff := f.login(f.marty), f.loginFrom(f.biff, before+1)
				id := f.host(host, mcots.CreateRace{})
				f.join(biff, id, f.theirs)
				want := started(id, 1, f.marty.Persona, 0, f.biff.Persona, 0)
				require.Equal(t, want, ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, f.theirs)))))
				assert.Equal(t, wire.Frame{Number: 233, Seq: before + tc.seq, Plain: tc.plain, Body: want[2:]}, biff.Next())
				done(host) // exactly one answer for the host
				done(biff)
				f.leave(host)
				f.leave(biff)
			}
		})
	}
}

func TestStartWithoutPush(t *testing.T) {
	f := newFixture(t, func(o *options) { o.race.PushStarted = false })
	host, biff := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{})
	f.join(biff, id, f.theirs)
	ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, f.theirs))))
	done(biff)
}

// A test drive is always allowed, whatever its body.
func TestTestDrive(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for _, size := range []int{0, 1, 38, 2000} {
		raw(c, append(words(455), make([]byte, size)...))
		assert.Equal(t, unhex("6500c701000000000000000000000000"), next(c))
	}
}

// The reports of a race are never answered, however they look.
func TestReportsAreNotAnswered(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	f.host(c, mcots.CreateRace{})
	for _, number := range []uint16{234, 235, 240, 241, 202, 434, 435, 448} {
		for _, size := range []int{0, 3, 8, 28, 241, 2300} {
			raw(c, append(words(number), make([]byte, size)...))
		}
	}
	done(c)
}

// The rows of the reference's race table: every message of the client for a race
// is understood. The race of the recording is number 88.
func TestVectors(t *testing.T) {
	rows := vectors(t)
	f := newFixture(t, nil)
	const drBrown = 21
	f.Update(func(tx storage.Tx) error {
		_, err := f.Rules.CreatePersona(tx, f.marty.Account, "Dr Brown", 44, drBrown)
		if err != nil {
			return err
		}
		v, err := tx.Vehicle(1)
		v.Owner = drBrown
		if err != nil {
			return err
		}
		return tx.PutVehicle(v)
	})
	doc := f.marty
	doc.Persona = drBrown
	c := f.login(doc)

	raw(c, rows["create_race_pinkslip"])
	assert.Equal(t, refusal(230, 190), next(c), "pink slips from level 5")
	f.pay(drBrown, 99)
	raw(c, rows["create_race_basic"])
	assert.Equal(t, rows["create_refused_funds"], next(c))
	raw(c, rows["join_race"])
	assert.Equal(t, rows["join_refused_bad_race"], next(c))

	f.pay(drBrown, 10000)
	f.raise(drBrown, 5)
	for n := uint32(1); n <= 88; n++ {
		raw(c, rows["create_race_basic"])
		require.Equal(t, binary.LittleEndian.AppendUint32(words(223), n), next(c)[:6])
	}
	raw(c, rows["race_start_captured"])
	assert.Equal(t, rows["race_started_for_capture"], next(c))
	raw(c, rows["race_start_full"])
	assert.Equal(t, refusal(232, 231), next(c), "a race of another server")
	raw(c, rows["join_race"])
	password, _ := f.races.Password(88)
	assert.Equal(t, append(unhex("e000 58000000"), password[:]...), next(c))
	for name, body := range rows {
		for _, prefix := range []string{"crc_pre_race", "in_race_damage", "post_race_damage", "racer_completed", "keep_race_alive"} {
			if strings.HasPrefix(name, prefix) && name != "racer_completed_security" {
				raw(c, body)
			}
		}
	}
	raw(c, words(455))
	assert.Equal(t, rows["crc_test_drive_ack"], next(c))
	assert.True(t, f.open(88))

	// The finish of the table ends the race: 12345 ticks, best lap 6789, in a lobby
	// for test drives, which pays nothing.
	f.Pass(4 * time.Minute)
	raw(c, rows["racer_completed_security"])
	want := results(88, 1, racer{
		id: drBrown, time: 12345, lap: 6789, top: 100, avg: 75, toLevel: 1500, toRank: 4500, level: 5, rank: 1,
	})
	assert.Equal(t, want, pushed(c))
	raw(c, rows["racer_completed_security"])
	raw(c, rows["racer_left"])
	done(c)
	assert.False(t, f.open(88))
}

// vectors reads the race bodies of the reference, by name; without it the test is
// skipped.
func vectors(t *testing.T) map[string][]byte {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "captures", "mcots-race-vectors.tsv"))
	if err != nil {
		t.Skipf("no protocol reference: %v", err)
	}
	rows := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		cell := strings.Split(line, "\t")
		if len(cell) == 4 && cell[0] != "name" {
			rows[cell[0]] = unhex(cell[2])
		}
	}
	require.Len(t, rows, 60)
	return rows
}
