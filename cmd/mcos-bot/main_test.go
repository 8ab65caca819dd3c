package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
)

// stage plays sessions that never leave this process.
type stage struct {
	mu       sync.Mutex
	scripts  map[string]bot.Script // by account
	target   bot.Target
	opts     bot.Options
	running  int
	most     int
	fail     string // account whose session fails
	together chan struct{}
}

func (g *stage) play(ctx context.Context, target bot.Target, opts bot.Options, s bot.Script) (*bot.Summary, error) {
	g.mu.Lock()
	g.scripts[s.Account.Name], g.target, g.opts = s, target, opts
	g.running++
	g.most = max(g.most, g.running)
	g.mu.Unlock()
	if g.together != nil {
		g.together <- struct{}{} // ends when another session has come as well
	}
	defer func() {
		g.mu.Lock()
		g.running--
		g.mu.Unlock()
	}()
	sum := &bot.Summary{Account: s.Account.Name}
	step := func(name string, took time.Duration, err error) {
		st := bot.Step{Number: len(sum.Steps) + 1, Name: name, Detail: "fine\x1b[31m", Took: took, Err: err}
		if err != nil {
			st.Error = err.Error()
		}
		sum.Steps = append(sum.Steps, st)
		if s.OnStep != nil {
			s.OnStep(st)
		}
	}
	step("login", 2*time.Millisecond, nil)
	if s.Account.Name == g.fail {
		err := errors.New("room: no room\a")
		step("room", time.Second, err)
		return sum, err
	}
	step("room", 3*time.Millisecond, nil)
	sum.Persona, sum.PersonaID, sum.Balance = s.Persona, 1000, 2606
	sum.Cars = []bot.CarSummary{{Vehicle: 1, BrandedPart: 113, Skin: 158, Parts: 40}}
	sum.Present = []string{"Marty"}
	sum.Seen = []bot.Sighting{{User: 7, What: "left"}, {User: 8, Name: "Doc", What: "joined"}}
	return sum, ctx.Err()
}

func newStage() *stage { return &stage{scripts: map[string]bot.Script{}} }

// bots runs the program.
func (g *stage) bots(stdin string, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, streams{strings.NewReader(stdin), &o, &e}, games{play: g.play})
	return code, o.String(), e.String()
}

func TestOneSession(t *testing.T) {
	g := newStage()
	code, out, errOut := g.bots("secret\r\nrest", "--host", "mco.example.org", "--ports", "http=8080", "--name", "marty", "--password-stdin",
		"--persona", "Marty", "--car", "113", "--skin", "160", "--second-car", "104", "--room", "2", "--idle", "5s", "--chat", "hi",
		"--segment", "bytes", "--timeout", "3s", "--same-host")
	assert.Equal(t, exitOK, code)
	assert.Empty(t, errOut)
	assert.Contains(t, out, " 1  login               ok           2ms  fine[31m\n")
	assert.Contains(t, out, `persona 1000 "Marty", balance 2606, level 0, 1 car(s)`)
	assert.Contains(t, out, "  car 1: kind 113, paint 158, 40 parts\n")
	assert.Contains(t, out, "  in the room: \"Marty\"\n  user 7 left\n  \"Doc\" joined\n")
	assert.NotContains(t, out, "secret")

	assert.Equal(t, bot.Target{Host: "mco.example.org", Ports: bot.Ports{80: 8080}, SameHost: true}, g.target)
	assert.Equal(t, bot.Options{Timeout: 3 * time.Second, Segments: bot.Bytes, PinCertificate: true}, g.opts)
	s := g.scripts["marty"]
	require.NotNil(t, s.OnStep)
	s.OnStep = nil
	assert.Equal(t, bot.Script{
		Account: bot.Account{Name: "marty", Password: "secret"}, Persona: "Marty", Starter: bot.Car{BrandedPart: 113, Skin: 160},
		SecondCar: &bot.Car{BrandedPart: 104}, Room: 2, Idle: 5 * time.Second, Chat: "hi",
	}, s)
}

func TestSignUpMakesUpNames(t *testing.T) {
	g := newStage()
	code, out, _ := g.bots("", "--sign-up", "--code", "1985", "--ready", "ready http=127.0.0.1:8080 https=127.0.0.1:8443", "--pin-certificate=false")
	assert.Equal(t, exitOK, code)
	require.Len(t, g.scripts, 1)
	for name, s := range g.scripts {
		assert.Regexp(t, "^bot[0-9a-f]{6}$", name)
		assert.Regexp(t, "^[0-9a-f]{24}$", s.Account.Password)
		assert.NotContains(t, out, s.Account.Password)
		assert.Equal(t, "1985", s.Account.Code)
		assert.True(t, s.SignUp)
	}
	assert.Equal(t, 8443, g.target.Ports.Actual(443))
	assert.False(t, g.opts.PinCertificate)
}

func TestManySessions(t *testing.T) {
	g := newStage()
	g.fail = "load7"
	code, out, errOut := g.bots("", "--sign-up", "--name", "load", "-n", "12", "--parallel", "3")
	assert.Equal(t, exitFailed, code)
	assert.Empty(t, errOut)
	require.Len(t, g.scripts, 12)
	assert.LessOrEqual(t, g.most, 3)
	assert.Equal(t, "load12", g.scripts["load12"].Persona)
	assert.Nil(t, g.scripts["load1"].OnStep)
	assert.Regexp(t, `load7: failed after \S+: room: no room\n`, out)
	assert.Regexp(t, `load8: ok in \S+: persona 1000 "load8"`, out)
	assert.Contains(t, out, ": 11 ok, 1 failed\n")
	assert.Regexp(t, ` +12 +0 +2ms +2ms +login\n`, out)
	assert.Regexp(t, ` +12 +1 +3ms +1s +room\n`, out)

	code, out, _ = g.bots("", "--sign-up", "--name", "load", "-n", "2", "-v")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "load2:  1  login ")
}

// Several sessions really run at the same time: each waits for another one.
func TestSessionsAtOnce(t *testing.T) {
	g := newStage()
	g.together = make(chan struct{})
	go func() {
		for range 4 {
			<-g.together
			<-g.together
		}
	}()
	code, _, _ := g.bots("", "--sign-up", "--name", "load", "-n", "8", "--parallel", "2")
	assert.Equal(t, exitOK, code)
	assert.LessOrEqual(t, g.most, 2)
}

func TestJSON(t *testing.T) {
	g := newStage()
	g.fail = "load2"
	code, out, _ := g.bots("", "--sign-up", "--name", "load", "-n", "2", "--json", "-v")
	assert.Equal(t, exitFailed, code)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	require.Len(t, lines, 3)
	type session struct {
		bot.Summary
		OK    bool
		Error string
	}
	sessions := map[string]session{}
	for _, line := range lines[:2] {
		var s session
		require.NoError(t, json.Unmarshal([]byte(line), &s), line)
		sessions[s.Account] = s
	}
	assert.True(t, sessions["load1"].OK)
	assert.Len(t, sessions["load1"].Cars, 1)
	assert.Equal(t, 2*time.Millisecond, sessions["load1"].Steps[0].Took)
	assert.False(t, sessions["load2"].OK)
	assert.Contains(t, sessions["load2"].Error, "no room")
	var r report
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &r), lines[2])
	r.Took = 0
	assert.Equal(t, report{Sessions: 2, OK: 1, Failed: 1, Steps: []stepTimes{
		{Name: "login", Count: 2, P50: 2 * time.Millisecond, P99: 2 * time.Millisecond},
		{Name: "room", Count: 2, Failed: 1, P50: 3 * time.Millisecond, P99: time.Second},
	}}, r)
	assert.NotContains(t, out, g.scripts["load1"].Account.Password)

	// A single session is a single line.
	code, out, _ = g.bots("", "--sign-up", "--name", "marty", "--json")
	assert.Equal(t, exitOK, code)
	var sum bot.Summary
	require.NoError(t, json.Unmarshal([]byte(out), &sum), out)
	assert.EqualValues(t, 1000, sum.PersonaID)
}

// A log that cannot be written is a failure.
func TestBrokenOutput(t *testing.T) {
	g := newStage()
	var errOut bytes.Buffer
	code := run(context.Background(), []string{"--sign-up"}, streams{strings.NewReader(""), broken{}, &errOut}, games{play: g.play})
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, errOut.String(), "writing the log: pipe is gone")
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("pipe is gone") }

func TestUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"who is to play":                       {},
		"who is to play? Give":                 {"--name", "marty"},
		"--code is for --sign-up":              {"--name", "marty", "--password-stdin", "--code", "1"},
		"password of 1 to 72":                  {"--name", "marty", "--password-stdin"},
		"nothing to do with \"please\"":        {"please"},
		"unknown flag: --nonsense":             {"--nonsense"},
		"the number of sessions is 1 to":       {"--sign-up", "-n", "0"},
		"-n 10001":                             {"--sign-up", "-n", "10001"},
		"--parallel -1":                        {"--sign-up", "--parallel", "-1"},
		"times are not negative":               {"--sign-up", "--idle", "-1s"},
		"none of normal, bytes, glued, random": {"--sign-up", "--segment", "half"},
		"no service \"ftp\"":                   {"--sign-up", "--ports", "ftp=21"},
		"does not begin with \"ready\"":        {"--sign-up", "--ready", "steady"},
		"begin with \"ready\"":                 {"--sign-up", "--ready", ""},
		"leave out --host and --ports":         {"--sign-up", "--ready", "ready http=h:1 https=h:2", "--host", "h"},
		"--host is empty":                      {"--sign-up", "--host", ""},
		"invalid argument \"many\"":            {"--sign-up", "-n", "many"},
		"has more than 32 characters":          {"--sign-up", "-n", "10", "--name", strings.Repeat("a", 31)},
		"\"MartyMcFly1\" has more than 10":     {"--sign-up", "-n", "1", "--persona", "MartyMcFly1"},
		"\"MartyMcFly10\" has more than 10 ":   {"--sign-up", "-n", "10", "--persona", "MartyMcFly"},
	} {
		t.Run(want, func(t *testing.T) {
			g := newStage()
			code, out, errOut := g.bots("", args...)
			assert.Equal(t, exitUsage, code)
			assert.Empty(t, out)
			assert.Contains(t, errOut, want)
			assert.Contains(t, errOut, "mcos-bot --help")
			assert.Empty(t, g.scripts)
		})
	}
}

func TestHelp(t *testing.T) {
	code, out, _ := newStage().bots("", "--help")
	assert.Equal(t, exitOK, code)
	for _, want := range []string{"Examples:", "--password-stdin", "--ready", "-n, --count", "Exit codes: 0"} {
		assert.Contains(t, out, want)
	}
	code, out, _ = newStage().bots("", "--version")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "mcos-bot version")
}

func TestPersonaNamesFit(t *testing.T) {
	p := &plan{count: 1000, script: bot.Script{Account: bot.Account{Name: "a_very_long_name"}}}
	assert.Equal(t, "a_very1", p.scriptOf(1).Persona)
	assert.Equal(t, "a_very1000", p.scriptOf(1000).Persona)
	assert.Equal(t, "a_very_long_name1000", p.scriptOf(1000).Account.Name)
}

// The real player, at a port where nobody listens.
func TestNobodyListens(t *testing.T) {
	var out, errOut bytes.Buffer
	code := run(context.Background(), []string{"--sign-up", "--ports", "http=1,https=1"}, streams{strings.NewReader(""), &out, &errOut}, games{play: play})
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out.String(), "sign up at http 127.0.0.1:1/SubscribeEntry.jsp: ")
}

func TestCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g := newStage()
	var out bytes.Buffer
	assert.Equal(t, exitFailed, run(ctx, []string{"--sign-up", "-n", "3"}, streams{strings.NewReader(""), &out, &out}, games{play: g.play}))
	assert.Empty(t, g.scripts)
	assert.Contains(t, out.String(), "0 ok, 3 failed")
}

func TestPercentile(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(i+1))
	}
	for _, c := range []struct{ n, p, want int }{{100, 50, 50}, {100, 99, 99}, {1, 50, 1}, {1, 99, 1}, {2, 50, 1}, {3, 50, 2}, {200 / 2, 100, 100}} {
		assert.EqualValues(t, c.want, percentile(all[:c.n], c.p), fmt.Sprint(c))
	}
}
