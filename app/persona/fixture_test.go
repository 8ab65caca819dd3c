package persona_test

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/buddy"
	"mcos/app/gateway"
	"mcos/app/persona"
	"mcos/app/session"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/storage"
)

// The customer, persona and times of the documented examples.
const (
	customer = 654321
	drBrown  = 21
	shard    = 44
	created  = 0x66000000 // of Dr Brown
	today    = 0x66000010 // what the clock shows
)

// The answers without a body, by hand.
var (
	refused    = unhex("0602000c010100000000000c")
	usable     = unhex("0601000c010100000000000c")
	taken      = unhex("020a000c010100000000000c")
	notAllowed = unhex("0635000c010100000000000c")
	closed     = unhex("0641000c010100000000000c")
	accepted   = unhex("0207000c010100000000000c")
	deleted    = unhex("060c000c010100000000000c")
	limit5     = unhex("06120010010100000000001000000005")
	loggedOut  = unhex("02070004")
	noBuddies  = unhex("0614000e010100000000000e0000")
)

// fixture is a world with one customer who is logged in and has one persona.
type fixture struct {
	*apptest.World
	t        *testing.T
	addr     string
	session  *session.Session
	forbid   atomic.Bool // attempts
	playing  atomic.Uint32
	attempts atomic.Int32 // counted so far
}

func newFixture(t *testing.T, adjust func(*persona.Config)) *fixture {
	t.Helper()
	return newFixtureOf(t, customer, drBrown, adjust)
}

// newFixtureOf is newFixture with other ids.
func newFixtureOf(t *testing.T, customer, drBrown uint32, adjust func(*persona.Config), options ...func(*gateway.Options)) *fixture {
	t.Helper()
	f := &fixture{World: apptest.NewWorld(t, options...), t: t}
	f.Pass(time.Unix(created, 0).Sub(f.Now()))
	f.account(customer, "marty")
	f.persona(customer, "Dr Brown", drBrown)
	f.session = f.World.Login(customer, 1)
	f.Pass(time.Unix(today, 0).Sub(f.Now()))
	cfg := persona.Default()
	if adjust != nil {
		adjust(&cfg)
	}
	svc := persona.New(cfg, persona.Deps{
		Store: f.Store, Sessions: f.Sessions, Rules: f.Rules, Shard: shard,
		Attempt: func(addr netip.Addr, account uint32) bool {
			require.Equal(t, apptest.Home, addr)
			require.NotZero(t, account)
			f.attempts.Add(1)
			return !f.forbid.Load()
		},
		Playing: func(persona uint32) bool { return persona == f.playing.Load() },
	})
	buddies := buddy.New(buddy.Config{}, buddy.Deps{Store: f.Store, Own: svc.OwnPersona, Online: f.Sessions.Online, Now: f.Now})
	f.addr = f.Serve(svc.Port(buddies.PersonaRows(), 4096, time.Minute))
	return f
}

func (f *fixture) account(id uint32, name string) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error {
		return tx.PutAccount(storage.Account{ID: id, Name: name, PasswordHash: "-", Created: f.Now()})
	})
}

func (f *fixture) persona(account uint32, name string, id uint32) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error {
		_, err := f.Rules.CreatePersona(tx, account, name, shard, id)
		return err
	})
}

func (f *fixture) remove(account, id uint32) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error { return f.Rules.DeletePersona(tx, account, id) })
}

// elsewhere logs the customer in again, from another address.
func (f *fixture) elsewhere() {
	f.t.Helper()
	ticket, err := f.Sessions.Issue(customer, "marty")
	require.NoError(f.t, err)
	f.session, err = f.Sessions.Login(ticket, cipher.SessionKey{9}, netip.MustParseAddr("10.1.2.3"))
	require.NoError(f.t, err)
}

// stranger is another account with one persona; nobody has logged in to it.
func (f *fixture) stranger() (account, id uint32) {
	f.t.Helper()
	account = f.Account("biff")
	return account, f.Persona(account, "Biff")
}

func (f *fixture) dial() *apptest.Client {
	return apptest.Dial(f.t, f.addr, nps.NewLongClientOpener(4096), nps.NewLongSealer())
}

// ask sends requests on a new connection, each part in a segment of its own, and
// returns every byte that comes back.
func (f *fixture) ask(parts ...[]byte) []byte {
	f.t.Helper()
	c := f.dial()
	for _, p := range parts {
		_, err := c.Conn.Write(p)
		require.NoError(f.t, err)
	}
	require.NoError(f.t, c.Conn.(*net.TCPConn).CloseWrite())
	raw, err := io.ReadAll(c.Conn)
	require.NoError(f.t, err)
	return raw
}

// long builds a message with the 12-byte header: numbers as they are, texts behind
// their length, bytes unchanged.
func long(id uint16, fields ...any) []byte {
	b := []byte{byte(id >> 8), byte(id), 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}
	for _, field := range fields {
		switch v := field.(type) {
		case uint8:
			b = append(b, v)
		case uint16:
			b = binary.BigEndian.AppendUint16(b, v)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, v)
		case int:
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		case string:
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
		case []byte:
			b = append(b, v...)
		default:
			panic("no such field")
		}
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)))
	return b
}

// record is a game persona record, field by field (nps-login-persona 4.9).
func record(account int, name string, made, last, id, shard int) []byte {
	return long(0,
		account, name, 0, made, last, 0, id,
		uint16(0), 0, "", 0, 0, "", "", "", uint8(0), 0, "", uint16(0), shard)[12:]
}

func list(account int) []byte { return long(0x532, account) }

func choose(account, id, shard int) []byte { return long(0x503, account, id, shard) }

func logout(account, id int) []byte { return long(0x50F, account, id, shard) }

func validate(account int, name string) []byte { return long(0x533, account, name, "Motor City") }

func create(account int, name string, shard int) []byte {
	return long(0x507, record(account, name, 0, 0, 0, shard), "Motor City", []byte{0xCD, 0xCD, 0xCD})
}

func erase(account, id int) []byte { return long(0x512, account, id) }

func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}
