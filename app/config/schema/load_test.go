package schema

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadLayers(t *testing.T) {
	c := defaults()
	c.Hidden, c.inner = 3, 4
	result, err := Load(c, Options{
		FileName: "mcos.yaml",
		YAML: []byte("name: Blue Town\nrace:\n  max_humans: 4\n  mode: strict\n  purses:\n" +
			"    - {place: 1, share: 70, extra: {kind: cash}, tags: [a, b]}\n" +
			"    - place: 0x2\n      share: 12.5\n      extra:\n        kind: none\nlimits:\n"),
		Environ: []string{
			"PATH=/bin", "MCOS_RACE_MODE=relaxed", "MCOS_QUIET=TRUE", "MCOS_LIMITS_SMALL=-1", "MCOS_DATA_DIR=/x",
			"MCOS_RACE_TRACKS=one, two", "MCOS_LIMITS_PORTS={a: [1, 2]}", "MCOS_HOST=::1", "MCOS_PAUSE=5s",
		},
		EnvPrefix: "MCOS_",
		IgnoreEnv: []string{"MCOS_DATA_DIR"},
		Overrides: []Override{
			{Path: "pause", Value: "1h", Origin: "--pause"},
			{Path: "race.factors", Value: "{}", Origin: "--factors"},
			{Path: "race.waits", Value: "[1s, 2s]", Origin: "--waits"},
		},
	})
	require.NoError(t, err)
	want := defaults()
	want.Hidden, want.inner = 3, 4
	want.Name = "Blue Town"
	want.Race = sampleRace{
		MaxHumans: 4,
		Mode:      "relaxed",
		Purses: []samplePurse{
			{Place: 1, Share: 70, Extra: sampleExtra{"cash"}, Tags: []string{"a", "b"}},
			{Place: 2, Share: 12.5, Extra: sampleExtra{"none"}},
		},
		Tracks: []string{"one", "two"},
		Waits:  []time.Duration{time.Second, 2 * time.Second},
	}
	want.Quiet, want.Limits.Small, want.Pause = true, -1, time.Hour
	want.Host = netip.MustParseAddr("::1")
	want.Limits.Ports = map[string][]uint16{"a": {1, 2}}
	assert.Equal(t, want, c)
	assert.Equal(t, map[string]string{
		"name": "mcos.yaml:1", "race.max_humans": "mcos.yaml:3", "race.mode": "MCOS_RACE_MODE", "race.purses": "mcos.yaml:5",
		"quiet": "MCOS_QUIET", "limits.small": "MCOS_LIMITS_SMALL", "race.tracks": "MCOS_RACE_TRACKS",
		"limits.ports": "MCOS_LIMITS_PORTS", "host": "MCOS_HOST", "pause": "--pause", "race.factors": "--factors", "race.waits": "--waits",
	}, result.Sources)
	assert.Empty(t, result.Warnings)
}

func TestLoadWithoutLayersKeepsDefaults(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":      {},
		"empty file":   {YAML: []byte("\n# only a comment\n")},
		"null":         {YAML: []byte("---\n~\n")},
		"no prefix":    {Environ: []string{"NAME=x"}},
		"empty flow":   {Overrides: []Override{{Path: "limits.ports"}}},
		"null section": {YAML: []byte("race:\n")},
		"byte order":   {YAML: []byte("\xef\xbb\xbfquiet: off\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			c := defaults()
			_, err := Load(c, o)
			require.NoError(t, err)
			assert.Equal(t, defaults(), c)
		})
	}
}

func TestLoadReplacesListsWithoutTouchingDefaults(t *testing.T) {
	c := defaults()
	tracks := c.Race.Tracks
	_, err := Load(c, Options{YAML: []byte("race: {tracks: [x], factors: {tire: 2}}"), Overrides: []Override{{Path: "race.tracks", Value: ""}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"mill", "bay"}, tracks)
	assert.Nil(t, c.Race.Tracks, "an empty list is nil")
	assert.Equal(t, map[string]float64{"tire": 2}, c.Race.Factors)
}

// TestFileErrors holds one case for every way in which a file can be wrong.
func TestFileErrors(t *testing.T) {
	long := strings.Repeat("x", 70)
	for _, tc := range []struct{ name, yaml, want string }{
		{"value list", "race:\n  max_humans: 9\n", "f.yaml:2: race.max_humans: 9 is not allowed (allowed: 6, 4)"},
		{"no number", "race: {max_humans: six}", "f.yaml:1: race.max_humans: six is not a whole number (allowed: 6, 4)"},
		{"no integer", "limits:\n  small: 1.5", "f.yaml:2: limits.small: 1.5 is not a whole number"},
		{"too big", "limits:\n  small: 128", "f.yaml:2: limits.small: 128 is out of range (allowed: -128 to 127)"},
		{"hexadecimal with sign", "limits: {small: 0x-1}", "f.yaml:1: limits.small: 0x-1 is not a whole number"},
		{"too big unsigned", "limits: {count: 65536}", "f.yaml:1: limits.count: 65536 is out of range (allowed: 0 to 65535)"},
		{"negative", "limits: {big: -1}", "f.yaml:1: limits.big: -1 is out of range (allowed: 0 to 18446744073709551615)"},
		{"no float", "limits: {rate: fast}", "f.yaml:1: limits.rate: fast is not a number (allowed: 0 or more)"},
		{"nan", "limits: {rate: NaN}", "f.yaml:1: limits.rate: NaN is not a number (allowed: 0 or more)"},
		{"huge float", "limits: {rate: 1e999}", "f.yaml:1: limits.rate: 1e999 is out of range (allowed: 0 or more)"},
		{"huge float32", "race: {purses: [{place: 1, share: -1e40, extra: {kind: none}}]}",
			"f.yaml:1: race.purses[0].share: -1e40 is out of range (allowed: at most 100)"},
		{"below", "limits: {rate: -1}", "f.yaml:1: limits.rate: -1 is not allowed (allowed: 0 or more)"},
		{"enum", "race: {mode: strickt}", "f.yaml:1: race.mode: strickt is not allowed (allowed: relaxed, strict) (did you mean strict?)"},
		{"empty enum", `race: {mode: ""}`, `f.yaml:1: race.mode: "" is not allowed (allowed: relaxed, strict)`},
		{"switch", "quiet: maybe", "f.yaml:1: quiet: maybe is not allowed (allowed: on, off)"},
		{"duration", "pause: 30", "f.yaml:1: pause: 30 is not a duration such as 30s, 5m or 1h30m (allowed: 1s to 1h)"},
		{"duration bounds", "pause: 2h", "f.yaml:1: pause: 2h is not allowed (allowed: 1s to 1h)"},
		{"text length", `name: ""`, `f.yaml:1: name: "" is not allowed (allowed: 1 to 20 characters)`},
		{"text too long", "name: " + long, `f.yaml:1: name: "` + long[:60] + `"... is not allowed (allowed: 1 to 20 characters)`},
		{"own type", "host: example", "f.yaml:1: host: example is not understood: ParseAddr(\"example\"): unable to parse IP"},
		{"secret", "token: abc", "f.yaml:1: token: (hidden) is not allowed (allowed: 4 or more characters)"},
		{"secret shape", "token: [abc]", "f.yaml:1: token: needs one value, not a list"},
		{"unknown key", "race:\n  max_human: 4", "f.yaml:2: race.max_human: unknown setting (did you mean max_humans?)"},
		{"swapped letters", "qiuet: on", "f.yaml:1: qiuet: unknown setting (did you mean quiet?)"},
		{"wrong section", "max_humans: 4", "f.yaml:1: max_humans: unknown setting (did you mean race.max_humans?)"},
		{"strange key", "zzzz: 4", "f.yaml:1: zzzz: unknown setting"},
		{"unprintable key", `"a b\t": 4`, `f.yaml:1: "a b\t": unknown setting`},
		{"merge key", "<<: {quiet: on}", `f.yaml:1: "<<": unknown setting`},
		{"twice", "quiet: on\nname: a\nquiet: off", "f.yaml:3: quiet: is set twice, first on line 1"},
		{"section twice", "race:\n  mode: strict\nrace:\n  mode: strict", "f.yaml:3: race: is set twice, first on line 1"},
		{"map key twice", "race:\n  factors:\n    a: 1\n    a: 2", "f.yaml:4: race.factors.a: is set twice, first on line 3"},
		{"section as value", "race: 5", "f.yaml:1: race: needs a section with keys such as max_humans, not 5"},
		{"section as list", "race: [5]", "f.yaml:1: race: needs a section with keys such as max_humans, not a list"},
		{"root", "just text", `f.yaml:1: needs a section with keys such as name, not "just text"`},
		{"value as section", "name: {a: 1}", "f.yaml:1: name: needs one value, not keys with values"},
		{"list as value", "race: {tracks: mill}", "f.yaml:1: race.tracks: needs a list such as [a, b], or [] for none, not mill"},
		{"empty list", "race:\n  tracks:\n", "f.yaml:2: race.tracks: needs a list such as [a, b], or [] for none, not nothing"},
		{"table as value", "race: {purses: 1}", "f.yaml:1: race.purses: needs a list of rows such as - {place: ...}, or [] for none, not 1"},
		{"row as value", "race: {purses: [1]}", "f.yaml:1: race.purses[0]: needs a row such as {place: ...}, not 1"},
		{"map as list", "race: {factors: [1]}", "f.yaml:1: race.factors: needs keys with values, or {} for none, not a list"},
		{"map value", "race: {factors: {tire: 20}}", "f.yaml:1: race.factors.tire: 20 is not allowed (allowed: 0.5 to 10)"},
		{"map key", "race: {factors: {" + long + ": 2}}", `f.yaml:1: race.factors: "` + long[:60] + `"... is too long for a key (allowed: at most 64 characters)`},
		{"list item", "race:\n  waits:\n    - 1s\n    - 2m\n", "f.yaml:4: race.waits[1]: 2m is not allowed (allowed: at most 1m)"},
		{"no value", "name:\n", "f.yaml:1: name: has no value (allowed: 1 to 20 characters)"},
		{"no text", "motto:\n", `f.yaml:1: motto: has no value (write "" for an empty text)`},
		{"row unknown key", "race: {purses: [{plaice: 1, place: 1, extra: {kind: none}}]}",
			"f.yaml:1: race.purses[0].plaice: unknown setting (did you mean place?)"},
		{"row missing key", "race:\n  purses:\n    - share: 3\n      extra: {kind: none}\n",
			"f.yaml:3: race.purses[0].place: is missing (allowed: 1 or more)"},
		{"row missing section", "race: {purses: [{place: 1}]}", "f.yaml:1: race.purses[0].extra.kind: is missing (allowed: none, cash, points)"},
		{"tag", "name: !!str x", "f.yaml:1: name: has a YAML tag, which is not supported"},
		{"tagged key", "!!str name: x", "f.yaml:1: has a key that is not a plain name"},
		{"complex key", "[a]: x", "f.yaml:1: has a key that is not a plain name"},
		{"alias", "name: &a x\nmotto: *a", "f.yaml:2: motto: refers to a YAML anchor, which is not supported"},
		{"aliased section", "race: &a {}\nlimits: *a", "f.yaml:2: limits: needs a section with keys such as small, not an anchor"},
		{"two documents", "name: x\n---\nname: y\n", "f.yaml:2: holds more than one YAML document"},
		{"syntax", "name: x\nrace:\n  mode: strict\n   bad: 1\nquiet: on\n",
			"f.yaml:4: is not readable as YAML: mapping values are not allowed in this context"},
		{"outdent", "race:\n    mode: strict\n  max_humans: 4\nquiet: on\n", "f.yaml:3: is not readable as YAML: did not find expected key"},
		{"open quote", "quiet: on\nname: \"x\n", "f.yaml:2: is not readable as YAML: found unexpected end of stream"},
		{"tab", "race:\n\tmode: strict\n", "f.yaml:2: is indented with a tab; use spaces"},
		{"syntax in second document", "name: x\n---\na: [\n", "f.yaml:3: is not readable as YAML: did not find expected node content"},
		{"control character", "name: a\x01b\n", "f.yaml:1: is not readable as YAML: control characters are not allowed"},
		{"large", strings.Repeat("#", MaxFileSize+1), "f.yaml: is larger than 1048576 bytes"},
		{"together", "limits: {least: 10}", "limits: least is above most\nlimits: nothing fits"},
		{"several", "quiet: x\nname: \"\"\n", "f.yaml:1: quiet: x is not allowed (allowed: on, off)\n" +
			`f.yaml:2: name: "" is not allowed (allowed: 1 to 20 characters)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := defaults()
			_, err := Load(c, Options{FileName: "f.yaml", YAML: []byte(tc.yaml)})
			require.EqualError(t, err, tc.want)
			var e *Error
			assert.ErrorAs(t, err, &e)
			assert.Equal(t, defaults(), c)
		})
	}
}

func TestVariableAndOverrideErrors(t *testing.T) {
	for _, tc := range []struct {
		name, variable string
		override       Override
		want           string
	}{
		{name: "value", variable: "MCOS_RACE_MAX_HUMANS=9", want: "MCOS_RACE_MAX_HUMANS: race.max_humans: 9 is not allowed (allowed: 6, 4)"},
		{name: "empty", variable: "MCOS_PAUSE=",
			want: `MCOS_PAUSE: pause: "" is not a duration such as 30s, 5m or 1h30m (allowed: 1s to 1h)`},
		{name: "slip", variable: "MCOS_RACE_MAX_HUMAN=4", want: "MCOS_RACE_MAX_HUMAN: unknown setting (did you mean MCOS_RACE_MAX_HUMANS?)"},
		{name: "secret", variable: "MCOS_TOKEN=abc", want: "MCOS_TOKEN: token: (hidden) is not allowed (allowed: 4 or more characters)"},
		{name: "encoding", variable: "MCOS_MOTTO=\xff", want: `MCOS_MOTTO: motto: "\xff" is not valid UTF-8`},
		{name: "item", variable: "MCOS_RACE_WAITS=1s,x",
			want: "MCOS_RACE_WAITS: race.waits[1]: x is not a duration such as 30s, 5m or 1h30m (allowed: at most 1m)"},
		{name: "flow syntax", variable: "MCOS_RACE_WAITS=[1s",
			want: "MCOS_RACE_WAITS: race.waits: is not readable as YAML: did not find expected ',' or ']'"},
		{name: "flow twice", variable: "MCOS_RACE_FACTORS={a: 1, a: 2}", want: "MCOS_RACE_FACTORS: race.factors.a: is set twice"},
		{name: "table", variable: "MCOS_RACE_PURSES=1,2",
			want: `MCOS_RACE_PURSES: race.purses: needs a list of rows such as - {place: ...}, or [] for none, not "1,2"`},
		{name: "override", override: Override{"race.max_humans", "9", "--max-humans"},
			want: "--max-humans: race.max_humans: 9 is not allowed (allowed: 6, 4)"},
		{name: "unknown override", override: Override{"race.modes", "9", "--mode"},
			want: "--mode: race.modes: unknown setting (did you mean race.mode?)"},
		{name: "section override", override: Override{"race", "9", "--race"}, want: "--race: race: is a section, not a setting"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := Options{EnvPrefix: "MCOS_", Environ: []string{tc.variable}}
			if tc.override != (Override{}) {
				o.Overrides = []Override{tc.override}
			}
			c := defaults()
			_, err := Load(c, o)
			require.EqualError(t, err, tc.want)
			assert.Equal(t, defaults(), c)
		})
	}
}

func TestUnknownVariablesOfOthersAreWarnings(t *testing.T) {
	result, err := Load(defaults(), Options{EnvPrefix: "MCOS_", Environ: []string{"MCOS_SERVICE_HOST=10.0.0.1", "OTHER=1"}})
	require.NoError(t, err)
	require.Len(t, result.Warnings, 1)
	assert.EqualError(t, result.Warnings[0], "MCOS_SERVICE_HOST: unknown setting")
}

func TestErrorHasFields(t *testing.T) {
	_, err := Load(defaults(), Options{FileName: "f.yaml", YAML: []byte("\nrace: {mode: strikt}")})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, &Error{
		Source: "f.yaml", Line: 2, Path: "race.mode", Value: "strikt", Problem: "is not allowed",
		Allowed: []string{"relaxed", "strict"}, Suggestion: "strict",
	}, e)
}

func TestReportIsBounded(t *testing.T) {
	for name, yaml := range map[string]string{
		"keys": strings.Repeat("zzz: 1\n", 5000),
		"rows": "race: {purses: [" + strings.Repeat("x,", 5000) + "]}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(defaults(), Options{FileName: "f.yaml", YAML: []byte(yaml)})
			var joined interface{ Unwrap() []error }
			require.ErrorAs(t, err, &joined)
			list := joined.Unwrap()
			require.Len(t, list, maxErrors+1)
			assert.EqualError(t, list[maxErrors], "f.yaml: too many mistakes, the rest is not shown")
		})
	}
}

// secretNumber is a type whose errors would give the value away.
type secretNumber int

func (n secretNumber) MarshalText() ([]byte, error) { return []byte{byte(n)}, nil }

func (n *secretNumber) UnmarshalText(text []byte) error { return errors.New("bad " + string(text)) }

func TestSecretIsNotInTheCause(t *testing.T) {
	c := struct {
		Key secretNumber `yaml:"key" help:"Opens a door." secret:"true"`
	}{}
	_, err := Load(&c, Options{FileName: "f.yaml", YAML: []byte("key: hush")})
	require.EqualError(t, err, "f.yaml:1: key: (hidden) is not understood: of the wrong form")
}
