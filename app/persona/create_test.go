package persona_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/app/pace"
	"mcos/app/session"
	"mcos/storage"
)

func TestCreate(t *testing.T) {
	f := newFixture(t, nil)
	want := unhex("0601004e010100000000004e" +
		"0009fbf1" + "00054d61727479" + "00000000" + "66000010" + "66000010" + "00000000" + "000003e8" +
		"0000" + "00000000" + "0000" + "00000000" + "00000000" + "0000" + "0000" + "0000" + "00" + "00000000" + "0000" + "0000" + "0000002c")
	assert.Equal(t, want, f.ask(create(customer, "Marty", shard)))

	p := f.Get(1000)
	assert.EqualValues(t, customer, p.Account)
	assert.Equal(t, "Marty", p.Name)
	assert.EqualValues(t, shard, p.Shard)
	assert.EqualValues(t, today, p.Created.Unix())
	assert.True(t, p.Live())
	assert.EqualValues(t, 1, p.Stats.Level)
	assert.EqualValues(t, 10000, p.Balance)
	assert.False(t, p.StarterSold)
	assert.Zero(t, p.Plate)
	assert.Zero(t, p.CarNumbers)
	var ledger []storage.LedgerEntry
	require.NoError(t, f.Store.View(func(tx storage.ReadTx) error {
		cars, err := tx.VehiclesOf(1000)
		require.NoError(t, err)
		assert.Empty(t, cars, "the car is sold by MCOTS 105")
		require.NoError(t, storage.Check(tx))
		return tx.LedgerOf(1000, func(e storage.LedgerEntry) error {
			ledger = append(ledger, e)
			return nil
		})
	}))
	require.Len(t, ledger, 1)
	assert.Equal(t, storage.StarterCash, ledger[0].Kind)
	assert.EqualValues(t, 10000, ledger[0].Amount)
	assert.EqualValues(t, 10000, ledger[0].Balance)

	assert.Len(t, f.ask(list(customer)), 12+2+28+25+1)
	assert.Equal(t, taken, f.ask(validate(customer, "MARTY")))
	assert.Zero(t, f.session.Persona(), "created is not yet chosen")
}

// What the client fills in beyond customer, name and shard has no effect, and the
// stray bytes may be missing.
func TestCreateIgnoresTheRest(t *testing.T) {
	f := newFixture(t, nil)
	body := long(0, customer, "Marty", 7, 7, 7, 7, 4711,
		uint16(1), 7, "serial", 7, 7, "blob", "blob", "blob", uint8(1), 7, "key", uint16(7), shard)[12:]
	want := long(0x601, record(customer, "Marty", today, today, 1000, shard))
	assert.Equal(t, want, f.ask(long(0x507, body, "another game")))
}

// The checks come in the documented order: each request below breaks a rule and
// all later ones as well.
func TestCreateOrderOfChecks(t *testing.T) {
	f := newFixture(t, nil)
	for _, name := range []string{"Two", "Three", "Four", "Five"} {
		require.Equal(t, byte(0x01), f.ask(create(customer, name, shard))[1])
	}
	other, _ := f.stranger()
	f.World.Login(other, 2)
	bad, dup := "ElevenChars", "dr brown"

	assert.Equal(t, refused, f.ask(create(1, bad, 88)), "peer")
	assert.Equal(t, closed, f.ask(create(customer, bad, 88)), "shard")
	assert.Equal(t, closed, f.ask(create(customer, bad, 0)), "shard")
	assert.Equal(t, notAllowed, f.ask(create(customer, bad, shard)), "name")
	assert.Equal(t, limit5, f.ask(create(customer, dup, shard)), "limit")
	assert.Equal(t, taken, f.ask(create(int(other), dup, shard)), "taken")
	assert.Equal(t, taken, f.ask(create(int(other), "Auto Barn", shard)), "taken by a system player")
	assert.Equal(t, byte(0x01), f.ask(create(int(other), "Marty", shard))[1], "success")
	require.NoError(t, f.Store.View(func(tx storage.ReadTx) error {
		mine, err := tx.PersonasOf(customer)
		assert.Len(t, mine, 5)
		return err
	}))

	f.remove(customer, drBrown)
	assert.Equal(t, byte(0x01), f.ask(create(customer, "dr brown", shard))[1], "a deleted persona makes room and frees its name")
}

func TestCreateNames(t *testing.T) {
	f := newFixture(t, nil)
	for _, name := range []string{"", " Lead", "Trail ", "Tab\there", "Caf\xe9", "Eleven char"} {
		assert.Equal(t, notAllowed, f.ask(create(customer, name, shard)), "%q", name)
	}
	for i, name := range []string{"J", "Ten Chars!", "~{x}|"} {
		assert.Equal(t, long(0x601, record(customer, name, today, today, 1000+i, shard)), f.ask(create(customer, name, shard)))
	}
}

func TestCreateMalformed(t *testing.T) {
	f := newFixture(t, nil)
	whole := create(customer, "Marty", shard)[12:]
	for n := range len(whole) - 3 - len("Motor City") {
		if n%7 == 0 {
			assert.Equal(t, refused, f.ask(long(0x507, whole[:n])), "%d bytes", n)
		}
	}
	assert.Len(t, f.ask(list(customer)), 43, "nothing was created")
}

// Of many who want one name at the same time, one gets it.
func TestCreateRace(t *testing.T) {
	f := newFixture(t, nil)
	const askers = 6
	replies := make(chan []byte, askers)
	for i := range askers {
		id := f.Account(fmt.Sprintf("asker_%d", i))
		f.World.Login(id, byte(10+i))
		c := f.dial()
		go func() {
			_, _ = c.Conn.Write(create(int(id), "Marty", shard))
			raw := make([]byte, 2)
			_, _ = io.ReadFull(c.Conn, raw)
			replies <- raw
		}()
	}
	count := map[string]int{}
	for range askers {
		count[fmt.Sprintf("%x", <-replies)]++
	}
	assert.Equal(t, map[string]int{"0601": 1, "020a": askers - 1}, count)
}

func TestDelete(t *testing.T) {
	f := newFixture(t, nil)
	require.Len(t, f.ask(choose(customer, drBrown, shard)), 255)
	f.Pass(time.Minute)
	assert.Equal(t, deleted, f.ask(erase(customer, drBrown)))
	p := f.Get(drBrown)
	assert.Equal(t, f.Now(), p.Deleted)
	assert.EqualValues(t, 10000, p.Balance, "the dead row keeps what it had")
	assert.Zero(t, f.session.Persona(), "nobody plays a deleted persona")

	assert.Equal(t, unhex("0607000f010100000000000f000005"), f.ask(list(customer)))
	assert.Equal(t, refused, f.ask(choose(customer, drBrown, shard)))
	assert.Equal(t, refused, f.ask(erase(customer, drBrown)), "only once")
	assert.Equal(t, usable, f.ask(validate(customer, "Dr Brown")))
	assert.Equal(t, byte(0x01), f.ask(create(customer, "Dr Brown", shard))[1])
	assert.Equal(t, "Dr Brown", f.Get(1000).Name)
	require.NoError(t, f.Store.View(storage.Check))
}

// A driver who is in the lobby, a room or a race stays; another one of the account
// can go.
func TestDeleteWhilePlaying(t *testing.T) {
	f := newFixture(t, nil)
	f.persona(customer, "Marty", 0)
	f.playing.Store(drBrown)
	assert.Equal(t, refused, f.ask(erase(customer, drBrown)))
	assert.True(t, f.Get(drBrown).Live())
	assert.Equal(t, deleted, f.ask(erase(customer, 1000)))
	f.playing.Store(0)
	assert.Equal(t, deleted, f.ask(erase(customer, drBrown)))
}

// Thirty minutes after the last connection the address speaks for nobody any more.
func TestForgottenLogin(t *testing.T) {
	f := newFixture(t, nil)
	f.Pass(session.IdleLife)
	for name, request := range map[string][]byte{
		"list": list(customer), "choose": choose(customer, drBrown, shard), "delete": erase(customer, drBrown),
		"create": create(customer, "Marty", shard), "logout": logout(customer, drBrown), "validate": validate(customer, "Marty"),
	} {
		assert.Equal(t, refused, f.ask(request), name)
	}
	assert.True(t, f.Get(drBrown).Live())
}

func TestDeleteRefusals(t *testing.T) {
	f := newFixture(t, nil)
	other, foreign := f.stranger()
	f.World.Login(other, 2)
	f.persona(customer, "Marty", 0)
	require.Len(t, f.ask(choose(customer, 1001, shard)), 255)
	for name, request := range map[string][]byte{
		"foreign persona": erase(customer, int(foreign)), "unknown": erase(customer, 99), "persona 0": erase(customer, 0),
		"not logged in": erase(1, drBrown), "somebody else's account": erase(int(other), drBrown), "too short": long(0x512, customer),
	} {
		assert.Equal(t, refused, f.ask(request), name)
	}
	assert.True(t, f.Get(foreign).Live())
	assert.True(t, f.Get(drBrown).Live())
	assert.Equal(t, deleted, f.ask(erase(customer, drBrown)))
	assert.EqualValues(t, 1001, f.session.Persona(), "the one that is played stays")
}

// Creating and deleting drivers in turn leaves records behind; an account can do that a
// few times an hour, whatever its connections.
func TestDriversAreCreatedAtAPace(t *testing.T) {
	f := newFixtureOf(t, customer, drBrown, nil, func(o *gateway.Options) {
		o.Pace = pace.New(pace.Config{Drivers: 5}, nil)
	})
	created := 0
	for i := range 8 {
		answer := f.ask(create(customer, fmt.Sprintf("Driver%d", i), shard))
		if len(answer) <= 16 {
			break
		}
		created++
		var id uint32
		require.NoError(t, f.Store.View(func(tx storage.ReadTx) error {
			p, err := tx.PersonaByName(fmt.Sprintf("Driver%d", i))
			id = p.ID
			return err
		}))
		f.ask(erase(customer, int(id)))
	}
	assert.Equal(t, 5, created)
	assert.Equal(t, "0612", fmt.Sprintf("%x", f.ask(create(customer, "Another", shard))[:2]))
}
