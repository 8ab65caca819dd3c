package admin_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/storage"
)

func TestAccounts(t *testing.T) {
	l := open(t, options(t))
	list, err := l.Accounts(ctx)
	require.NoError(t, err)
	assert.Equal(t, []admin.Account{}, list, "an empty list, not null, for JSON")

	a, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "secret"})
	require.NoError(t, err)
	assert.Equal(t, admin.Account{ID: 1000000, Name: "alice", Created: noon}, a)
	b, err := l.AddAccount(ctx, admin.NewAccount{Name: "bob", Password: "secret", ID: 77})
	require.NoError(t, err)
	assert.EqualValues(t, 77, b.ID)

	for _, tc := range []struct {
		in    admin.NewAccount
		kind  admin.Kind
		words string
	}{
		{admin.NewAccount{Name: "ALICE", Password: "x"}, admin.Conflict, `"ALICE" exists already`},
		{admin.NewAccount{Name: "carol", Password: "x", ID: 77}, admin.Conflict, "another account has this customer id"},
		{admin.NewAccount{Name: "a b", Password: "x"}, admin.Invalid, `"a b" cannot be a login name`},
		{admin.NewAccount{Name: "carol", Password: "two words"}, admin.Invalid, "none of them a space"},
		{admin.NewAccount{Name: "carol"}, admin.Invalid, "1 to 72"},
	} {
		_, err := l.AddAccount(ctx, tc.in)
		refused(t, err, tc.kind, tc.words)
	}

	require.NoError(t, l.Ban(ctx, admin.Ban{Name: "Alice", Reason: "see\nyou"}))
	list, err = l.Accounts(ctx)
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, "bob", list[0].Name, "by id")
	assert.True(t, list[1].Banned)
	assert.Equal(t, "see you", list[1].BanReason)
	require.NoError(t, l.Unban(ctx, "alice"))

	require.NoError(t, l.SetPassword(ctx, admin.Password{Name: "alice", Password: "other"}))
	_, err = l.Users.Authenticate(ctx, "alice", "other")
	require.NoError(t, err)
	refused(t, l.SetPassword(ctx, admin.Password{Name: "alice", Password: ""}), admin.Invalid, "1 to 72")

	require.NoError(t, l.RemoveAccount(ctx, "alice"))
	for _, err := range []error{
		l.SetPassword(ctx, admin.Password{Name: "alice", Password: ""}),
		l.Ban(ctx, admin.Ban{Name: "alice"}), l.Unban(ctx, "alice"), l.RemoveAccount(ctx, "alice"),
	} {
		refused(t, err, admin.NotFound, `no account is called "alice"`)
	}
}

func TestPersonas(t *testing.T) {
	l := open(t, options(t))
	for _, name := range []string{"alice", "bob"} {
		_, err := l.AddAccount(ctx, admin.NewAccount{Name: name, Password: "x"})
		require.NoError(t, err)
	}
	g, err := l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: "Speedy", Car: 104})
	require.NoError(t, err)
	assert.Equal(t, admin.Persona{
		ID: 1000, Name: "Speedy", Account: "alice", Cash: 10000, Level: 1, Cars: 1, Created: noon, LastLogin: noon,
	}, g.Persona)
	require.Len(t, g.Vehicles, 1)
	assert.EqualValues(t, 104, g.Vehicles[0].BrandedPart)
	assert.NotEmpty(t, g.Vehicles[0].Name)
	assert.NotZero(t, g.Vehicles[0].Skin, "a plain colour")
	assert.Equal(t, "shoebox", g.Vehicles[0].Class)
	assert.Equal(t, 40, g.Vehicles[0].Parts)
	assert.Zero(t, g.Vehicles[0].Damage)
	require.NoError(t, l.Store.Update(func(tx storage.Tx) error {
		for id, damage := range map[uint32]uint8{22: 50, 23: 10} { // tires with a list price of 159
			p, err := tx.Part(id)
			if err != nil {
				return err
			}
			p.Damage = damage
			if err := tx.PutPart(p); err != nil {
				return err
			}
		}
		return nil
	}))
	g, err = l.Persona(ctx, "Speedy")
	require.NoError(t, err)
	assert.EqualValues(t, 50, g.Vehicles[0].Damage, "the worst of them")
	assert.EqualValues(t, 80+16, g.Vehicles[0].Repair, "each rounded up")
	_, err = l.AddPersona(ctx, admin.NewPersona{Account: "bob", Name: "Second", ID: 4711})
	require.NoError(t, err)

	for _, tc := range []struct {
		in    admin.NewPersona
		kind  admin.Kind
		words string
	}{
		{admin.NewPersona{Account: "carol", Name: "X"}, admin.NotFound, `no account is called "carol"`},
		{admin.NewPersona{Account: "bob", Name: "speedy"}, admin.Conflict, `"speedy" exists already`},
		{admin.NewPersona{Account: "bob", Name: "far too long"}, admin.Invalid, "cannot be the name of a driver"},
		{admin.NewPersona{Account: "bob", Name: "X", ID: 4711}, admin.Conflict, "another driver has this id"},
		{admin.NewPersona{Account: "bob", Name: "X", Car: 99}, admin.Invalid, "no such car"},
		{admin.NewPersona{Account: "bob", Name: "X", Car: 104, Skin: 99999}, admin.Invalid, "no such car"},
		{admin.NewPersona{Account: "bob", Name: "X", Skin: 1}, admin.Invalid, "a skin needs a car"},
	} {
		_, err := l.AddPersona(ctx, tc.in)
		refused(t, err, tc.kind, tc.words)
	}

	list, err := l.Personas(ctx, "")
	require.NoError(t, err)
	require.Len(t, list, 2, "nothing is left of the refused ones")
	assert.Equal(t, "bob", list[1].Account)
	list, err = l.Personas(ctx, "Alice")
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.False(t, list[0].Online)
	l.Online = func(id uint32) bool { return id == 1000 }
	g, err = l.Persona(ctx, "SPEEDY")
	require.NoError(t, err)
	assert.True(t, g.Online)
	_, err = l.Personas(ctx, "carol")
	refused(t, err, admin.NotFound, "carol")
	_, err = l.Persona(ctx, "nobody")
	refused(t, err, admin.NotFound, `no driver is called "nobody"`)
}

func TestGrant(t *testing.T) {
	l := open(t, options(t))
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	_, err = l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: "Speedy"})
	require.NoError(t, err)

	p, err := l.Grant(ctx, admin.Grant{Name: "speedy", Cash: 500, Note: "prize"})
	require.NoError(t, err)
	assert.EqualValues(t, 10500, p.Cash)
	assert.Equal(t, "alice", p.Account)
	for range 12 {
		_, err = l.Grant(ctx, admin.Grant{Name: "speedy", Cash: -1})
		require.NoError(t, err)
	}
	g, err := l.Persona(ctx, "speedy")
	require.NoError(t, err)
	require.Len(t, g.Ledger, 10, "the newest only")
	assert.EqualValues(t, 10488, g.Ledger[0].Balance, "newest first")
	assert.Equal(t, "by the operator", g.Ledger[0].Note)

	_, err = l.Grant(ctx, admin.Grant{Name: "speedy", Cash: -20000})
	refused(t, err, admin.Conflict, "does not have that much")
	_, err = l.Grant(ctx, admin.Grant{Name: "speedy", Cash: 1 << 40})
	refused(t, err, admin.Conflict, "more money than the game can count")
	_, err = l.Grant(ctx, admin.Grant{Name: "speedy"})
	refused(t, err, admin.Invalid, "0 changes nothing")
	_, err = l.Grant(ctx, admin.Grant{Name: "nobody", Cash: 1})
	refused(t, err, admin.NotFound, "nobody")
	check, err := l.Check(ctx)
	require.NoError(t, err)
	assert.Equal(t, admin.Check{Problems: []string{}}, check)
}

func TestKeys(t *testing.T) {
	o := options(t)
	l := open(t, o)
	_, err := os.Stat(filepath.Join(o.Dir.Keys(), "pub.key"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing is made before it is asked for")
	k, err := l.Keys(ctx)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(o.Dir.Keys(), "pub.key"), k.PubKeyFile)
	assert.FileExists(t, k.PubKeyFile)
	require.NotEmpty(t, k.Certificates)
	public, home := k.Certificates[0], k.Certificates[len(k.Certificates)-1]
	assert.FileExists(t, public.File)
	assert.Equal(t, []string{"play.example.org"}, public.Names)
	assert.Contains(t, home.Names, "127.0.0.1")
	for _, c := range k.Certificates {
		assert.Equal(t, 1024, c.Bits)
		assert.Empty(t, c.Refused)
		assert.False(t, c.SHA1)
		assert.Len(t, c.Thumbprint, 40)
	}

	rotated, err := l.RotateKeys(ctx, admin.Rotation{Certificate: true})
	require.NoError(t, err)
	assert.Equal(t, k.Login, rotated.Login)
	assert.NotEqual(t, public.Thumbprint, rotated.Certificates[0].Thumbprint)
	rotated, err = l.RotateKeys(ctx, admin.Rotation{Certificate: true, Bits: 2048, Signature: "sha1"})
	require.NoError(t, err)
	assert.Equal(t, 2048, rotated.Certificates[0].Bits)
	assert.True(t, rotated.Certificates[0].SHA1)
	for _, in := range []admin.Rotation{{Certificate: true, Bits: 512}, {Certificate: true, Signature: "md5"}} {
		_, err = l.RotateKeys(ctx, in)
		refused(t, err, admin.Invalid, "1024 or 2048 bits")
	}
	_, err = l.RotateKeys(ctx, admin.Rotation{})
	refused(t, err, admin.Invalid, "which keys")

	imported, err := l.ImportKey(ctx, admin.LoginKey{PEM: privateKey(t, 1024)})
	require.NoError(t, err)
	assert.NotEqual(t, k.Login, imported.Login)
	for text, words := range map[string]string{
		"":                    "no key in PEM form",
		privateKey(t, 2048):   "1024 bits",
		"-----BEGIN X-----\n": "no key",
	} {
		_, err := l.ImportKey(ctx, admin.LoginKey{PEM: text})
		refused(t, err, admin.Invalid, words)
	}
	again, err := l.Keys(ctx)
	require.NoError(t, err)
	assert.Equal(t, imported, again)
}

func privateKey(t *testing.T, bits int) string {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestVerifyUsesWhatTheStoreOffers(t *testing.T) {
	sentinel := errors.New("found")
	assert.ErrorIs(t, admin.Verify(verifying{err: sentinel}), sentinel)
}

type verifying struct {
	storage.Store
	err error
}

func (v verifying) Verify() error { return v.err }

func TestCheckListsProblems(t *testing.T) {
	l := open(t, options(t))
	l.Store = verifying{l.Store, errors.Join(errors.New("one"), errors.New("two"))}
	found, err := l.Check(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"one", "two"}, found.Problems)
	require.NoError(t, l.Close())
	l.Store = verifying{l.Store, storage.ErrClosed}
	_, err = l.Check(ctx)
	assert.ErrorIs(t, err, storage.ErrClosed)
}

func TestBackupIsAStore(t *testing.T) {
	l := open(t, options(t))
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	var copied bytes.Buffer
	require.NoError(t, l.Backup(ctx, &copied))

	o := options(t)
	old, err := admin.Restore(o.Dir, bytes.NewReader(copied.Bytes()))
	require.NoError(t, err)
	assert.Empty(t, old, "there was none")
	restored := open(t, o)
	list, err := restored.Accounts(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1)

	_, err = admin.Restore(o.Dir, bytes.NewReader(copied.Bytes()))
	require.ErrorIs(t, err, admin.ErrInUse)
	require.NoError(t, restored.Close())
	old, err = admin.Restore(o.Dir, bytes.NewReader(copied.Bytes()))
	require.NoError(t, err)
	assert.FileExists(t, old)
	_, err = admin.Restore(o.Dir, bytes.NewReader(copied.Bytes()[:5000]))
	assert.ErrorContains(t, err, "cannot be used")
}
