package accounts_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/app/apptest"
	"mcos/app/passwords"
	"mcos/storage"
)

// cheap is a real hash that costs next to nothing.
var cheap = passwords.Params{MemoryKiB: 8, Time: 1, Threads: 1}

// ended records which logins were ended and why.
type ended struct {
	accounts.Sessions
	mu   sync.Mutex
	list []string
}

func (e *ended) End(account uint32, reason string) {
	e.mu.Lock()
	e.list = append(e.list, fmt.Sprintf("%d: %s", account, reason))
	e.mu.Unlock()
	e.Sessions.End(account, reason)
}

type fixture struct {
	*accounts.Service
	w     *apptest.World
	ended *ended
}

func newFixture(t *testing.T) fixture {
	w := apptest.NewWorld(t)
	e := &ended{Sessions: w.Sessions}
	return fixture{&accounts.Service{Store: w.Store, Hasher: passwords.New(cheap), Sessions: e, Now: w.Now}, w, e}
}

func (f fixture) create(name, password string) storage.Account {
	f.w.T.Helper()
	a, err := f.Create(f.w.T.Context(), name, password)
	require.NoError(f.w.T, err)
	return a
}

// stored reads an account as the store has it.
func (f fixture) stored(name string) (a storage.Account) {
	f.w.T.Helper()
	require.NoError(f.w.T, f.w.Store.View(func(tx storage.ReadTx) (err error) {
		a, err = tx.AccountByName(name)
		return err
	}))
	return a
}

// logIn makes a session of the account and reports how to see whether it lives.
func (f fixture) logIn(account uint32) (alive func() bool) {
	f.w.T.Helper()
	f.w.Login(account, 1)
	return func() bool { return f.w.Sessions.ByAccount(account) != nil }
}

func TestCreate(t *testing.T) {
	f := newFixture(t)
	first := f.create("Marty", "hoverboard")
	assert.Equal(t, uint32(1000000), first.ID, "the first customer id")
	assert.Equal(t, "Marty", first.Name)
	assert.Equal(t, f.Now(), first.Created)
	assert.Equal(t, time.UTC, first.Created.Location())
	assert.False(t, first.Banned)
	assert.True(t, strings.HasPrefix(first.PasswordHash, "$argon2id$v=19$m=8,t=1,p=1$"), first.PasswordHash)
	assert.NotContains(t, first.PasswordHash, "hoverboard")
	assert.Equal(t, first, f.stored("MARTY"))

	second := f.create("Biff", "hoverboard")
	assert.Equal(t, uint32(1000001), second.ID)
	assert.NotEqual(t, first.PasswordHash, second.PasswordHash, "each hash has a salt of its own")

	list, err := f.List()
	require.NoError(t, err)
	assert.Equal(t, []storage.Account{first, second}, list)
}

func TestNames(t *testing.T) {
	cases := map[string]bool{
		"abc": true, "A_1": true, "___": true, strings.Repeat("x", 32): true,
		"": false, "ab": false, strings.Repeat("x", 33): false,
		"with space": false, "dash-ed": false, "dot.ted": false, "émile": false, "abc\n": false, "\nabc": false, "a=b&c": false,
	}
	f := newFixture(t)
	for name, good := range cases {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			_, err := f.Create(t.Context(), name, "password")
			if good {
				require.NoError(t, accounts.ValidName(name))
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, accounts.ValidName(name), accounts.ErrName)
			require.ErrorIs(t, err, accounts.ErrName)
		})
	}
	list, err := f.List()
	require.NoError(t, err)
	assert.Len(t, list, 4)
}

func TestPasswordForms(t *testing.T) {
	cases := map[string]bool{
		"!": true, "~": true, strings.Repeat("p", 72): true,
		"": false, strings.Repeat("p", 73): false, "a b": false, "tab\t": false, "caf\u00e9": false, "\x7f": false,
	}
	f := newFixture(t)
	n := 0
	for password, good := range cases {
		n++
		name := fmt.Sprintf("user_%d", n)
		_, err := f.Create(t.Context(), name, password)
		if !good {
			require.ErrorIs(t, err, passwords.ErrForm, "%q", password)
			continue
		}
		require.NoError(t, err, "%q", password)
		_, err = f.Authenticate(t.Context(), name, password)
		require.NoError(t, err, "%q", password)
	}
	list, err := f.List()
	require.NoError(t, err)
	assert.Len(t, list, 3)
}

// Nobody can tell these apart who reads a name out to the operator.
func TestNamesThatLookLikeOthersAreRefused(t *testing.T) {
	f := newFixture(t)
	f.create("Lola10", "hoverboard")
	for _, name := range []string{"LoIa10", "1ola1o", "iolaio"} {
		_, err := f.Create(t.Context(), name, "hoverboard")
		require.ErrorIs(t, err, storage.ErrNameTaken, name)
		_, err = f.CreateWithID(t.Context(), 77, name, "hoverboard")
		require.ErrorIs(t, err, storage.ErrNameTaken, name)
		_, err = f.Authenticate(t.Context(), name, "hoverboard")
		require.ErrorIs(t, err, accounts.ErrWrong, "signing in goes by the exact name")
	}
	f.create("Lola11", "hoverboard")
}

func TestNamesAreUniqueIgnoringCase(t *testing.T) {
	f := newFixture(t)
	f.create("Marty", "hoverboard")
	_, err := f.Create(t.Context(), "mARTY", "other")
	require.ErrorIs(t, err, storage.ErrNameTaken)
	_, err = f.CreateWithID(t.Context(), 77, "marty", "other")
	require.ErrorIs(t, err, storage.ErrNameTaken)
}

func TestOneNameIsGivenOnceWhenManyAsk(t *testing.T) {
	f := newFixture(t)
	const askers = 8
	results := make(chan error, askers)
	for range askers {
		go func() {
			_, err := f.Create(t.Context(), "Marty", "hoverboard")
			results <- err
		}()
	}
	made := 0
	for range askers {
		if err := <-results; err == nil {
			made++
		} else {
			require.ErrorIs(t, err, storage.ErrNameTaken)
		}
	}
	assert.Equal(t, 1, made)
}

func TestCreateWithID(t *testing.T) {
	f := newFixture(t)
	a, err := f.CreateWithID(t.Context(), 5551212, "Marty", "hoverboard")
	require.NoError(t, err)
	assert.Equal(t, uint32(5551212), a.ID)
	assert.Equal(t, a, f.stored("Marty"))

	_, err = f.CreateWithID(t.Context(), 5551212, "Biff", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrID)
	_, err = f.CreateWithID(t.Context(), math.MaxInt32+1, "Biff", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrIDRange)
	a, err = f.CreateWithID(t.Context(), math.MaxInt32, "Biff", "hoverboard")
	require.NoError(t, err)
	assert.Equal(t, uint32(math.MaxInt32), a.ID)
}

// The sequence of ids steps over those that the operator has given out.
func TestNextIDSkipsTakenOnes(t *testing.T) {
	f := newFixture(t)
	for _, id := range []uint32{1000000, 1000001} {
		_, err := f.CreateWithID(t.Context(), id, fmt.Sprintf("moved_%d", id), "hoverboard")
		require.NoError(t, err)
	}
	assert.Equal(t, uint32(1000002), f.create("Marty", "hoverboard").ID)
}

func TestAuthenticate(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	a, err := f.Authenticate(t.Context(), "mArTy", "hoverboard")
	require.NoError(t, err)
	assert.Equal(t, made, a)

	for _, wrong := range [][2]string{
		{"Marty", "Hoverboard"}, {"Marty", ""}, {"Marty", strings.Repeat("x", 1000)},
		{"Biff", "hoverboard"}, {"", ""}, {"Marty ", "hoverboard"},
	} {
		got, err := f.Authenticate(t.Context(), wrong[0], wrong[1])
		require.ErrorIs(t, err, accounts.ErrWrong, "%q", wrong)
		assert.Zero(t, got)
	}
}

func TestBan(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	alive := f.logIn(made.ID)
	ticket, err := f.w.Sessions.Issue(made.ID, "Marty")
	require.NoError(t, err)
	require.True(t, alive())

	require.NoError(t, f.Ban("marty", "  drove \r\n Reasontext=too\tfast "))
	assert.False(t, alive(), "the login ends with the ban")
	_, err = f.w.Sessions.TicketAccount(ticket, apptest.Home)
	require.Error(t, err, "tickets end with the ban")
	assert.Equal(t, "drove Reasontext=too fast", f.stored("Marty").BanReason, "one line for the web answer")

	_, err = f.Authenticate(t.Context(), "Marty", "hoverboard")
	var banned *accounts.BannedError
	require.ErrorAs(t, err, &banned)
	assert.Equal(t, "this login is locked: drove Reasontext=too fast", banned.Error())
	_, err = f.Authenticate(t.Context(), "Marty", "wrong")
	require.ErrorIs(t, err, accounts.ErrWrong, "a stranger does not learn of the ban")

	require.NoError(t, f.Unban("MARTY"))
	a, err := f.Authenticate(t.Context(), "Marty", "hoverboard")
	require.NoError(t, err)
	assert.Equal(t, made, a, "nothing of the ban is left")
	assert.Equal(t, []string{"1000000: banned"}, f.ended.list, "lifting a ban ends nothing")

	require.NoError(t, f.Ban("Marty", ""))
	_, err = f.Authenticate(t.Context(), "Marty", "hoverboard")
	require.EqualError(t, err, "this login is locked")
}

func TestSetPassword(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	alive := f.logIn(made.ID)
	require.NoError(t, f.SetPassword(t.Context(), "MARTY", "flux"))
	assert.False(t, alive(), "whoever knew the old password is out")
	_, err := f.Authenticate(t.Context(), "Marty", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrWrong)
	a, err := f.Authenticate(t.Context(), "Marty", "flux")
	require.NoError(t, err)
	assert.Equal(t, made.ID, a.ID)

	alive = f.logIn(made.ID)
	require.ErrorIs(t, f.SetPassword(t.Context(), "Marty", "two words"), passwords.ErrForm)
	assert.True(t, alive(), "nothing has changed")
	_, err = f.Authenticate(t.Context(), "Marty", "flux")
	require.NoError(t, err)
}

func TestRemove(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	ids := []uint32{f.w.Persona(made.ID, "Marty"), f.w.Persona(made.ID, "Calvin")}
	other := f.create("Biff", "almanac")
	stays := f.w.Persona(other.ID, "Biff")
	alive := f.logIn(made.ID)
	f.w.Pass(time.Hour)

	require.NoError(t, f.Remove("mArTy"))
	assert.False(t, alive())
	assert.Equal(t, []string{"1000000: the account was removed"}, f.ended.list)
	_, err := f.Authenticate(t.Context(), "Marty", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrWrong)
	for _, id := range ids {
		p := f.w.Get(id)
		assert.Equal(t, f.Now(), p.Deleted)
		assert.EqualValues(t, 10000, p.Balance, "money and cars stay with the dead row")
	}
	assert.True(t, f.w.Get(stays).Live())
	require.NoError(t, f.w.Store.View(func(tx storage.ReadTx) error {
		list, err := tx.PersonasOf(made.ID)
		assert.Empty(t, list)
		return errors.Join(err, f.w.Rules.NameFree(tx, "Marty"), f.w.Rules.NameFree(tx, "Calvin"), storage.Check(tx))
	}))
	list, err := f.List()
	require.NoError(t, err)
	assert.Equal(t, []storage.Account{other}, list)

	again := f.create("Marty", "hoverboard")
	assert.Equal(t, uint32(1000002), again.ID, "an id is never given twice")
}

func TestUnknownAccounts(t *testing.T) {
	f := newFixture(t)
	for name, err := range map[string]error{
		"Ban": f.Ban("Nobody", "x"), "Unban": f.Unban("Nobody"), "Remove": f.Remove("Nobody"),
		"SetPassword": f.SetPassword(t.Context(), "Nobody", "flux"),
	} {
		require.ErrorIs(t, err, storage.ErrNotFound, name)
		assert.Contains(t, err.Error(), `"Nobody"`, name)
	}
	assert.Empty(t, f.ended.list)
}

// What the store cannot do comes through and changes nothing.
func TestStoreFailures(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	alive := f.logIn(made.ID)
	f.Service.Store = broken{f.w.Store}
	_, err := f.Create(t.Context(), "Biff", "almanac")
	require.ErrorIs(t, err, errBroken)
	_, err = f.CreateWithID(t.Context(), 7, "Biff", "almanac")
	require.ErrorIs(t, err, errBroken)
	_, err = f.Authenticate(t.Context(), "Marty", "hoverboard")
	require.ErrorIs(t, err, errBroken)
	_, err = f.List()
	require.ErrorIs(t, err, errBroken)
	require.ErrorIs(t, f.Ban("Marty", ""), errBroken)
	require.ErrorIs(t, f.Remove("Marty"), errBroken)
	require.ErrorIs(t, f.SetPassword(t.Context(), "Marty", "flux"), errBroken)
	assert.True(t, alive(), "no login ends for a change that was not stored")
}

var errBroken = errors.New("the disk is gone")

// broken is a store that fails.
type broken struct{ storage.Store }

func (broken) View(func(storage.ReadTx) error) error { return errBroken }
func (broken) Update(func(storage.Tx) error) error   { return errBroken }

func TestComputerPlayers(t *testing.T) {
	s := newFixture(t)
	for _, name := range []string{"computer_Rusty", "Computer_x", "COMPUTER_"} {
		_, err := s.Create(t.Context(), name, "1.21gigawatts")
		assert.ErrorIs(t, err, accounts.ErrReserved, name)
	}
	login, err := s.Computer(t.Context(), "Mr. Ö", "first")
	require.NoError(t, err)
	assert.Equal(t, "computer_Mr___", login)
	first, err := s.Authenticate(t.Context(), login, "first")
	require.NoError(t, err)
	again, err := s.Computer(t.Context(), "Mr. Ö", "second")
	require.NoError(t, err)
	assert.Equal(t, login, again)
	_, err = s.Authenticate(t.Context(), login, "first")
	assert.ErrorIs(t, err, accounts.ErrWrong)
	second, err := s.Authenticate(t.Context(), login, "second")
	require.NoError(t, err)
	assert.Equal(t, first.ID, second.ID)
}
