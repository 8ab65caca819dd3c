// Package storage declares what the server keeps: the records and the
// transactional Store interface that every back end implements.
//
// The guarantee: everything written inside one Update is on disk when Update
// returns nil, and nothing of it is there when Update returns an error or the
// process dies before that. A View sees one consistent state. Values handed out
// are copies; changing them changes nothing until they are put back.
//
// The rules of the game (who may buy what, what it costs) are not here but in
// package game; the few rules that storage itself enforces are the uniqueness of
// names and ids. Package storagetest holds the contract tests that any
// implementation must pass; package bolt is the embedded one.
package storage

import (
	"errors"
	"io"
	"net/netip"
)

// Errors that a Store returns. Callers test them with errors.Is.
var (
	// ErrNotFound says that no record has this id or name.
	ErrNotFound = errors.New("storage: not found")
	// ErrNameTaken says that another account, or another live persona, has this
	// name; case does not count.
	ErrNameTaken = errors.New("storage: name taken")
	// ErrReadOnly says that a write was tried on a finished transaction.
	ErrReadOnly = errors.New("storage: transaction is over")
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("storage: closed")
)

// Store is the server's memory. Its methods may be called from any goroutine.
type Store interface {
	// View runs fn on a consistent snapshot and returns its error.
	View(fn func(ReadTx) error) error
	// Update runs fn in a read-write transaction. It commits and syncs when fn
	// returns nil and rolls everything back when fn returns an error or panics.
	// Updates run one after another.
	Update(fn func(Tx) error) error
	// Backup writes a complete, consistent copy of the store to w while the
	// store stays in use.
	Backup(w io.Writer) error
	// Close waits for running transactions and releases the files. Later calls
	// return ErrClosed.
	Close() error
}

// ReadTx reads records. It is valid only inside the function it was handed to.
type ReadTx interface {
	// Account returns the account with this customer id, or ErrNotFound.
	Account(id uint32) (Account, error)
	// AccountByName finds an account ignoring case, or returns ErrNotFound.
	AccountByName(name string) (Account, error)
	// AccountsLike returns the accounts whose names look like this one (LooksOf), in
	// id order.
	AccountsLike(name string) ([]Account, error)
	// Accounts calls fn for every account in id order and stops at its error.
	Accounts(fn func(Account) error) error

	// Persona returns the persona with this id, dead or alive, or ErrNotFound.
	Persona(id uint32) (Persona, error)
	// PersonaByName finds a live persona ignoring case, or returns ErrNotFound.
	PersonaByName(name string) (Persona, error)
	// PersonasLike returns the live personas whose names look like this one
	// (LooksOf), in id order.
	PersonasLike(name string) ([]Persona, error)
	// PersonasOf returns the live personas of an account, oldest first, then by
	// id.
	PersonasOf(account uint32) ([]Persona, error)
	// Personas calls fn for every persona, dead ones included, in id order and
	// stops at its error.
	Personas(fn func(Persona) error) error

	// Vehicle returns the car with this id, or ErrNotFound.
	Vehicle(id uint32) (Vehicle, error)
	// VehiclesOf returns the cars of a persona in id order.
	VehiclesOf(owner uint32) ([]Vehicle, error)

	// Part returns the part with this id, or ErrNotFound.
	Part(id uint32) (Part, error)
	// PartsOfVehicle returns all parts of a car in id order, the root part
	// (id = vehicle) included.
	PartsOfVehicle(vehicle uint32) ([]Part, error)
	// LoosePartsOf returns the parts of a persona that belong to no car, in id
	// order, those mounted below another loose part included.
	LoosePartsOf(owner uint32) ([]Part, error)

	// LedgerOf calls fn for every ledger entry of a persona, oldest first, and
	// stops at its error.
	LedgerOf(persona uint32, fn func(LedgerEntry) error) error

	// Race returns the race with this history id, or ErrNotFound.
	Race(id uint32) (Race, error)
	// Races calls fn for every race in id order and stops at its error.
	Races(fn func(Race) error) error
	// RunningRaces returns the races in the state RaceRunning in id order.
	RunningRaces() ([]Race, error)
	// RecentRaces returns the n races with the highest ids, the highest first.
	RecentRaces(n int) ([]Race, error)
	// LobbyBest returns the records of a lobby, or ErrNotFound when nobody has
	// set any.
	LobbyBest(lobby uint32) (LobbyBest, error)
	// LobbyBests calls fn for the records of every lobby in the order of their
	// numbers and stops at its error.
	LobbyBests(fn func(LobbyBest) error) error

	// Mail returns the mail with this id, or ErrNotFound.
	Mail(id uint32) (Mail, error)
	// MailsOf returns the mailbox of a persona in id order, expired mails
	// included.
	MailsOf(persona uint32) ([]Mail, error)
	// BuddiesOf returns the buddy list of a persona in the order of the buddies'
	// ids, entries of deleted personas included.
	BuddiesOf(owner uint32) ([]Buddy, error)

	// AddressBans calls fn for every banned network in the order of addresses and
	// stops at its error.
	AddressBans(fn func(AddressBan) error) error
	// Invite returns the invite with this code, or ErrNotFound.
	Invite(code string) (Invite, error)
	// Invites calls fn for every invite in the order of codes and stops at its
	// error.
	Invites(fn func(Invite) error) error

	// Blob returns a named opaque value (the imported catalog, for one), or
	// ErrNotFound.
	Blob(name string) ([]byte, error)
}

// Tx reads and writes records. Puts replace the record with the same id and keep
// all indexes right; they refuse an id of 0.
type Tx interface {
	ReadTx

	// NextAccount reserves a new customer id. The first one is 1000000.
	NextAccount() (uint32, error)
	// PutAccount stores an account. It returns ErrNameTaken when another account
	// has the name.
	PutAccount(Account) error
	// DeleteAccount removes an account. Its personas are the caller's business.
	DeleteAccount(id uint32) error

	// NextPersona reserves a new persona id. The first one is 1000; lower ids
	// belong to the system players.
	NextPersona() (uint32, error)
	// PutPersona stores a persona. It returns ErrNameTaken when another live
	// persona has the name.
	PutPersona(Persona) error

	// ReserveParts reserves n consecutive part ids and returns the first. The
	// first id of a new store is 1.
	ReserveParts(n int) (uint32, error)
	// PutPart stores a part.
	PutPart(Part) error
	// DeletePart removes a part, or returns ErrNotFound.
	DeletePart(id uint32) error
	// PutVehicle stores a car. Its root part is stored with PutPart.
	PutVehicle(Vehicle) error
	// DeleteVehicle removes a car but none of its parts, or returns ErrNotFound.
	DeleteVehicle(id uint32) error

	// AppendLedger stores a movement of money under a new id, which it returns.
	AppendLedger(LedgerEntry) (uint64, error)

	// NextRace reserves a new race history id. The first one is 1.
	NextRace() (uint32, error)
	// PutRace stores a race.
	PutRace(Race) error
	// PutLobbyBest stores the records of a lobby.
	PutLobbyBest(LobbyBest) error

	// NextMail reserves a new mail id. The first one is 1.
	NextMail() (uint32, error)
	// PutMail stores a mail.
	PutMail(Mail) error
	// DeleteMail removes a mail, or returns ErrNotFound.
	DeleteMail(id uint32) error
	// PutBuddy stores an entry of a buddy list in place of an older one of the
	// same pair.
	PutBuddy(Buddy) error
	// DeleteBuddy removes an entry of a buddy list, or returns ErrNotFound.
	DeleteBuddy(owner, persona uint32) error

	// PutAddressBan stores a ban in place of an older one of the same network.
	PutAddressBan(AddressBan) error
	// DeleteAddressBan removes the ban of a network, or returns ErrNotFound.
	DeleteAddressBan(network netip.Prefix) error
	// PutInvite stores an invite.
	PutInvite(Invite) error
	// DeleteInvite removes an invite, or returns ErrNotFound.
	DeleteInvite(code string) error

	// PutBlob stores a named opaque value; nil removes it.
	PutBlob(name string, data []byte) error
}
