package schema

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteGolden(t *testing.T) {
	type row struct {
		Place int     `yaml:"place" help:"The place." min:"1"`
		Share float64 `yaml:"share" help:"Part of the pot." unit:"percent"`
	}
	type section struct {
		Humans int            `yaml:"humans" help:"How many people race." values:"6|4" ref:"mcots-2 3.1"`
		Purses []row          `yaml:"purses" help:"What the places win."`
		Prices map[string]int `yaml:"prices" help:"Prices by part." unit:"dollars"`
	}
	type config struct {
		Name   string        `yaml:"name" help:"What players see. This help is long enough to be wrapped, because nobody likes to scroll sideways for long."`
		Race   section       `yaml:"race" help:"Races and what they pay."`
		Pause  time.Duration `yaml:"pause" help:"Time between races." min:"1s"`
		Quiet  bool          `yaml:"quiet" help:"Say nothing."`
		Tracks []string      `yaml:"tracks" help:"Open tracks." values:"mill|bay"`
		Token  string        `yaml:"token" help:"Opens everything." secret:"true"`
	}
	base := config{Name: "no", Race: section{Humans: 6}, Pause: time.Hour, Token: "first"}
	c := base
	c.Race = section{4, []row{{1, 62.5}, {2, 0}}, map[string]int{"tire": 5, "a b: c": 6}}
	c.Tracks, c.Token, c.Quiet = []string{"mill", "bay"}, `"quoted"`, true
	var out bytes.Buffer
	require.NoError(t, Write(&out, &c, &base))
	assert.Equal(t, `# What players see. This help is long enough to be wrapped, because nobody likes to scroll sideways
# for long.
# Default: "no".
name: "no"

# Races and what they pay.
race:
  # How many people race.
  # Allowed: 6, 4. Default: 6. Reference: mcots-2 3.1.
  humans: 4

  # What the places win.
  # Each row: place (The place; allowed: 1 or more), share (Part of the pot; percent).
  # Default: [].
  purses:
    - {place: 1, share: 62.5}
    - {place: 2, share: 0}

  # Prices by part.
  # Unit: dollars. Default: {}.
  prices:
    "a b: c": 6
    tire: 5

# Time between races.
# Allowed: 1s or more. Default: 1h.
pause: 1h

# Say nothing.
# Allowed: on, off. Default: off.
quiet: on

# Open tracks.
# Allowed: mill, bay. Default: [].
tracks: [mill, bay]

# Opens everything.
token: "\"quoted\""
`, out.String())
}

// TestWriteReadsBack is the property that the settings page and `config init`
// rely on: what is written loads as the same struct, whatever the values.
func TestWriteReadsBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		want := randomSample(rng)
		var out bytes.Buffer
		require.NoError(t, Write(&out, want, defaults()))
		got := defaults()
		_, err := Load(got, Options{FileName: "f.yaml", YAML: out.Bytes()})
		require.NoError(t, err, "%s", out.String())
		require.Equal(t, want, got, "%s", out.String())
	}
}

// TestDescribedDefaultsLoadAsOverrides: a value as Describe shows it is also a
// value as a variable holds it.
func TestDescribedDefaultsLoadAsOverrides(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		want, got := randomSample(rng), defaults()
		var o Options
		for _, e := range Describe(want, "") {
			if e.Kind != Section && !e.Secret {
				o.Overrides = append(o.Overrides, Override{e.Path, e.Default, "test"})
			}
		}
		got.Token = want.Token
		_, err := Load(got, o)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestWriteRefusesWhatYAMLCannotHold(t *testing.T) {
	for want, spoil := range map[string]func(*sample){
		`motto: "\xff" is not valid UTF-8`:         func(c *sample) { c.Motto = "\xff" },
		"limits.rate: NaN is not a number":         func(c *sample) { c.Limits.Rate = math.NaN() },
		"race.factors: tire: +Inf is not a number": func(c *sample) { c.Race.Factors = map[string]float64{"tire": math.Inf(1)} },
		`race.factors: "\xff" is no key of at most 64 characters`: func(c *sample) {
			c.Race.Factors = map[string]float64{"\xff": 1}
		},
		`race.purses: [0]: tags: [1]: "\xff" is not valid UTF-8`: func(c *sample) { c.Race.Purses[0].Tags = []string{"", "\xff"} },
	} {
		c := defaults()
		spoil(c)
		var out bytes.Buffer
		require.EqualError(t, Write(&out, c, defaults()), want)
		assert.Empty(t, out.String())
	}
}

type badText struct{}

func (badText) MarshalText() ([]byte, error) { return nil, errors.New("no text") }
func (*badText) UnmarshalText([]byte) error  { return nil }

func TestWriteReportsMarshalErrors(t *testing.T) {
	c := struct {
		Bad badText `yaml:"bad" help:"Never works."`
	}{}
	require.EqualError(t, Write(&bytes.Buffer{}, &c, &c), "bad: no text")
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteReportsTheWriter(t *testing.T) {
	require.EqualError(t, Write(failingWriter{}, defaults(), defaults()), "disk full")
}

func BenchmarkLoad(b *testing.B) {
	var out bytes.Buffer
	require.NoError(b, Write(&out, defaults(), defaults()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(defaults(), Options{YAML: out.Bytes()}); err != nil {
			b.Fatal(err)
		}
	}
}

// randomSample fills every setting with a value that the tags allow.
func randomSample(rng *rand.Rand) *sample {
	c := defaults()
	c.Name = "n" + randomText(rng, 19)
	c.Motto = randomText(rng, 30)
	c.Quiet = rng.IntN(2) == 0
	c.Pause = time.Second + time.Duration(rng.Int64N(int64(time.Hour-time.Second)))
	if rng.IntN(2) == 0 {
		c.Pause = c.Pause.Truncate(time.Minute) + time.Minute*30%time.Hour
		c.Pause = min(c.Pause, time.Hour)
	}
	c.Token = "tok!" + randomText(rng, 10)
	if rng.IntN(2) == 0 {
		c.Host = netip.AddrFrom4([4]byte{byte(rng.Uint32()), 2, 3, byte(rng.Uint32())})
	} else {
		c.Host = netip.AddrFrom16([16]byte{0xfd, byte(rng.Uint32()), 15: byte(rng.Uint32())})
	}
	c.Limits = sampleLimits{
		Small: int8(rng.Uint32()), Count: uint16(rng.Uint32()), Big: rng.Uint64(),
		Rate: math.Abs(math.Float64frombits(rng.Uint64() &^ (1 << 62))), Least: -rng.Int(), Most: rng.Int(),
		Ports: randomMap(rng, func() []uint16 { return randomList(rng, func() uint16 { return uint16(rng.Uint32()) }) }),
	}
	c.Race = sampleRace{
		MaxHumans: []int{4, 6}[rng.IntN(2)],
		Mode:      []string{"relaxed", "strict"}[rng.IntN(2)],
		Purses: randomList(rng, func() samplePurse {
			return samplePurse{
				Place: 1 + uint8(rng.IntN(255)), Share: 100 - rng.Float32()*1e6,
				Extra: sampleExtra{[]string{"none", "cash", "points"}[rng.IntN(3)]},
				Tags:  randomList(rng, func() string { return randomText(rng, 8) }),
			}
		}),
		Factors: randomMap(rng, func() float64 { return 0.5 + rng.Float64()*9.5 }),
		Tracks:  randomList(rng, func() string { return randomText(rng, 12) }),
		Waits:   randomList(rng, func() time.Duration { return time.Minute - time.Duration(rng.Int64N(1e15)) }),
	}
	return c
}

// randomText mixes harmless letters with everything that means something to
// YAML, and words that YAML takes for other types.
func randomText(rng *rand.Rand, limit int) string {
	const odd = "abcXYZ019 -:#,[]{}&*!|>'\"%@`~?\\/=\n\t\r\x00\x01\x1b\x7f\u0085\u00a0\u2028\u2029\ufeff\ufffe\uffffüß漢😀"
	words := []string{"", "null", "~", "on", "No", "TRUE", "y", "<<", "---", "...", "1e3", "0x10", ".nan", "- a", "a: b", "a #b", " a", "a "}
	if w := words[rng.IntN(len(words))]; rng.IntN(4) == 0 && len(w) <= limit {
		return w
	}
	runes := []rune(odd)
	text := make([]rune, rng.IntN(limit+1))
	for i := range text {
		text[i] = runes[rng.IntN(len(runes))]
	}
	return string(text)
}

// randomList is nil as often as any other length below 4, and never empty.
func randomList[T any](rng *rand.Rand, item func() T) []T {
	var list []T
	for range rng.IntN(4) {
		list = append(list, item())
	}
	return list
}

func randomMap[T any](rng *rand.Rand, item func() T) map[string]T {
	var m map[string]T
	for range rng.IntN(4) {
		if m == nil {
			m = map[string]T{}
		}
		m[randomText(rng, 12)] = item()
	}
	return m
}
