package bot_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
)

// shardBody is the captured answer; the host is put in three times.
const shardBody = `[The Clocktower]
      Description=The Clocktower
      ShardId=44
      LoginServerIP=%[1]s
      LoginServerPort=8226
      LobbyServerIP=%[1]s
      LobbyServerPort=7003
      MCOTSServerIP=%[1]s
      StatusId=0
      Status_Reason=
      ServerGroup_Name=Group-1
      Population=88
      MaxPersonasPerUser=2
      DiagnosticServerHost=%[1]s
      DiagnosticServerPort=80`

func TestParseShardList(t *testing.T) {
	want := bot.Shard{
		Name: "The Clocktower", Description: "The Clocktower", ID: 44, LoginHost: "mco.example.org", LoginPort: 8226,
		LobbyHost: "mco.example.org", LobbyPort: 7003, MCOTSHost: "mco.example.org", Group: "Group-1", Population: 88,
		MaxPersonas: 2, DiagnosticHost: "mco.example.org", DiagnosticPort: 80,
	}
	body := fmt.Sprintf(shardBody, "mco.example.org")
	for name, text := range map[string]string{
		"captured":    body,
		"CRLF":        strings.ReplaceAll(body, "\n", "\r\n") + "\r\n",
		"tabs":        strings.ReplaceAll(body, "      ", "\t"),
		"unknown key": body + "\n      Something=else",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := bot.ParseShardList(text)
			require.NoError(t, err)
			assert.Equal(t, []bot.Shard{want}, got)
		})
	}
	got, err := bot.ParseShardList(body + "\n\n" + strings.Replace(body, "[The Clocktower]", "[Twin Pines Mall]", 1))
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, "Twin Pines Mall", got[1].Name)
}

func TestParseShardListErrors(t *testing.T) {
	body := fmt.Sprintf(shardBody, "h")
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "no shard in a list of 0 bytes"},
		"page":               {"<html>", `line 1: "<html>" is neither`},
		"key before section": {"ShardId=44", `line 1: "ShardId" stands before`},
		"open section":       {"[Clock", `line 1: section "[Clock"`},
		"unnamed section":    {"[]", "line 1: section"},
		"key twice":          {body + "\nShardId=44", `line 16: "ShardId" stands twice`},
		"no lobby":           {strings.Replace(body, "LobbyServerIP", "X", 1), "has no LobbyServerIP"},
		"first incomplete":   {"[A]\n" + body, `shard "A" has no ShardId`},
		"id not a number":    {strings.Replace(body, "=44", "=44x", 1), `ShardId="44x"`},
		"id too large":       {strings.Replace(body, "=44", "=4294967296", 1), `line 3: malformed answer: ShardId`},
		"port 0":             {strings.Replace(body, "=8226", "=0", 1), `LoginServerPort="0"`},
		"port too large":     {strings.Replace(body, "=7003", "=65536", 1), `LobbyServerPort="65536"`},
		"no host":            {strings.Replace(body, "MCOTSServerIP=h", "MCOTSServerIP=", 1), "MCOTSServerIP is empty"},
		"status":             {strings.Replace(body, "StatusId=0", "StatusId=", 1), `StatusId=""`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := bot.ParseShardList(c.text)
			require.ErrorIs(t, err, bot.ErrMalformed)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func FuzzParseShardList(f *testing.F) {
	body := fmt.Sprintf(shardBody, "127.0.0.1")
	for _, text := range []string{"", body, body + "\n" + body, "[A]\nShardId=1", strings.ReplaceAll(body, "\n", "\r\n")} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shards, err := bot.ParseShardList(text)
		if err != nil {
			require.ErrorIs(t, err, bot.ErrMalformed)
			return
		}
		require.NotEmpty(t, shards)
		for _, s := range shards {
			require.NotEmpty(t, s.LoginHost)
			require.NotEmpty(t, s.LobbyHost)
			require.NotEmpty(t, s.MCOTSHost)
			for _, port := range []int{s.LoginPort, s.LobbyPort} {
				require.True(t, port > 0 && port < 65536, "%d", port)
			}
		}
	})
}

func TestParseAuthAnswer(t *testing.T) {
	for name, text := range map[string]string{
		"captured": "Valid=TRUE\nTicket=" + fakeTicket,
		"LF":       "Valid=TRUE\nTicket=" + fakeTicket + "\n",
		"CRLF":     "Valid=TRUE\r\nTicket=" + fakeTicket + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ticket, err := bot.ParseAuthAnswer(text)
			require.NoError(t, err)
			assert.Equal(t, fakeTicket, ticket)
		})
	}
	refusal := "reasoncode=INV-110\nreasontext=Member name or password incorrect, please try again.\nreasonurl=http://h/?a=b"
	for name, text := range map[string]string{"form A": refusal, "form B": "Valid=FALSE\nTicket=0\n" + refusal} {
		t.Run(name, func(t *testing.T) {
			_, err := bot.ParseAuthAnswer(text)
			require.ErrorIs(t, err, bot.ErrRefused)
			var no *bot.AuthRefusal
			require.ErrorAs(t, err, &no)
			assert.Equal(t, bot.AuthRefusal{
				Code: "INV-110", Text: "Member name or password incorrect, please try again.", URL: "http://h/?a=b",
			}, *no)
		})
	}
}

func TestParseAuthAnswerErrors(t *testing.T) {
	for name, text := range map[string]string{
		"empty":               "",
		"page":                "<html>",
		"no ticket":           "Valid=TRUE",
		"empty ticket":        "Valid=TRUE\nTicket=",
		"long ticket":         "Valid=TRUE\nTicket=" + strings.Repeat("a", 257),
		"ticket with a blank": "Valid=TRUE\nTicket=hush hush",
		"ticket with umlaut":  "Valid=TRUE\nTicket=hushä",
		"ticket twice":        "Valid=TRUE\nTicket=hush\nTicket=hush",
		"lower case":          "Valid=true\nTicket=hush",
		"refused, no reason":  "Valid=FALSE\nTicket=0",
		"both":                "Valid=TRUE\nTicket=hush\nreasoncode=INV-100",
	} {
		t.Run(name, func(t *testing.T) {
			ticket, err := bot.ParseAuthAnswer(text)
			require.ErrorIs(t, err, bot.ErrMalformed)
			assert.Empty(t, ticket)
			assert.NotContains(t, err.Error(), "hush")
		})
	}
}

func FuzzParseAuthAnswer(f *testing.F) {
	for _, text := range []string{
		"", "Valid=TRUE\nTicket=" + fakeTicket, "Valid=FALSE\nTicket=0\nreasoncode=INV-100\nreasontext=no\nreasonurl=http://h/", "reasoncode=INV-100",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ticket, err := bot.ParseAuthAnswer(text)
		var no *bot.AuthRefusal
		switch {
		case err == nil:
			require.NotEmpty(t, ticket)
			require.Contains(t, text, "Ticket="+ticket)
		case errors.As(err, &no):
			require.Empty(t, ticket)
		default:
			require.ErrorIs(t, err, bot.ErrMalformed)
		}
	})
}

func TestParsePorts(t *testing.T) {
	ports, err := bot.ParsePorts("http=8080, https=8443,login=18226,mcots=43300,console=0,rooms=9100-9120+10101")
	require.NoError(t, err)
	assert.Equal(t, 8080, ports.Actual(bot.PortHTTP))
	assert.Equal(t, 8443, ports.Actual(bot.PortHTTPS))
	assert.Equal(t, 18226, ports.Actual(bot.PortLogin))
	assert.Equal(t, 8228, ports.Actual(bot.PortPersona), "not named")
	assert.Equal(t, 9100, ports.Actual(9000))
	assert.Equal(t, 9120, ports.Actual(9020))
	assert.Equal(t, 10101, ports.Actual(10001))
	assert.Equal(t, 9101, ports.Told(9001), "documented")
	assert.Equal(t, 9101, ports.Told(9101), "actual")
	assert.Equal(t, 5, ports.Told(5), "unknown")

	ports, err = bot.ParsePorts("rooms=9000-9002+10001")
	require.NoError(t, err)
	assert.Equal(t, 10001, ports.Actual(10001), "documented numbers stand for themselves")
	assert.Equal(t, 9003, ports.Actual(9003))

	ports, err = bot.ParsePorts("login=8228,persona=8226")
	require.NoError(t, err)
	assert.Equal(t, 8228, ports.Told(8228), "the server told its true login port")
	assert.Equal(t, 8226, ports.Actual(bot.PortPersona))

	var none bot.Ports
	assert.Equal(t, 7003, none.Actual(7003))
	assert.Equal(t, 9001, none.Told(9001))
}

func TestParsePortsErrors(t *testing.T) {
	for list, want := range map[string]string{
		"http":               `"http" is not of the form`,
		"http=":              `no port in ""`,
		"http=x":             `"x" is no port`,
		"http=0":             `"0" is no port`,
		"http=65536":         `"65536" is no port`,
		"http=-1":            `"" is no port`,
		"http=80+81":         "http has one port, not 2",
		"ftp=21":             `no service "ftp"`,
		"http=80,http=81":    `"http" is named twice`,
		"rooms=9005-9001":    `range "9005-9001"`,
		"rooms=9000-":        `"" is no port`,
		"rooms=1000-1022":    "23 rooms, at most 22",
		"rooms=1-65535":      `range "1-65535"`,
		"rooms=9000-9010-11": `"9010-11" is no port`,
	} {
		t.Run(list, func(t *testing.T) {
			_, err := bot.ParsePorts(list)
			require.ErrorIs(t, err, bot.ErrTarget)
			assert.ErrorContains(t, err, want)
		})
	}
}

func TestParseReady(t *testing.T) {
	rooms := "40000"
	for i := 1; i < 22; i++ {
		rooms += fmt.Sprintf(",%d", 40000+i)
	}
	got, err := bot.ParseReady("ready http=127.0.0.1:8080 https=127.0.0.1:8443 login=127.0.0.1:38226 mail=127.0.0.1:38227 " +
		"persona=127.0.0.1:38228 lobby=127.0.0.1:37003 rooms=127.0.0.1:" + rooms + " mcots=127.0.0.1:33300 console=127.0.0.1:3000\n")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", got.Host)
	for documented, actual := range map[int]int{
		80: 8080, 443: 8443, 8226: 38226, 8227: 38227, 8228: 38228, 7003: 37003, 43300: 33300, 9000: 40000, 9001: 40001, 9020: 40020, 10001: 40021,
	} {
		assert.Equal(t, actual, got.Ports.Actual(documented), "%d", documented)
	}
	for line, host := range map[string]string{
		"ready http=0.0.0.0:80 https=0.0.0.0:443 rooms=0.0.0.0:9000-9020+10001": "127.0.0.1",
		"ready http=[::]:80 https=[::]:443":                                     "127.0.0.1",
		"ready http=:80 https=:443 new=thing":                                   "127.0.0.1",
		"ready http=[::1]:80 https=[::1]:443":                                   "::1",
		"ready http=mco.example.org:80 https=mco.example.org:443":               "mco.example.org",
	} {
		got, err := bot.ParseReady(line)
		require.NoError(t, err, line)
		assert.Equal(t, host, got.Host, line)
		assert.Equal(t, 9001, got.Ports.Actual(9001), line)
	}
}

func TestParseReadyErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                             "does not begin",
		"steady http=1":                "does not begin",
		"ready":                        "does not name http",
		"ready http=h:80":              "does not name https",
		"ready http=h https=h:443":     "has no port",
		"ready http=h:x https=h:443":   `"x" is no port`,
		"ready http=h:80 http=h:80":    "named twice",
		"ready http":                   "not of the form",
		"ready http=h:80 rooms=h:9-":   `"" is no port`,
		"ready http=h:80 https=h:0":    `"0" is no port`,
		"ready http=h:80 lobby=h:1+22": "lobby has one port",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := bot.ParseReady(line)
			require.ErrorIs(t, err, bot.ErrTarget)
			assert.ErrorContains(t, err, want)
		})
	}
}

func FuzzParseReady(f *testing.F) {
	f.Add("ready http=127.0.0.1:8080 https=127.0.0.1:8443 rooms=127.0.0.1:9000-9020+10001")
	f.Add("ready http=[::]:1 https=[::]:2 rooms=[::]:3,4,5")
	f.Fuzz(func(t *testing.T, line string) {
		got, err := bot.ParseReady(line)
		if err != nil {
			require.ErrorIs(t, err, bot.ErrTarget)
			return
		}
		require.NotEmpty(t, got.Host)
		for _, n := range got.Ports {
			require.True(t, n > 0 && n < 65536, "%d", n)
		}
	})
}

func TestParseSegments(t *testing.T) {
	for name, want := range map[string]bot.Segments{"normal": bot.Whole, "bytes": bot.Bytes, "glued": bot.Glued} {
		got, err := bot.ParseSegments(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := bot.ParseSegments("other")
	assert.Error(t, err)
}
