package schema

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDescribe(t *testing.T) {
	byPath := map[string]Entry{}
	var order []string
	for _, e := range Describe(defaults(), "MCOS_") {
		byPath[e.Path] = e
		order = append(order, e.Path)
	}
	assert.Equal(t, []string{
		"name", "motto", "race", "race.max_humans", "race.mode", "race.purses", "race.factors", "race.tracks", "race.waits",
		"limits", "limits.small", "limits.count", "limits.big", "limits.rate", "limits.ports", "limits.least", "limits.most",
		"quiet", "pause", "host", "token",
	}, order)
	assert.Equal(t, Entry{
		Path: "race.max_humans", Env: "MCOS_RACE_MAX_HUMANS", Kind: Integer, Help: "How many people race together.",
		Default: "6", Values: []string{"6", "4"}, Ref: "mcots-2 3.1",
	}, byPath["race.max_humans"])
	assert.Equal(t, Entry{Path: "race", Kind: Section, Help: "Races and what they pay."}, byPath["race"])
	assert.Equal(t, Entry{
		Path: "pause", Env: "MCOS_PAUSE", Kind: Duration, Help: "Time between two things.", Default: "1m30s", Min: "1s", Max: "1h",
	}, byPath["pause"])
	assert.Equal(t, Entry{
		Path: "quiet", Env: "MCOS_QUIET", Kind: Switch, Help: "Say nothing.", Default: "off", Values: []string{"on", "off"},
		Ref: "nps-lobby-rooms 4.4",
	}, byPath["quiet"])
	assert.Equal(t, Entry{
		Path: "race.factors", Env: "MCOS_RACE_FACTORS", Kind: Map, Help: "Price factors by part.", Default: "{engine: 1.5}",
		Min: "0.5", Max: "10",
	}, byPath["race.factors"])
	assert.Equal(t, Entry{
		Path: "token", Env: "MCOS_TOKEN", Kind: Text, Help: "Opens everything.", Min: "4", Secret: true,
	}, byPath["token"])
	assert.Equal(t, Entry{
		Path: "race.purses", Env: "MCOS_RACE_PURSES", Kind: Table, Help: "What the places win.",
		Default: "[{place: 1, share: 62.5, extra: {kind: cash}, tags: []}]",
		Columns: []Entry{
			{Path: "place", Kind: Integer, Help: "The place.", Min: "1"},
			{Path: "share", Kind: Number, Help: "Part of the pot.", Unit: "percent", Max: "100"},
			{Path: "extra", Kind: Section, Help: "On top."},
			{Path: "extra.kind", Kind: Text, Help: "What it is.", Values: []string{"none", "cash", "points"}},
			{Path: "tags", Kind: List, Help: "For statistics."},
		},
	}, byPath["race.purses"])
}

func TestDurationForm(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 10 * time.Second: "10s", time.Minute: "1m", 90 * time.Second: "1m30s", 10 * time.Minute: "10m",
		time.Hour: "1h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 20 * time.Hour: "20h",
		-5 * time.Minute: "-5m", 1500 * time.Millisecond: "1.5s", 100 * time.Millisecond: "100ms",
	} {
		assert.Equal(t, want, formatDuration(d))
		back, err := time.ParseDuration(want)
		require.NoError(t, err)
		assert.Equal(t, d, back)
	}
}

func TestSuggest(t *testing.T) {
	names := []string{"max_humans", "mode", "purses"}
	for slip, want := range map[string]string{
		"max_human": "max_humans", "maxhumans": "max_humans", "mdoe": "mode", "moed": "mode", "pursse": "purses", "x": "", "": "",
		"something": "", "mode_of_the_referee": "",
	} {
		assert.Equal(t, want, suggest(slip, names), slip)
	}
	assert.Equal(t, 3, distance("kitten", "sitting"))
	assert.Equal(t, 1, distance("ab", "ba"))
	assert.Equal(t, 2, distance("", "ab"))
}

type recursive struct {
	Next []recursive `yaml:"next" help:"Itself."`
}

type nested [][]nested

func TestWrongStructsPanic(t *testing.T) {
	for want, cfg := range map[string]any{
		"is not a pointer": struct{}{},
		"has no settings":  &struct{}{},
		`needs a yaml key of its own, has ""`: &struct {
			A int `help:"A."`
		}{},
		`needs a yaml key of its own, has "Upper"`: &struct {
			A int `yaml:"Upper" help:"A."`
		}{},
		`needs a yaml key of its own, has "a"`: &struct {
			A int `yaml:"a" help:"A."`
			B int `yaml:"a" help:"B."`
		}{},
		"needs a help text": &struct {
			A int `yaml:"a"`
		}{},
		"type *int is not supported": &struct {
			A *int `yaml:"a" help:"A."`
		}{},
		"type [2]int is not supported": &struct {
			A [2]int `yaml:"a" help:"A."`
		}{},
		"a map needs string keys, not int": &struct {
			A map[int]int `yaml:"a" help:"A."`
		}{},
		`allowed value "x" is not a whole number`: &struct {
			A int `yaml:"a" help:"A." values:"1|x"`
		}{},
		"a switch cannot have values": &struct {
			A bool `yaml:"a" help:"A." values:"on"`
		}{},
		"a switch of type bool cannot have min": &struct {
			A bool `yaml:"a" help:"A." min:"on"`
		}{},
		`max "1" is not a duration`: &struct {
			A time.Duration `yaml:"a" help:"A." max:"1"`
		}{},
		`secret is "yes", want true`: &struct {
			A string `yaml:"a" help:"A." secret:"yes"`
		}{},
		"secret belongs to the keys inside": &struct {
			A sampleExtra `yaml:"a" help:"A." secret:"true"`
		}{},
		"a_b.c and a.b_c share the variable name A_B_C": &struct {
			A struct {
				C int `yaml:"c" help:"C."`
			} `yaml:"a_b" help:"A."`
			B struct {
				C int `yaml:"b_c" help:"C."`
			} `yaml:"a" help:"B."`
		}{},
		"is nested too deeply": &recursive{},
		"A of struct": &struct {
			A nested `yaml:"a" help:"A."`
		}{},
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				assert.Contains(t, text, want)
				assert.Contains(t, text, "schema: ")
			}()
			Describe(cfg, "")
		}()
	}
	assert.PanicsWithValue(t, "schema: cfg is schema.sample but defaults is schema.sampleRace", func() {
		_ = Write(nil, defaults(), &sampleRace{})
	})
}
