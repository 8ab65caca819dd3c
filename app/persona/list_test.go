package persona_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mcos/app/persona"
)

func TestList(t *testing.T) {
	f := newFixture(t, nil)
	assert.Equal(t, unhex("0607002b010100000000002b"+
		"0001"+"001a0009fbf1000000150000002c66000000"+"0008"+"4472204272"+"6f776e"+"05"),
		f.ask(list(customer)))

	f.Pass(time.Minute)
	f.persona(customer, "J", 0)
	assert.Equal(t, unhex("06070040010100000000"+"0040"+
		"0002"+
		"001a0009fbf1000000150000002c66000000"+"0008"+"4472204272"+"6f776e"+
		"00130009fbf1000003e80000002c6600004c"+"0001"+"4a"+
		"05"),
		f.ask(list(customer)))

	f.remove(customer, drBrown)
	f.remove(customer, 1000)
	assert.Equal(t, unhex("0607000f010100000000000f"+"0000"+"05"), f.ask(list(customer)))
}

// Personas that were made in the same second come in the order of their ids; older
// ones come first whatever their id.
func TestListOrder(t *testing.T) {
	f := newFixture(t, nil)
	f.persona(customer, "B", 2000)
	f.persona(customer, "A", 0)
	f.Pass(-time.Hour)
	f.persona(customer, "C", 3000)
	f.Pass(time.Hour)
	want := long(0x607, uint16(4))
	for _, p := range []struct {
		id, made int
		name     string
	}{{3000, today - 3600, "C"}, {drBrown, created, "Dr Brown"}, {1000, today, "A"}, {2000, today, "B"}} {
		want = append(want, long(0, uint16(18+len(p.name)), customer, p.id, shard, p.made, p.name)[12:]...)
	}
	assert.Equal(t, long(0x607, want[12:], uint8(5)), f.ask(list(customer)))
}

// Whatever names a customer or persona is answered only to the address that logged
// in for it.
func TestPeers(t *testing.T) {
	requests := map[string][]byte{
		"list": list(customer), "choose": choose(customer, drBrown, shard), "logout": logout(customer, drBrown),
		"buddies": long(0x50B, drBrown), "validate": validate(customer, "Marty"), "validate nonsense": validate(customer, ""),
		"create": create(customer, "Marty", shard), "create elsewhere": create(customer, "Marty", 88),
		"delete": erase(customer, drBrown), "info": long(0x519, drBrown),
	}
	situations := map[string]func(*fixture){
		"another address": func(f *fixture) { f.elsewhere() },
		"not logged in":   func(f *fixture) { f.Sessions.End(customer, "test") },
	}
	for situation, prepare := range situations {
		t.Run(situation, func(t *testing.T) {
			f := newFixture(t, func(c *persona.Config) { c.InfoReply = "607" })
			prepare(f)
			for name, request := range requests {
				assert.Equal(t, refused, f.ask(request), name)
			}
			assert.True(t, f.Get(drBrown).Live())
			assert.Zero(t, f.session.Persona())
			assert.Zero(t, f.attempts.Load(), "a stranger does not use up attempts")
		})
	}
}

func TestUnknownCustomer(t *testing.T) {
	f := newFixture(t, nil)
	for _, request := range [][]byte{
		list(1), list(0), choose(1, drBrown, shard), logout(1, drBrown), validate(1, "Marty"), create(1, "Marty", shard), erase(1, drBrown),
	} {
		assert.Equal(t, refused, f.ask(request))
	}
}

// An operator may turn the check of the address off; the login stays necessary.
func TestAddressCheckOff(t *testing.T) {
	f := newFixture(t, func(c *persona.Config) { c.CheckAddress = false })
	f.elsewhere()
	assert.Equal(t, noBuddies, f.ask(long(0x50B, drBrown)))
	assert.Equal(t, usable, f.ask(validate(customer, "Marty")))
	f.Sessions.End(customer, "test")
	assert.Equal(t, refused, f.ask(long(0x50B, drBrown)))
	assert.Equal(t, refused, f.ask(validate(customer, "Marty")))
}
