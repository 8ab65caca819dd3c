package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config/schema"
)

func load(t *testing.T, yaml string, environ []string, flags ...schema.Override) (Config, error) {
	t.Helper()
	c, _, err := Load("mcos.yaml", []byte(yaml), environ, flags)
	return c, err
}

func TestDefaultIsValid(t *testing.T) {
	c, err := load(t, "", nil)
	require.NoError(t, err)
	assert.Equal(t, Default(), c)
}

func TestWrittenFileReadsBack(t *testing.T) {
	want := Default()
	want.Server.PublicHost = "game.example.org"
	want.Ports.Rooms[21] = 19999
	want.Research.Tickets = []Ticket{{Ticket: "d316", Account: "admin"}}
	var file bytes.Buffer
	require.NoError(t, Write(&file, want))
	got, err := load(t, file.String(), nil)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Contains(t, file.String(), "max_humans")
	for _, line := range strings.Split(file.String(), "\n") {
		assert.NotContains(t, line, "\t")
	}
}

func TestLayers(t *testing.T) {
	c, err := load(t, "race:\n  max_humans: 4\nshard:\n  name: File\n",
		[]string{"MCOS_SHARD_NAME=Environment", "MCOS_RACE_MAX_HUMANS=6", "MCOS_REFERENCE=/x", "PATH=/bin"},
		schema.Override{Path: "shard.name", Value: "Flag", Origin: "--shard"})
	require.NoError(t, err)
	assert.Equal(t, 6, c.Race.MaxHumans)
	assert.Equal(t, "Flag", c.Shard.Name)
}

func TestMistakesAreNamed(t *testing.T) {
	cases := map[string]struct {
		yaml string
		env  []string
		want string
	}{
		"value":             {yaml: "race:\n  max_humans: 9\n", want: "mcos.yaml:2: race.max_humans: 9 is not allowed (allowed: 6, 4)"},
		"unknown key":       {yaml: "race:\n  max_human: 4\n", want: "race.max_human"},
		"environment":       {env: []string{"MCOS_RACE_MAX_HUMANS=seven"}, want: "MCOS_RACE_MAX_HUMANS"},
		"same port twice":   {yaml: "ports:\n  http: 443\n", want: "http and https both use 443"},
		"rooms":             {yaml: "ports:\n  rooms: 9000-9020\n", want: "the rooms need 22"},
		"MC100":             {yaml: "lobby:\n  mc100_port: 9500\n", want: "mc100_port"},
		"arcade lobby":      {yaml: "player:\n  arcade_cars:\n    - car: 113\n      lobby: 77\n", want: "lobby 77"},
		"two equal ids":     {yaml: "player:\n  lobbies:\n    - {id: 1, name: A, riff: MCC01, type: 16, track: 25, min_players: 1, max_players: 2, laps: 1, night: off, min_level: 0}\n    - {id: 1, name: B, riff: MCC02, type: 16, track: 25, min_players: 1, max_players: 2, laps: 1, night: off, min_level: 0}\n", want: "two lobbies have id 1"},
		"listen":            {yaml: "server:\n  listen: a b\n", want: `mcos.yaml:2: server.listen: "a b" is not an address`},
		"public host":       {yaml: "server:\n  public_host: http://example.org/\n", want: `mcos.yaml:2: server.public_host: "http://example.org/" is not a plain name or address`},
		"public host port":  {env: []string{"MCOS_SERVER_PUBLIC_HOST=example.org:80"}, want: "MCOS_SERVER_PUBLIC_HOST: server.public_host"},
		"proxies":           {yaml: "server:\n  proxy_protocol: [10.0.0.0/40]\n", want: `mcos.yaml:2: server.proxy_protocol: "10.0.0.0/40" is neither a network`},
		"tunnels":           {yaml: "server:\n  tunnels: [127.0.0.2, home]\n", want: `mcos.yaml:2: server.tunnels: "home" is neither a network`},
		"public IPv6":       {yaml: "server:\n  public_host: 2001:db8::1\n", want: "the game knows none"},
		"shard name":        {yaml: "shard:\n  name: a]b\n", want: `mcos.yaml:2: shard.name: "a]b" will not do`},
		"shard description": {yaml: "shard:\n  description: \"a\\nShardId=1\"\n", want: "mcos.yaml:2: shard.description"},
		"exempt":            {yaml: "limits:\n  exempt: [home]\n", want: `mcos.yaml:2: limits.exempt: "home" is neither a network`},
		"ticker colour":     {yaml: "web:\n  ticker_color: blue\n", want: `mcos.yaml:2: web.ticker_color: "blue" is not a colour`},
		"broken yaml":       {yaml: "race: [", want: "mcos.yaml"},
		"starter car twice": {yaml: "economy:\n  starter_cars:\n    - {car: 104, price: 1, deal_of_the_day: off}\n    - {car: 104, price: 2, deal_of_the_day: off}\n", want: "104 twice"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, tc.yaml, tc.env)
			require.ErrorContains(t, err, tc.want)
			var e *schema.Error
			assert.ErrorAs(t, err, &e, "the program ends with code 2 only for *schema.Error")
		})
	}
}

func TestHosts(t *testing.T) {
	for _, yaml := range []string{
		"listen: 127.0.0.1", "listen: \"::1\"", "listen: fe80::1%eth0", "listen: localhost",
		"public_host: 203.0.113.5", "public_host: play.example.org", "public_host: my_pc",
	} {
		_, err := load(t, "server:\n  "+yaml+"\n", nil)
		assert.NoError(t, err, yaml)
	}
}

func TestEverySwitchNamesItsSection(t *testing.T) {
	switches := 0
	for _, e := range Describe(Default()) {
		if e.Ref != "" {
			switches++
			assert.NotEmpty(t, e.Help, e.Path)
		}
	}
	assert.Greater(t, switches, 30)
}

func TestPortsFromFlags(t *testing.T) {
	flag := func(name, value string) schema.Override {
		return schema.Override{Path: "ports." + name, Value: value, Origin: "--ports"}
	}
	c, err := load(t, "", nil, flag("http", "8080"), flag("rooms", "19000-19020+20001"), flag("console", "0"))
	require.NoError(t, err)
	assert.Equal(t, 8080, c.Ports.HTTP)
	assert.Equal(t, 0, c.Ports.Console)
	assert.Equal(t, 8226, c.Ports.Login)
	assert.Equal(t, 19000, c.Ports.Rooms[0])
	assert.Equal(t, 20001, c.Ports.Rooms[21])

	for _, tc := range []struct{ name, value, want string }{
		{"chat", "1", "unknown setting"},
		{"http", "x", "ports.http"},
		{"http", "70000", "ports.http"},
		{"http", "443", "both use 443"},
		{"rooms", "9020-9000", "not a range"},
		{"rooms", "9000-9019", "22"},
		{"rooms", "", "not a port"},
		{"rooms", "43280-43300+43301", "both use 43300"},
	} {
		_, err := load(t, "", nil, flag(tc.name, tc.value))
		assert.ErrorContains(t, err, tc.want, "%s=%s", tc.name, tc.value)
	}
}

func TestRoomsText(t *testing.T) {
	var r Rooms
	require.NoError(t, r.UnmarshalText([]byte("0")))
	assert.Equal(t, make(Rooms, 22), r)
	assert.Equal(t, "0", r.String())
	assert.Equal(t, "9000-9020+10001", DocumentedRooms().String())
	assert.Equal(t, "5+7-8", Rooms{5, 7, 8}.String())
}

func FuzzRooms(f *testing.F) {
	f.Add("9000-9020+10001")
	f.Add("0")
	f.Add("1-99999999999999999999")
	f.Add("1-65535+1-65535")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRooms(text)
		if err != nil {
			return
		}
		again, err := parseRooms(r.String())
		require.NoError(t, err)
		assert.Equal(t, r, again)
	})
}
