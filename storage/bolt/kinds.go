package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mcos/storage"
)

// maxName is the longest name of an account, a persona or a blob, in bytes.
const maxName = 1024

// kind says everything about one kind of record that the generic code of tx.go
// needs.
type kind[T any] struct {
	name   string // for errors
	bucket bucketID
	codec  codec[T]
	// key is the record's key in its bucket.
	key func(T) []byte
	// prepare refuses what cannot be kept and brings times into the form that
	// reading gives back.
	prepare func(*T) error
	// index lists the record's index entries.
	index func(T) []indexEntry
}

// indexEntry is one entry of an index bucket: the key that leads to a record.
type indexEntry struct {
	bucket bucketID
	key    []byte
	id     uint32 // of the record
}

// decode decodes a record, naming it in errors.
func (k *kind[T]) decode(key, data []byte) (T, error) {
	rec, err := k.codec.decode(data)
	if err != nil {
		return rec, fmt.Errorf("%s %s: %w", k.name, keyText(key), err)
	}
	return rec, nil
}

var accounts = kind[storage.Account]{
	name:   "account",
	bucket: accountBucket,
	key:    func(a storage.Account) []byte { return key32(a.ID) },
	prepare: func(a *storage.Account) error {
		toUTC(&a.Created, &a.LastLogin)
		if err := checkName(a.ID, a.Name); err != nil {
			return err
		}
		return checkTexts(a.PasswordHash, a.BanReason)
	},
	index: func(a storage.Account) []indexEntry {
		return []indexEntry{
			{accountNames, nameKey(a.Name), a.ID},
			{accountLooks, append(looksKey(a.Name), key32(a.ID)...), a.ID},
		}
	},
}

var personas = kind[storage.Persona]{
	name:   "persona",
	bucket: personaBucket,
	key:    func(p storage.Persona) []byte { return key32(p.ID) },
	prepare: func(p *storage.Persona) error {
		toUTC(&p.Created, &p.LastLogin, &p.Deleted)
		if err := checkName(p.ID, p.Name); err != nil {
			return err
		}
		if err := checkTexts(p.Plate.Text, p.Description); err != nil {
			return err
		}
		return checkTexts(p.CarNumbers[:]...)
	},
	index: func(p storage.Persona) []indexEntry {
		if !p.Live() {
			return nil
		}
		return []indexEntry{
			{personaNames, nameKey(p.Name), p.ID},
			{accountPersonas, pairKey(p.Account, p.ID), p.ID},
			{personaLooks, append(looksKey(p.Name), key32(p.ID)...), p.ID},
		}
	},
}

var vehicles = kind[storage.Vehicle]{
	name:    "vehicle",
	bucket:  vehicleBucket,
	key:     func(v storage.Vehicle) []byte { return key32(v.ID) },
	prepare: func(v *storage.Vehicle) error { return checkID(v.ID) },
	index: func(v storage.Vehicle) []indexEntry {
		return []indexEntry{{ownerVehicles, pairKey(v.Owner, v.ID), v.ID}}
	},
}

var parts = kind[storage.Part]{
	name:    "part",
	bucket:  partBucket,
	key:     func(p storage.Part) []byte { return key32(p.ID) },
	prepare: func(p *storage.Part) error { return checkID(p.ID) },
	index: func(p storage.Part) []indexEntry {
		if p.Vehicle != 0 {
			return []indexEntry{{vehicleParts, pairKey(p.Vehicle, p.ID), p.ID}}
		}
		return []indexEntry{{ownerLooseParts, pairKey(p.Owner, p.ID), p.ID}}
	},
}

var ledger = kind[storage.LedgerEntry]{
	name:   "ledger entry",
	bucket: ledgerBucket,
	key:    func(e storage.LedgerEntry) []byte { return ledgerKey(e.Persona, e.ID) },
	prepare: func(e *storage.LedgerEntry) error {
		toUTC(&e.Time)
		if e.Persona == 0 {
			return fmt.Errorf("storage: persona id 0 is not allowed")
		}
		return checkTexts(string(e.Kind), e.Note)
	},
	index: func(storage.LedgerEntry) []indexEntry { return nil },
}

var races = kind[storage.Race]{
	name:   "race",
	bucket: raceBucket,
	key:    func(r storage.Race) []byte { return key32(r.ID) },
	prepare: func(r *storage.Race) error {
		toUTC(&r.Started, &r.Ended)
		if err := checkID(r.ID); err != nil {
			return err
		}
		texts := []string{string(r.State)}
		for _, racer := range r.Racers {
			texts = append(texts, string(racer.Outcome))
		}
		return checkTexts(texts...)
	},
	index: func(r storage.Race) []indexEntry {
		if r.State != storage.RaceRunning {
			return nil
		}
		return []indexEntry{{runningRaces, key32(r.ID), r.ID}}
	},
}

var lobbyBests = kind[storage.LobbyBest]{
	name:   "lobby records",
	bucket: lobbyBestBucket,
	key:    func(b storage.LobbyBest) []byte { return key32(b.Lobby) },
	prepare: func(b *storage.LobbyBest) error {
		toUTC(&b.LapAt, &b.SpeedAt)
		return checkID(b.Lobby)
	},
	index: func(storage.LobbyBest) []indexEntry { return nil },
}

var mails = kind[storage.Mail]{
	name:   "mail",
	bucket: mailBucket,
	key:    func(m storage.Mail) []byte { return key32(m.ID) },
	prepare: func(m *storage.Mail) error {
		toUTC(&m.Sent, &m.Expires)
		if err := checkID(m.ID); err != nil {
			return err
		}
		if m.To == 0 {
			return fmt.Errorf("storage: mail to persona 0 is not allowed")
		}
		return checkTexts(m.Sender, m.Title, m.Text)
	},
	index: func(m storage.Mail) []indexEntry {
		return []indexEntry{{mailboxes, pairKey(m.To, m.ID), m.ID}}
	},
}

var buddies = kind[storage.Buddy]{
	name:   "buddy",
	bucket: buddyBucket,
	key:    func(b storage.Buddy) []byte { return pairKey(b.Owner, b.Persona) },
	prepare: func(b *storage.Buddy) error {
		toUTC(&b.Added)
		return errors.Join(checkID(b.Owner), checkID(b.Persona))
	},
	index: func(storage.Buddy) []indexEntry { return nil },
}

var addressBans = kind[storage.AddressBan]{
	name:   "address ban",
	bucket: addressBanBucket,
	key:    func(b storage.AddressBan) []byte { return networkKey(b.Network) },
	prepare: func(b *storage.AddressBan) error {
		toUTC(&b.Created)
		if !b.Network.IsValid() || b.Network != b.Network.Masked() || b.Network.Addr().Is4In6() || b.Network.Addr().Zone() != "" {
			return fmt.Errorf("storage: %s is no network in its shortest form", b.Network)
		}
		return checkTexts(b.Reason)
	},
	index: func(storage.AddressBan) []indexEntry { return nil },
}

// maxCode is the longest invite code, in bytes.
const maxCode = 64

var invites = kind[storage.Invite]{
	name:   "invite",
	bucket: inviteBucket,
	key:    func(i storage.Invite) []byte { return inviteKey(i.Code) },
	prepare: func(i *storage.Invite) error {
		toUTC(&i.Created, &i.Expires)
		if folded := storage.FoldCode(i.Code); folded == "" || len(i.Code) > maxCode {
			return fmt.Errorf("storage: invite code of %d bytes, must have 1 to %d", len(i.Code), maxCode)
		}
		return checkTexts(i.Code, i.Note)
	},
	index: func(storage.Invite) []indexEntry { return nil },
}

// nameKey is the key of a name in an index.
func nameKey(name string) []byte { return []byte(storage.FoldName(name)) }

// looksKey is what the keys of names that look like this one begin with in an index:
// the looks and their length, so that none is the beginning of another.
func looksKey(name string) []byte {
	looks := storage.LooksOf(name)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(looks))), looks...) //nolint:gosec // names have a limit
}

// keyText is a record's key for people: its id, or what it is in hex.
func keyText(key []byte) string {
	if strings.HasPrefix(string(key), "code:") {
		return "with a code that is not shown"
	}
	switch len(key) {
	case 4:
		return fmt.Sprint(be32(key))
	case 8:
		return fmt.Sprintf("%d of persona %d", be32(key[4:]), be32(key))
	case 12:
		return fmt.Sprintf("%d of persona %d", be64(key[4:]), be32(key))
	}
	return fmt.Sprintf("with key %x", key)
}

func checkID(id uint32) error {
	if id == 0 {
		return fmt.Errorf("storage: id 0 is not allowed")
	}
	return nil
}

func checkName(id uint32, name string) error {
	if err := checkID(id); err != nil {
		return err
	}
	if name == "" || len(name) > maxName {
		return fmt.Errorf("storage: name of %d bytes, must have 1 to %d", len(name), maxName)
	}
	return checkTexts(name)
}

// checkTexts refuses what JSON would quietly change. The text itself stays out of
// the error, it may be a secret.
func checkTexts(texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("storage: text of %d bytes is not valid UTF-8", len(text))
		}
	}
	return nil
}

// toUTC drops the time zone and the monotonic reading, which reading would not
// give back.
func toUTC(times ...*time.Time) {
	for _, t := range times {
		*t = t.UTC().Round(0)
	}
}
