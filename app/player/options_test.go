package player_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/player"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Plate and numbers, by hand: code 0x0120, "OUTATIM", setting, six numbers.
var options109 = unhex("2001 4f55544154494d00 0d0c0b0a 310000 323200 000000 347800 350000 363600")

func TestSetOptions(t *testing.T) {
	f := newFixture(t, nil)
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"before login": f.connect, "after login": f.login} {
		t.Run(name, func(t *testing.T) {
			c := open(f.marty)
			c.Send(mcots.MsgSetOptions.With(&mcots.SetOptions{}))
			require.Equal(t, success(109), next(c), "no plate and no numbers at all")
			assert.Zero(t, f.Get(f.marty.Persona).Plate)

			raw(c, 109, options109...)
			assert.Equal(t, success(109), next(c))
			p := f.Get(f.marty.Persona)
			assert.Equal(t, storage.Plate{Code: 0x0120, Text: "OUTATIM"}, p.Plate)
			assert.EqualValues(t, 0x0A0B0C0D, p.CarSetting)
			assert.Equal(t, [6]string{"1", "22", "", "4x", "5", "66"}, p.CarNumbers)
			assert.EqualValues(t, 10000, p.Balance)
		})
	}
	assert.Equal(t, options109, fields109(ask(f.login(f.marty), generic(mcots.MsgGetPlayerInfo, f.marty.Persona))))
}

// fields109 are what 108 shows of 109, in the order of 109.
func fields109(info []byte) []byte { return append(info[57:71:71], info[39:57]...) }

func TestSetOptionsRefusals(t *testing.T) {
	f := newFixture(t, nil)
	c := f.connect(f.marty)
	raw(c, 109, options109...)
	require.Equal(t, success(109), next(c))
	before := f.Get(f.marty.Persona)
	for name, change := range map[string]piece{
		"leading space":           atText(2, " UTATIM"),
		"trailing space":          atText(2, "OUTATI "),
		"eight characters":        atText(2, "OUTATIME"),
		"one space":               atText(2, " \x00"),
		"control character":       atText(2, "OUT\tTIM"),
		"not ASCII":               atText(2, "\xdcBER"),
		"long number":             atText(14, "123"),
		"number with control":     atText(14, "1\n"),
		"number that is no ASCII": atText(29, "\xb2\x00"),
	} {
		body := append([]byte(nil), options109...)
		copy(body[change.offset:], change.bytes)
		raw(c, 109, body...)
		assert.Equal(t, failure(109), next(c), name)
	}
	raw(c, 109, options109[:31]...)
	assert.Equal(t, failure(109), next(c), "cut short")
	assert.Equal(t, before, f.Get(f.marty.Persona))
}

func TestUpdatePhysical(t *testing.T) {
	f := newFixture(t, nil)
	look := unhex("05000000 0d45acff a5ceffff ffffffff 00d8ffff")
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"before login": f.connect, "after login": f.login} {
		t.Run(name, func(t *testing.T) {
			f.edit(f.marty.Persona, func(p *storage.Persona) { p.Look = storage.Look{} })
			c := open(f.marty)
			raw(c, 266, append(unhex("e8030000"), look...)...)
			assert.Equal(t, success(266), next(c))
			assert.Equal(t, storage.Look{Body: 5, Hair: 0xFFAC450D, Skin: 0xFFFFCEA5, Shirt: 0xFFFFFFFF, Pants: 0xFFFFD800}, f.Get(f.marty.Persona).Look)
		})
	}
	assert.Equal(t, append(unhex("0901 e8030000"), look...), ask(f.login(f.marty), generic(mcots.MsgGetPlayerPhysical, f.marty.Persona)))
}

func TestUpdatePhysicalOfAnother(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	before := f.Get(biff.Persona)
	c := f.login(f.marty)
	for _, id := range []uint32{0, biff.Persona, 4711} {
		p := mcots.MsgUpdatePlayerPhysical.With(&mcots.PlayerPhysical{PlayerID: id, BodyType: 3})
		assert.Equal(t, failure(266), ask(c, p))
	}
	assert.Equal(t, before, f.Get(biff.Persona))
}

func describe(text string) wire.Packet {
	return mcots.MsgSetDescription.With(&mcots.SetDescription{Description: text})
}

func TestDescription(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	longest := strings.Repeat("x", 254) + "\u00ff"
	for _, text := range []string{"Flux capacitor, fluxing", longest, "two\r\nlines", ""} {
		assert.Equal(t, success(492), ask(c, describe(text)))
		assert.Equal(t, text, f.Get(f.marty.Persona).Description)
	}
	assert.Equal(t, success(492), ask(c, describe(longest)))
	info := ask(c, generic(mcots.MsgGetPlayerInfo, f.marty.Persona))
	assert.Equal(t, image(257, atText(0, strings.Repeat("x", 254)+"\xff")), info[166:])

	raw(c, 492, make([]byte, 255)...)
	assert.Equal(t, failure(492), next(c), "too short")
	assert.Equal(t, longest, f.Get(f.marty.Persona).Description)
}

func TestFilthyDescription(t *testing.T) {
	f := newFixture(t, func(o *options) { o.player.BannedWords = []string{"", "Butthead"} })
	c := f.login(f.marty)
	assert.Equal(t, success(492), ask(c, describe("hello, mcfly")))
	filthy := image(16, at16(0, 493), at16(2, 492))
	assert.Equal(t, filthy, ask(c, describe("you BUTTHEADS")))
	assert.Equal(t, "hello, mcfly", f.Get(f.marty.Persona).Description)
}

// The configuration is checked before a client can stumble over it.
func TestConfigCheck(t *testing.T) {
	require.NoError(t, player.Default().Check())
	good := player.Lobby{ID: 3, Riff: "MCC01", MinPlayers: 1, MaxPlayers: 1}
	cases := map[string]func(*player.Config){
		"two lobbies have id 2":    func(c *player.Config) { c.Lobbies[1].ID = 2 },
		"needs at least 4 players": func(c *player.Config) { c.Lobbies[0].MinPlayers, c.Lobbies[0].MaxPlayers = 4, 3 },
		`there is no riff "MCC21"`: func(c *player.Config) { c.Lobbies[0].Riff = "MCC21" },
		`there is no riff ""`:      func(c *player.Config) { c.Lobbies[0].Riff = "" },
		"101 lobbies, at most 100 fit": func(c *player.Config) {
			c.Lobbies = nil
			for id := range uint32(101) {
				l := good
				l.ID = id + 1
				c.Lobbies = append(c.Lobbies, l)
			}
		},
	}
	for want, change := range cases {
		c := player.Default()
		change(&c)
		require.ErrorContains(t, c.Check(), want)
	}
}
