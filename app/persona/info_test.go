package persona_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/persona"
)

// notAvailable answers an older client that asks for a name it cannot have, by hand.
var notAvailable = unhex("0607000c010100000000000c")

// byName are the forms in which 0x519 may ask (nps-login-persona 4.12, DECISIONS 37).
var byName = map[string]func(account int, name string) []byte{
	"number, game, name": func(account int, name string) []byte { return long(0x519, account, "Motor City", name) },
	"number, name, game": func(account int, name string) []byte { return long(0x519, account, name, "Motor City") },
	"game, number, name": func(account int, name string) []byte { return long(0x519, "Motor City", account, name) },
	"name, number, game": func(account int, name string) []byte { return long(0x519, name, account, "Motor City") },
	"stray bytes behind": func(account int, name string) []byte {
		return long(0x519, account, "Motor City", name, []byte{0xCD, 0xCD, 0xCD})
	},
	"a counted NUL": func(account int, name string) []byte { return long(0x519, account, "Motor City", name+"\x00") },
}

// By 0x519 an older client asks whether a name may be had: 0x607 without a body says
// that it may not, and 0x602 lets its dialog go on.
func TestInfoByName(t *testing.T) {
	require.Equal(t, "name", persona.Default().InfoReply)
	for form, ask := range byName {
		f := newFixture(t, nil)
		_, _ = f.stranger() // Biff
		f.persona(customer, "Griff", 0)
		f.remove(customer, 1001)
		for name, want := range map[string][]byte{
			"Marty": refused, "J": refused, "Ten Chars!": refused, "Motor City": refused, "Griff": refused,
			"Dr Brown": notAvailable, "DR BROWN": notAvailable, "bIFF": notAvailable, "Auto Barn": notAvailable,
			"": notAvailable, "ElevenChars": notAvailable, " Lead": notAvailable, "Caf\xe9": notAvailable, strings.Repeat("x", 200): notAvailable,
		} {
			assert.Equal(t, want, f.ask(ask(customer, name)), "%s: %q", form, name)
		}
		account := f.Account("doc")
		assert.Equal(t, refused, f.ask(ask(int(account), "Dr Brown")), "%s: a customer who has not logged in", form)
		f.elsewhere()
		assert.Equal(t, refused, f.ask(ask(customer, "Dr Brown")), "%s: logged in elsewhere", form)
	}
}

// What asks for nobody is refused, and the bytes are kept in any case.
func TestInfoUnreadable(t *testing.T) {
	f := newFixture(t, nil)
	for name, request := range map[string][]byte{
		"empty": long(0x519), "a number": long(0x519, drBrown), "one text": long(0x519, customer, "Dr Brown"),
		"neither text is the game": long(0x519, customer, "Motor Town", "Dr Brown"),
		"a text that lies":         long(0x519, customer, "Motor City", uint16(99), []byte("Dr Brown")),
		"zeros":                    long(0x519, customer, make([]byte, 14), "Dr Brown"),
		"far too long":             long(0x519, customer, "Motor City", strings.Repeat("x", 257)),
	} {
		f.Logs.Reset()
		assert.Equal(t, refused, f.ask(request), name)
		recorded := false
		for _, e := range f.Logs.AllEntries() {
			recorded = recorded || e.Message == "layout never recorded"
		}
		assert.True(t, recorded, name)
	}
}

// Asked too often, nobody learns whether a name is taken, and the dialog goes on.
func TestInfoTooOften(t *testing.T) {
	f := newFixture(t, nil)
	f.forbid.Store(true)
	assert.Equal(t, refused, f.ask(long(0x519, customer, "Motor City", "Dr Brown")))
	assert.EqualValues(t, 1, f.attempts.Load())
}

// Told to, the server lets every name pass.
func TestInfoRefused(t *testing.T) {
	f := newFixture(t, func(c *persona.Config) { c.InfoReply = "602" })
	for _, request := range [][]byte{
		long(0x519, drBrown), long(0x519), long(0x519, customer, "Motor City", "Dr Brown"),
	} {
		assert.Equal(t, refused, f.ask(request))
	}
}

func TestInfoRecord(t *testing.T) {
	f := newFixture(t, func(c *persona.Config) { c.InfoReply = "607" })
	_, foreign := f.stranger()
	f.persona(customer, "Marty", 0)
	f.remove(customer, 1001)
	assert.Equal(t, long(0x607, record(customer, "Dr Brown", created, created, drBrown, shard)), f.ask(long(0x519, drBrown)))
	for name, request := range map[string][]byte{
		"foreign": long(0x519, foreign), "unknown": long(0x519, 4711), "deleted": long(0x519, 1001),
		"by name": long(0x519, customer, "Motor City", "Dr Brown"),
		"longer":  long(0x519, drBrown, uint8(0)), "shorter": long(0x519, uint16(drBrown)), "empty": long(0x519),
	} {
		assert.Equal(t, refused, f.ask(request), name)
	}
}
