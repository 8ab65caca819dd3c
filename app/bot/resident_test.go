package bot

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mcos/protocol/nps"
)

func TestConfigCheck(t *testing.T) {
	assert.NoError(t, Default().Check())
	full := Default()
	full.Count = maxResidents
	assert.NoError(t, full.Check())
	for told, spoil := range map[string]func(c *Config){
		"count: 6":         func(c *Config) { c.Count = 6 },
		"4 names for 5":    func(c *Config) { c.Names = c.Names[:4] },
		"no room 21":       func(c *Config) { c.Room = 21 },
		"no room 0":        func(c *Config) { c.Room = 0 },
		`"Doc" is there`:   func(c *Config) { c.Names = []string{"Doc", "Doc", "a", "b", "c"} },
		"1 to 10":          func(c *Config) { c.Names[2] = "Doctor Brown" },
		`"" does not have`: func(c *Config) { c.Names[0] = "" },
	} {
		c := Default()
		c.Count = maxResidents
		spoil(&c)
		assert.ErrorContains(t, c.Check(), told)
	}
}

func TestResidentJoinsLonePlayers(t *testing.T) {
	r := &resident{user: 5, Residents: &Residents{
		Config: Config{PerRace: 2}, claims: map[uint32]int{}, users: map[uint32]bool{5: true, 6: true},
	}}
	room := func() nps.RiffEntry {
		return nps.RiffEntry{Users: 1, MaxReady: 6, Owner: 21, State: nps.GameNotRunning, Data: nps.ChannelData{Race: 88, Racers: 6}}
	}
	for name, spoil := range map[string]func(e *nps.RiffEntry){
		"no race":         func(e *nps.RiffEntry) { e.Data.Race = 0 },
		"under way":       func(e *nps.RiffEntry) { e.State = nps.GameRunning },
		"closed":          func(e *nps.RiffEntry) { e.State |= nps.GameChannelClosed },
		"our own":         func(e *nps.RiffEntry) { e.Owner = 6 },
		"inside already":  func(e *nps.RiffEntry) { e.Connected = true },
		"company enough":  func(e *nps.RiffEntry) { e.Users = 2 },
		"for a car":       func(e *nps.RiffEntry) { e.Data.Mode = 3 },
		"for a club":      func(e *nps.RiffEntry) { e.Data.Mode = 2 },
		"full":            func(e *nps.RiffEntry) { e.Data.Racers = 1 },
		"full in another": func(e *nps.RiffEntry) { e.Data.Racers, e.MaxReady = 0, 1 },
	} {
		e := room()
		spoil(&e)
		assert.Nil(t, r.claim([]nps.RiffEntry{e}), name)
	}
	assert.Empty(t, r.claims)

	e := room()
	assert.NotNil(t, r.claim([]nps.RiffEntry{e}))
	e.Users = 2 // the host and the first of us
	assert.NotNil(t, r.claim([]nps.RiffEntry{e}))
	e.Users = 3
	assert.Nil(t, r.claim([]nps.RiffEntry{e}), "two of us are enough")
	r.release(88)
	e.Users = 2
	assert.NotNil(t, r.claim([]nps.RiffEntry{e}))
	r.release(88)
	r.release(88)
	assert.Empty(t, r.claims)
}

func TestResidentPace(t *testing.T) {
	r := &resident{Residents: &Residents{Config: Config{Lap: 100 * time.Second}}}
	for laps, want := range map[uint8]time.Duration{0: 100 * time.Second, 1: 100 * time.Second, 4: 400 * time.Second, 15: 15 * time.Minute} {
		assert.InDelta(t, want.Seconds(), r.pace(laps).Seconds(), want.Seconds()*0.05+1, laps)
	}
	assert.Equal(t, []byte{7, 0x40, 0x01, 0, 0, 3, 0, 0}, finishedBlob(5*time.Second, 3))
	assert.EqualValues(t, 5760, ticks(90*time.Second))
}

func TestReadyProblem(t *testing.T) {
	there := map[uint32]bool{21: true, 22: true}
	host, guest := nps.ReadyEntry{User: 21, Ready: true, Master: true}, nps.ReadyEntry{User: 22, Ready: true}
	assert.Empty(t, readyProblem([]nps.ReadyEntry{host, guest}, there, 21))
	for told, list := range map[string][]nps.ReadyEntry{
		"1 of 2 racers":              {host},
		"not in the room":            {host, guest, {User: 23, Ready: true}},
		"twice":                      {host, guest, guest},
		"22 is not ready":            {host, {User: 22}},
		"master of user 22":          {host, {User: 22, Ready: true, Master: true}},
		"master of user 21 is false": {{User: 21, Ready: true}, guest},
	} {
		assert.Contains(t, readyProblem(list, there, 21), told)
	}
}

func TestStartNotice(t *testing.T) {
	info := Event{Message: nps.ServerInfo.Message, Body: &nps.ServerInfoBody{Comm: 7, IP: "10.0.0.1", Port: 9000}}
	host := Event{Message: nps.UserJoined.Message, Body: &nps.UserJoinedBody{User: 21, Comm: 7}}
	got, err := startNotice([]Event{host, info, host}, 7, 21)
	assert.NoError(t, err)
	assert.Equal(t, "10.0.0.1", got.IP)
	_, err = startNotice([]Event{host, info}, 7, 21)
	assert.ErrorContains(t, err, "without the host's entry")
	_, err = startNotice([]Event{host}, 7, 21)
	assert.ErrorContains(t, err, "without the server's address")
	_, err = startNotice([]Event{info, host}, 8, 21)
	assert.Error(t, err)
}

func TestFinishIsTrueOrFast(t *testing.T) {
	for _, fast := range []bool{false, true} {
		r := &racer{driver: &driver{random: newRandom()}, heat: &heat{e: &evening{Evening: Evening{Fast: fast}}}}
		for _, passed := range []time.Duration{time.Second, 3200 * time.Millisecond, time.Minute} {
			f := r.finish(passed)
			if fast {
				assert.GreaterOrEqual(t, f.Time, time.Minute)
			} else {
				assert.Equal(t, passed, f.Time)
			}
			assert.LessOrEqual(t, 2*ticks(f.BestLap), ticks(f.Time))
			assert.LessOrEqual(t, f.Average, f.Top)
		}
	}
}
