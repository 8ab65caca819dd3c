package persona_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/storage/catalog"
)

func TestValidateName(t *testing.T) {
	f := newFixture(t, nil)
	_, _ = f.stranger() // Biff
	f.persona(customer, "Griff", 0)
	f.remove(customer, 1001)
	for name, want := range map[string][]byte{
		"J": usable, "Marty": usable, "Ten Chars!": usable, "~{x}|": usable, "  x": notAllowed, "x y z": usable,
		"Griff": usable, // deleted
		"":      notAllowed, "ElevenChars": notAllowed, " Lead": notAllowed, "Trail ": notAllowed, " ": notAllowed,
		"Tab\there": notAllowed, "Caf\xe9": notAllowed, "\x7f": notAllowed, "Nul\x00": notAllowed,
		strings.Repeat("x", 32): notAllowed,
		"Dr Brown":              taken, "DR BROWN": taken, "dr brown": taken, "bIFF": taken,
		"Auto Barn": taken, "aUTO bARN": taken, "Joe": taken, "JOE": taken, "Scrappy": taken, "escrow": taken, "PartAuction": notAllowed,
	} {
		assert.Equal(t, want, f.ask(validate(customer, name)), "%q", name)
	}
}

// Every system player's name is taken as long as it could be a persona's.
func TestSystemNames(t *testing.T) {
	f := newFixture(t, nil)
	tried := 0
	for _, p := range catalog.SystemPlayers() {
		if f.Rules.ValidName(p.Name) != nil {
			continue
		}
		tried++
		assert.Equal(t, taken, f.ask(validate(customer, strings.ToUpper(p.Name))), "%q", p.Name)
	}
	assert.Greater(t, tried, 3)
}

func TestValidateNameMalformed(t *testing.T) {
	f := newFixture(t, nil)
	account := int(f.Account("biff"))
	for name, request := range map[string][]byte{
		"no fields":           long(0x533),
		"half a customer":     long(0x533, uint16(9)),
		"another's, cut":      long(0x533, account),
		"another's, too long": validate(account, strings.Repeat("x", 33)),
		"another's":           validate(account, "Marty"),
	} {
		assert.Equal(t, refused, f.ask(request), name)
	}
	// The debug client takes 0x602 for a general error, so who is logged in never gets
	// it here (DECISIONS 39).
	for name, request := range map[string][]byte{
		"no name":         long(0x533, customer),
		"no game":         long(0x533, customer, "Marty"),
		"cut":             long(0x533, customer, uint16(9), []byte("Marty")),
		"longer than 32":  validate(customer, strings.Repeat("x", 33)),
		"endless name":    long(0x533, customer, uint16(0xFFFF), []byte("Marty")),
		"game too long":   long(0x533, customer, "Marty", strings.Repeat("x", 65)),
		"nothing of game": long(0x533, customer, "Marty", uint8(0)),
	} {
		assert.Equal(t, notAllowed, f.ask(request), name)
	}
	assert.Equal(t, usable, f.ask(long(0x533, customer, "Marty", "")), "whatever the game is called")
	assert.Equal(t, usable, f.ask(long(0x533, customer, "Marty", "Motor City", uint32(0xCDCDCDCD))), "stray bytes")
}

func TestPlates(t *testing.T) {
	f := newFixture(t, nil)
	for text, want := range map[string][]byte{
		"A": accepted, "BTTF 88": accepted, "OUTATIM": accepted, "~!#$%&'": accepted,
		"": notAllowed, " LEAD": notAllowed, "TRAIL ": notAllowed, "EIGHTCHR": notAllowed, "OUTATIME": notAllowed,
		"TAB\tX": notAllowed, "\xdcBER": notAllowed, "DEL\x7f": notAllowed, "NUL\x00": notAllowed, strings.Repeat("x", 64): notAllowed,
	} {
		for _, flags := range []uint32{0, 2, 0xFFFFFFFF} {
			assert.Equal(t, want, f.ask(long(0x534, flags, text)), "%q with flags %X", text, flags)
		}
	}
	f.Sessions.End(customer, "test")
	assert.Equal(t, accepted, f.ask(long(0x534, 2, "OUTATIM")), "names no customer, so anybody may ask")
	assert.Equal(t, refused, f.ask(long(0x534, 2)))
	assert.Equal(t, refused, f.ask(long(0x534, 2, strings.Repeat("x", 65))))
	assert.Zero(t, f.attempts.Load())
}

// Name checks and creations of one account are counted; nothing else is.
func TestAttempts(t *testing.T) {
	f := newFixture(t, nil)
	f.ask(validate(customer, "Marty"))
	f.ask(validate(customer, ""))
	f.ask(create(customer, "Marty", 88))
	assert.EqualValues(t, 3, f.attempts.Load())
	f.ask(list(customer), choose(customer, drBrown, shard), logout(customer, drBrown), long(0x50B, drBrown), long(0x534, 2, "A"), long(0x519))
	assert.EqualValues(t, 3, f.attempts.Load())

	f.forbid.Store(true)
	assert.Equal(t, taken, f.ask(validate(customer, "Marty")), "never 0x602 to a player of ours")
	assert.Equal(t, refused, f.ask(create(customer, "Marty", shard)))
	require.Len(t, f.ask(list(customer)), 43, "Dr Brown alone")
	f.forbid.Store(false)
	assert.Equal(t, usable, f.ask(validate(customer, "Marty")))
}

// What the server does not know gets no answer and the end of the connection; the
// log shows what came, unless it may be a login that went to the wrong port.
func TestUnknownRequests(t *testing.T) {
	numbers := []uint16{0x600, 0x607, 0, 0xFFFF}
	for n := uint16(0x502); n <= 0x535; n++ {
		switch n {
		case 0x503, 0x507, 0x50B, 0x50F, 0x512, 0x519, 0x532, 0x533, 0x534:
		default:
			numbers = append(numbers, n)
		}
	}
	f := newFixture(t, nil)
	send := func(n uint16) {
		c := f.dial()
		_, err := c.Conn.Write(long(n, customer, drBrown, shard))
		require.NoError(t, err)
		c.Closed()
	}
	for _, n := range numbers {
		send(n)
	}
	shown := map[string]bool{}
	for _, e := range f.Logs.AllEntries() {
		if body, ok := e.Data["body"]; ok {
			assert.Equal(t, "0009fbf1000000150000002c", body)
			assert.Equal(t, apptest.Home, e.Data["remote"])
			shown[fmt.Sprint(e.Data["message"])] = true
		}
	}
	assert.Len(t, shown, len(numbers))

	f.Logs.Reset()
	for _, n := range []uint16{0x501, 0x100} {
		send(n)
	}
	for _, e := range f.Logs.AllEntries() {
		assert.NotContains(t, e.Data, "body")
	}
}

func TestUnreadableStreams(t *testing.T) {
	for name, raw := range map[string]string{
		"below the long header": "0532000b0101000000000000", "bare header": "05320004", "length 0": "05320000",
		"above the cap": "05321001010100000000100100",
	} {
		f := newFixture(t, nil)
		c := f.dial()
		_, err := c.Conn.Write(unhex(raw))
		require.NoError(t, err, name)
		c.Closed()
	}
}
