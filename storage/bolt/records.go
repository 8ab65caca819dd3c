package bolt

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"mcos/storage"
)

var (
	_ storage.ReadTx  = (*readTx)(nil)
	_ storage.Scanner = (*readTx)(nil)
	_ storage.Tx      = (*writeTx)(nil)
)

func (t *readTx) Account(id uint32) (storage.Account, error) {
	return lookup(t, &accounts, key32(id))
}

func (t *readTx) AccountByName(name string) (storage.Account, error) {
	return lookupName(t, &accounts, accountNames, name)
}

func (t *readTx) AccountsLike(name string) ([]storage.Account, error) {
	return list(t, &accounts, accountLooks, looksKey(name))
}

func (t *readTx) Accounts(fn func(storage.Account) error) error {
	return walk(t, &accounts, nil, fn)
}

func (t *readTx) Persona(id uint32) (storage.Persona, error) {
	return lookup(t, &personas, key32(id))
}

func (t *readTx) PersonaByName(name string) (storage.Persona, error) {
	return lookupName(t, &personas, personaNames, name)
}

func (t *readTx) PersonasLike(name string) ([]storage.Persona, error) {
	return list(t, &personas, personaLooks, looksKey(name))
}

func (t *readTx) PersonasOf(account uint32) ([]storage.Persona, error) {
	found, err := list(t, &personas, accountPersonas, key32(account))
	slices.SortStableFunc(found, func(a, b storage.Persona) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return found, err
}

func (t *readTx) Personas(fn func(storage.Persona) error) error {
	return walk(t, &personas, nil, fn)
}

func (t *readTx) Vehicle(id uint32) (storage.Vehicle, error) {
	return lookup(t, &vehicles, key32(id))
}

func (t *readTx) VehiclesOf(owner uint32) ([]storage.Vehicle, error) {
	return list(t, &vehicles, ownerVehicles, key32(owner))
}

// Vehicles implements storage.Scanner.
func (t *readTx) Vehicles(fn func(storage.Vehicle) error) error {
	return walk(t, &vehicles, nil, fn)
}

func (t *readTx) Part(id uint32) (storage.Part, error) {
	return lookup(t, &parts, key32(id))
}

func (t *readTx) PartsOfVehicle(vehicle uint32) ([]storage.Part, error) {
	return list(t, &parts, vehicleParts, key32(vehicle))
}

func (t *readTx) LoosePartsOf(owner uint32) ([]storage.Part, error) {
	return list(t, &parts, ownerLooseParts, key32(owner))
}

// Parts implements storage.Scanner.
func (t *readTx) Parts(fn func(storage.Part) error) error {
	return walk(t, &parts, nil, fn)
}

func (t *readTx) LedgerOf(persona uint32, fn func(storage.LedgerEntry) error) error {
	return walk(t, &ledger, key32(persona), fn)
}

func (t *readTx) Race(id uint32) (storage.Race, error) {
	return lookup(t, &races, key32(id))
}

func (t *readTx) Races(fn func(storage.Race) error) error {
	return walk(t, &races, nil, fn)
}

func (t *readTx) RunningRaces() ([]storage.Race, error) {
	return list(t, &races, runningRaces, nil)
}

func (t *readTx) RecentRaces(n int) ([]storage.Race, error) {
	return newest(t, &races, n)
}

func (t *readTx) LobbyBest(lobby uint32) (storage.LobbyBest, error) {
	return lookup(t, &lobbyBests, key32(lobby))
}

func (t *readTx) LobbyBests(fn func(storage.LobbyBest) error) error {
	return walk(t, &lobbyBests, nil, fn)
}

func (t *readTx) Mail(id uint32) (storage.Mail, error) {
	return lookup(t, &mails, key32(id))
}

func (t *readTx) MailsOf(persona uint32) ([]storage.Mail, error) {
	return list(t, &mails, mailboxes, key32(persona))
}

func (t *readTx) BuddiesOf(owner uint32) (found []storage.Buddy, err error) {
	err = walk(t, &buddies, key32(owner), func(b storage.Buddy) error {
		found = append(found, b)
		return nil
	})
	return found, err
}

func (t *readTx) AddressBans(fn func(storage.AddressBan) error) error {
	return walk(t, &addressBans, nil, fn)
}

func (t *readTx) Invite(code string) (storage.Invite, error) {
	return lookup(t, &invites, inviteKey(code))
}

func (t *readTx) Invites(fn func(storage.Invite) error) error {
	return walk(t, &invites, nil, fn)
}

func (t *readTx) Blob(name string) ([]byte, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	data := t.bucket(blobBucket).Get([]byte(name))
	if data == nil {
		return nil, fmt.Errorf("blob %q: %w", name, storage.ErrNotFound)
	}
	if len(data) == 0 || data[0] == 0 {
		return nil, fmt.Errorf("blob %q: %w: bad version byte", name, ErrCorrupt)
	}
	if data[0] > blobVersion {
		return nil, fmt.Errorf("blob %q: %w: version %d, this program knows up to %d", name, ErrNewer, data[0], blobVersion)
	}
	return bytes.Clone(data[1:]), nil
}

// blobVersion stands in front of every blob, as in front of every record.
const blobVersion = 1

func (t *writeTx) NextAccount() (uint32, error) { return t.reserve(accountBucket, 1) }

func (t *writeTx) PutAccount(a storage.Account) error { return put(t, &accounts, a) }

func (t *writeTx) DeleteAccount(id uint32) error { return remove(t, &accounts, key32(id)) }

func (t *writeTx) NextPersona() (uint32, error) { return t.reserve(personaBucket, 1) }

func (t *writeTx) PutPersona(p storage.Persona) error { return put(t, &personas, p) }

func (t *writeTx) ReserveParts(n int) (uint32, error) { return t.reserve(partBucket, n) }

func (t *writeTx) PutPart(p storage.Part) error { return put(t, &parts, p) }

func (t *writeTx) DeletePart(id uint32) error { return remove(t, &parts, key32(id)) }

func (t *writeTx) PutVehicle(v storage.Vehicle) error { return put(t, &vehicles, v) }

func (t *writeTx) DeleteVehicle(id uint32) error { return remove(t, &vehicles, key32(id)) }

func (t *writeTx) AppendLedger(e storage.LedgerEntry) (uint64, error) {
	id, err := t.nextLedger()
	if err != nil {
		return 0, err
	}
	e.ID = id
	return id, put(t, &ledger, e)
}

// nextLedger reserves a ledger id.
func (t *writeTx) nextLedger() (uint64, error) {
	if err := t.enter(); err != nil {
		return 0, err
	}
	defer t.mu.Unlock()
	t.writes++
	id, err := t.bucket(ledgerBucket).NextSequence()
	if err != nil {
		t.fail(fmt.Errorf("storage: count ledger entries: %w", err))
	}
	return id, t.failed
}

func (t *writeTx) NextRace() (uint32, error) { return t.reserve(raceBucket, 1) }

func (t *writeTx) PutRace(r storage.Race) error { return put(t, &races, r) }

func (t *writeTx) PutLobbyBest(b storage.LobbyBest) error { return put(t, &lobbyBests, b) }

func (t *writeTx) NextMail() (uint32, error) { return t.reserve(mailBucket, 1) }

func (t *writeTx) PutMail(m storage.Mail) error { return put(t, &mails, m) }

func (t *writeTx) DeleteMail(id uint32) error { return remove(t, &mails, key32(id)) }

func (t *writeTx) PutBuddy(b storage.Buddy) error { return put(t, &buddies, b) }

func (t *writeTx) DeleteBuddy(owner, persona uint32) error {
	return remove(t, &buddies, pairKey(owner, persona))
}

func (t *writeTx) PutAddressBan(b storage.AddressBan) error { return put(t, &addressBans, b) }

func (t *writeTx) DeleteAddressBan(network netip.Prefix) error {
	return remove(t, &addressBans, networkKey(network))
}

func (t *writeTx) PutInvite(i storage.Invite) error { return put(t, &invites, i) }

func (t *writeTx) DeleteInvite(code string) error { return remove(t, &invites, inviteKey(code)) }

func (t *writeTx) PutBlob(name string, data []byte) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	if name == "" || len(name) > maxName {
		return fmt.Errorf("storage: blob name of %d bytes, must have 1 to %d", len(name), maxName)
	}
	if data == nil {
		t.deleteKey(blobBucket, []byte(name))
		return t.failed
	}
	value := append(append(make([]byte, 0, 1+len(data)), blobVersion), data...)
	t.setKey(blobBucket, []byte(name), value)
	return t.failed
}
