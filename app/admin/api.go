// Package admin holds what an operator can do with a server: accounts, drivers,
// keys, the catalog, backups and checks. API is the one list of it. Local does it
// on an open store, inside a running server or without one; the console's client
// asks a running server to do it. The command line uses whichever fits and shows
// the same results.
package admin

import (
	"context"
	"io"
	"time"

	"mcos/app/admin/doctor"
	"mcos/storage"
	"mcos/storage/catalog"
)

// CatalogBlob is the name under which the store keeps an imported catalog.
const CatalogBlob = "catalog"

// API is everything an operator can do. Errors that the operator caused are an
// *Error; all errors are written for reading.
type API interface {
	Live
	Recorder
	Moderation
	Restorer
	Backups

	// AddAccount makes an account.
	AddAccount(ctx context.Context, in NewAccount) (Account, error)
	// Accounts lists all accounts in the order of their ids.
	Accounts(ctx context.Context) ([]Account, error)
	// SetPassword gives an account a new password and ends its logins.
	SetPassword(ctx context.Context, in Password) error
	// Ban locks an account and ends its logins.
	Ban(ctx context.Context, in Ban) error
	// Unban lets an account log in again.
	Unban(ctx context.Context, account string) error
	// RemoveAccount removes an account and retires its personas.
	RemoveAccount(ctx context.Context, account string) error

	// Personas lists the living personas of one account, or of all when account
	// is empty, in the order of their ids.
	Personas(ctx context.Context, account string) ([]Persona, error)
	// Persona shows one living persona with what it owns.
	Persona(ctx context.Context, name string) (Garage, error)
	// AddPersona makes a persona, with a car when one is wished.
	AddPersona(ctx context.Context, in NewPersona) (Garage, error)
	// Grant gives a persona money, or takes some.
	Grant(ctx context.Context, in Grant) (Persona, error)
	// Rename gives a persona another name. When it is being played, its login ends:
	// the game learns names only then.
	Rename(ctx context.Context, in Rename) (Persona, error)
	// Deleted lists the personas of one account, or of all, that have been deleted, the
	// latest first.
	Deleted(ctx context.Context, account string) ([]Deleted, error)
	// RestorePersona brings a deleted persona back.
	RestorePersona(ctx context.Context, in RestorePersona) (Persona, error)

	// Keys tells about the server's keys; nothing of it is secret.
	Keys(ctx context.Context) (Keys, error)
	// ImportKey replaces the login key.
	ImportKey(ctx context.Context, in LoginKey) (Keys, error)
	// RotateKeys makes new keys.
	RotateKeys(ctx context.Context, in Rotation) (Keys, error)

	// Catalog tells which catalog is in use.
	Catalog(ctx context.Context) (Catalog, error)
	// ImportCatalog puts another catalog in use, given as the blob that
	// catalog.Tables.Encode makes.
	ImportCatalog(ctx context.Context, blob []byte) (Catalog, error)

	// Backup writes a copy of the store that restore accepts.
	Backup(ctx context.Context, w io.Writer) error
	// Check reads the whole store and lists contradictions.
	Check(ctx context.Context) (Check, error)
	// Doctor looks for what keeps players from playing.
	Doctor(ctx context.Context) (doctor.Report, error)
}

// NewAccount is an account to be made. ID 0 takes the next free customer id.
type NewAccount struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	ID       uint32 `json:"id,omitempty"`
}

// Account is an account as an operator sees it.
type Account struct {
	ID        uint32    `json:"id"` // customer id
	Name      string    `json:"name"`
	Personas  int       `json:"personas"` // living ones
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login,omitzero"`
	Banned    bool      `json:"banned"`
	BanReason string    `json:"ban_reason,omitempty"`
}

// Password is a new password for an account.
type Password struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Ban locks an account; the reason is shown to the player.
type Ban struct {
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"`
}

// NewPersona is a persona to be made. ID 0 takes the next free one, Car 0 gives
// none, Skin 0 takes a plain colour.
type NewPersona struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	ID      uint32 `json:"id,omitempty"`
	Car     uint32 `json:"car,omitempty"`  // branded part id
	Skin    uint32 `json:"skin,omitempty"` // of the car
}

// Persona is a driver as an operator sees him.
type Persona struct {
	ID        uint32    `json:"id"`
	Name      string    `json:"name"`
	Account   string    `json:"account"`
	Cash      int64     `json:"cash"` // game dollars
	Level     uint32    `json:"level"`
	Cars      int       `json:"cars"`
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login,omitzero"`
	Online    bool      `json:"online"`
	Muted     bool      `json:"muted,omitempty"` // nobody hears what he writes
}

// Garage is a persona with what it owns.
type Garage struct {
	Persona
	Stats      storage.Stats `json:"stats"`
	Vehicles   []Vehicle     `json:"vehicles"`
	LooseParts int           `json:"loose_parts"`
	// Ledger holds the newest movements of money, the newest first.
	Ledger []storage.LedgerEntry `json:"ledger"`
}

// Vehicle is a car of a persona.
type Vehicle struct {
	ID          uint32 `json:"id"`
	BrandedPart uint32 `json:"branded_part"`
	Name        string `json:"name"`  // from the catalog; empty when it does not know the car
	Class       string `json:"class"` // fat fender, shoebox or muscle; empty for none
	Skin        uint32 `json:"skin"`
	Parts       int    `json:"parts"`  // on the car, itself not counted
	Damage      uint8  `json:"damage"` // of the worst part, percent
	Repair      uint32 `json:"repair"` // what repairing all of it costs, game dollars
}

// Grant gives a persona money, or takes some when Cash is negative.
type Grant struct {
	Name string `json:"name"`
	Cash int64  `json:"cash"` // game dollars
	Note string `json:"note,omitempty"`
}

// Rename gives a persona another name.
type Rename struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// Deleted is a driver who has been deleted.
type Deleted struct {
	ID      uint32    `json:"id"`
	Name    string    `json:"name"`
	Account string    `json:"account"` // "" when it has been removed, too
	Cash    int64     `json:"cash"`
	Level   uint32    `json:"level"`
	Cars    int       `json:"cars"`
	Deleted time.Time `json:"deleted"`
	// Until is when the driver can be brought back no more; zero means never.
	Until time.Time `json:"until,omitzero"`
}

// RestorePersona names a deleted driver to be brought back: by name, or by id where several
// deleted ones had that name. As is another name, "" for the old one.
type RestorePersona struct {
	Name string `json:"name,omitempty"`
	ID   uint32 `json:"id,omitempty"`
	As   string `json:"as,omitempty"`
}

// LoginKey is a private key to be imported, in PEM form.
type LoginKey struct {
	PEM string `json:"pem"`
}

// Rotation says which keys to make anew.
type Rotation struct {
	Login       bool `json:"login"`
	Certificate bool `json:"certificate"`
	// Bits is the size of the new TLS key, 1024 or 2048, and Signature that of its
	// certificates, sha256 or sha1; 0 and "" stand for those of the configuration.
	Bits      int    `json:"bits,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// Keys describe the server's keys.
type Keys struct {
	Login      string `json:"login_fingerprint"` // start of the SHA-256 of pub.key, hex
	PubKeyFile string `json:"pub_key_file"`
	// Certificates are all of one key, the most important one first: each player is
	// shown that for the host that he is told.
	Certificates []Certificate `json:"certificates"`
}

// Certificate describes what players are told to trust.
type Certificate struct {
	File       string    `json:"file"`
	Names      []string  `json:"names"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"`
	Thumbprint string    `json:"thumbprint"` // SHA-1 as Windows shows it, upper-case hex
	Bits       int       `json:"bits"`       // size of its key
	SHA1       bool      `json:"sha1"`       // it is signed with SHA-1
	// Refused says why no player's computer will trust it; empty when it will.
	Refused string `json:"refused,omitempty"`
}

// Catalog tells which parts and cars are in use.
type Catalog struct {
	Imported bool           `json:"imported"` // false: the one that comes with the server
	Counts   catalog.Counts `json:"counts"`
	// Unknown counts the parts and cars of players that the catalog does not
	// know; the game cannot show them.
	Unknown int `json:"unknown"`
}

// Check lists the contradictions found in the store.
type Check struct {
	Problems []string `json:"problems"`
}

// Status is what a running server says about itself to everybody on its machine.
type Status struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Uptime  int64     `json:"uptime_seconds"`
	// Ports are the addresses as they are bound, by the names of --ports.
	Ports map[string]string `json:"ports"`
	// Players are the drivers in the game now.
	Players int `json:"players"`
	// Connections are open now, by service.
	Connections map[string]int `json:"connections"`
	// Messages counts the game's messages since the start.
	Messages MessageCounts `json:"messages"`
	Catalog  StatusCatalog `json:"catalog"`
	// Memory is what the server has got from the operating system, in bytes.
	Memory uint64 `json:"memory_bytes"`
	// Notes are things that an operator should know, one sentence each.
	Notes []string `json:"notes,omitempty"`
	// Alarms are things that must not stay as they are where people play.
	Alarms []string `json:"alarms,omitempty"`
	// Certificate is the SHA-1 thumbprint of the certificate as Windows shows it, and
	// LoginKey the fingerprint of the login key: who leads a game to this computer's
	// server compares what listens on the ports for players with them.
	Certificate string `json:"certificate,omitempty"`
	LoginKey    string `json:"login_key,omitempty"`
}

// MessageCounts are the game's messages since the start.
type MessageCounts struct {
	Received uint64 `json:"received"`
	Sent     uint64 `json:"sent"`
	// Unknown are the received ones that nobody knows.
	Unknown uint64 `json:"unknown"`
}

// StatusCatalog is the part of Catalog that costs nothing to tell.
type StatusCatalog struct {
	Imported bool           `json:"imported"`
	Counts   catalog.Counts `json:"counts"`
}
