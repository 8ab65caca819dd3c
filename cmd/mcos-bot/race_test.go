package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
)

// races runs mcos-bot race with evenings that never leave this process.
func races(report *bot.EveningReport, err error, args ...string) (code int, out, errOut string, held *bot.Evening) {
	var o, e bytes.Buffer
	hold := func(_ context.Context, evening bot.Evening) (*bot.EveningReport, error) {
		held = &evening
		evening.Log("round %d: \x1b[31mfine", 1)
		return report, err
	}
	code = run(context.Background(), append([]string{"race"}, args...), streams{strings.NewReader(""), &o, &e}, games{race: hold})
	return code, o.String(), e.String(), held
}

func goodEvening() *bot.EveningReport {
	return &bot.EveningReport{
		OK: true, Players: 6, Rounds: 10, Races: 12, Books: "balanced", Failures: []string{},
		RelayTotals: bot.RelayTotals{Expected: 5000, Delivered: 5000},
	}
}

func TestRaceDefaults(t *testing.T) {
	code, out, errOut, e := races(goodEvening(), nil)
	assert.Equal(t, exitOK, code)
	assert.Empty(t, errOut)
	assert.Contains(t, out, "round 1: [31mfine\n")
	assert.Contains(t, out, "relays: 5000 of 5000 delivered, 0 missing")
	assert.Contains(t, out, "books: balanced")
	assert.True(t, strings.HasSuffix(out, "all is well\n"))
	require.NotNil(t, e)
	assert.Equal(t, 6, e.Players)
	assert.Equal(t, 1, e.Rounds)
	assert.EqualValues(t, 100, e.Fee)
	assert.Equal(t, 20, e.Hz)
	assert.Equal(t, 25*time.Second, e.Duration)
	assert.Regexp(t, "^r[0-9a-f]{6}$", e.Name)
	assert.Nil(t, e.Ledger)
	assert.Zero(t, e.DropRate)
	password, err := e.Password()
	require.NoError(t, err)
	assert.Len(t, password, 24)
	assert.NotContains(t, out, password)
}

func TestRaceFlags(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("secret\n"), 0o600))
	code, _, errOut, e := races(goodEvening(), nil, "--host", "mco.example.org", "--ports", "http=8080", "--players", "4", "--rounds", "2",
		"--fee", "500", "--hz", "10", "--duration", "1s", "--seed", "7", "--drop-rate", "0.25", "--grace", "9s", "--name", "doc",
		"--code", "1985", "--console", "http://127.0.0.1:3000", "--token-file", token, "--segment", "glued", "--timeout", "3s", "--same-host")
	require.Equal(t, exitOK, code, errOut)
	assert.NotNil(t, e.Ledger)
	e.Ledger, e.Password, e.Log = nil, nil, nil
	assert.Equal(t, &bot.Evening{
		Target:  bot.Target{Host: "mco.example.org", Ports: bot.Ports{80: 8080}, SameHost: true},
		Options: bot.Options{Timeout: 3 * time.Second, PinCertificate: true, Segments: bot.Glued},
		Players: 4, Rounds: 2, Fee: 500, Hz: 10, Duration: time.Second, Seed: 7, DropRate: 0.25, Grace: 9 * time.Second,
		Name: "doc", Code: "1985",
	}, e)
}

// Races take their time unless somebody wants them fast.
func TestRacePace(t *testing.T) {
	for _, tc := range []struct {
		args []string
		fast bool
		want time.Duration
	}{
		{nil, false, 25 * time.Second},
		{[]string{"--fast"}, true, 3 * time.Second},
		{[]string{"--fast", "--duration", "7s"}, true, 7 * time.Second},
		{[]string{"--duration", "1s"}, false, time.Second},
	} {
		code, _, errOut, e := races(goodEvening(), nil, tc.args...)
		require.Equal(t, exitOK, code, errOut)
		assert.Equal(t, tc.fast, e.Fast)
		assert.Equal(t, tc.want, e.Duration)
	}
	doubtful := goodEvening()
	doubtful.Doubted = 3
	_, out, _, _ := races(doubtful, nil)
	assert.Contains(t, out, "3 did not count")
}

// The last line of standard output is the report, whatever happened.
func TestRaceJSON(t *testing.T) {
	bad := goodEvening()
	bad.OK, bad.Books, bad.Duplicates = false, "Marty has 3347, due are 3346", 1
	for name, tc := range map[string]struct {
		report *bot.EveningReport
		err    error
		code   int
		books  string
	}{
		"good":          {goodEvening(), nil, exitOK, "balanced"},
		"bad":           {bad, nil, exitFailed, "Marty has 3347, due are 3346"},
		"broken off":    {goodEvening(), errors.New("no server"), exitFailed, "balanced"},
		"without words": {nil, errors.New("no server"), exitFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut, _ := races(tc.report, tc.err, "--json")
			assert.Equal(t, tc.code, code)
			assert.Contains(t, errOut, "round 1:")
			var line struct {
				Rounds     *int
				Expected   *int `json:"relay_expected"`
				Delivered  *int `json:"relay_delivered"`
				Duplicates *int
				OutOfOrder *int `json:"out_of_order"`
				Books      *string
				Error      string
			}
			require.NoError(t, json.Unmarshal([]byte(out), &line), out)
			assert.Equal(t, 1, strings.Count(out, "\n"))
			require.NotNil(t, line.Books)
			assert.Equal(t, tc.books, *line.Books)
			assert.NotNil(t, line.Rounds)
			assert.NotNil(t, line.Expected)
			assert.NotNil(t, line.Delivered)
			assert.NotNil(t, line.Duplicates)
			assert.NotNil(t, line.OutOfOrder)
			assert.Equal(t, text(tc.err), line.Error)
		})
	}
}

func TestRaceReportsFailures(t *testing.T) {
	r := goodEvening()
	r.OK, r.Failures = false, []string{"race 3 (88): Marty: start 1: no results\a"}
	code, out, _, _ := races(r, nil)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "  failure: race 3 (88): Marty: start 1: no results\n")
	assert.NotContains(t, out, "all is well")
}

func TestRaceUsage(t *testing.T) {
	for told, args := range map[string][]string{
		"0 players":          {"--players", "0"},
		"0 rounds":           {"--rounds", "0"},
		"61 positions":       {"--hz", "61"},
		"drop rate":          {"--drop-rate", "2"},
		"belong together":    {"--console", "http://127.0.0.1:3000"},
		"timeout is above 0": {"--timeout", "0s"},
		"nothing to do with": {"now"},
		"unknown flag":       {"--furious"},
		"is no port":         {"--ports", "http=x"},
	} {
		code, _, errOut, held := races(goodEvening(), nil, args...)
		assert.Equal(t, exitUsage, code, told)
		assert.Contains(t, errOut, told)
		assert.Nil(t, held)
	}
	code, _, errOut, _ := races(goodEvening(), nil, "--console", "http://127.0.0.1:3000", "--token-file", "/does/not/exist")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, errOut, "reading the token")
}
