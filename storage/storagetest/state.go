package storagetest

import (
	"errors"
	"fmt"
	"net/netip"

	"mcos/storage"
)

// State is everything that can be reached in a store, in a form that compares
// with assert.Equal. Cars and parts are those of the personas.
type State struct {
	Accounts []storage.Account
	Personas []storage.Persona
	Vehicles []storage.Vehicle
	Parts    []storage.Part
	Ledger   []storage.LedgerEntry
	Races    []storage.Race
	Running  []storage.Race
	Bests    []storage.LobbyBest
	Mails    []storage.Mail
	Buddies  []storage.Buddy
	Bans     []storage.AddressBan
	Invites  []storage.Invite
	Blobs    map[string]string
}

// ReadState reads the state of a store, with the blobs of the given names.
func ReadState(s storage.Store, blobs ...string) (State, error) {
	var state State
	err := s.View(func(tx storage.ReadTx) (err error) {
		state, err = stateOf(tx, blobs)
		return err
	})
	return state, err
}

func stateOf(tx storage.ReadTx, blobs []string) (State, error) {
	state := State{Blobs: make(map[string]string)}
	err := tx.Accounts(func(a storage.Account) error {
		state.Accounts = append(state.Accounts, a)
		return nil
	})
	if err != nil {
		return State{}, err
	}
	err = tx.Personas(func(p storage.Persona) error {
		state.Personas = append(state.Personas, p)
		return state.addOwned(tx, p.ID)
	})
	if err != nil {
		return State{}, err
	}
	if err := state.addRaces(tx); err != nil {
		return State{}, err
	}
	if err := state.addModeration(tx); err != nil {
		return State{}, err
	}
	for _, name := range blobs {
		data, err := tx.Blob(name)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return State{}, err
		}
		state.Blobs[name] = string(data)
	}
	return state, nil
}

// addOwned adds what belongs to one persona.
func (s *State) addOwned(tx storage.ReadTx, persona uint32) error {
	cars, err := tx.VehiclesOf(persona)
	if err != nil {
		return err
	}
	s.Vehicles = append(s.Vehicles, cars...)
	for _, car := range cars {
		parts, err := tx.PartsOfVehicle(car.ID)
		if err != nil {
			return err
		}
		s.Parts = append(s.Parts, parts...)
	}
	loose, err := tx.LoosePartsOf(persona)
	if err != nil {
		return err
	}
	s.Parts = append(s.Parts, loose...)
	mails, err := tx.MailsOf(persona)
	if err != nil {
		return err
	}
	s.Mails = append(s.Mails, mails...)
	buddies, err := tx.BuddiesOf(persona)
	if err != nil {
		return err
	}
	s.Buddies = append(s.Buddies, buddies...)
	return tx.LedgerOf(persona, func(e storage.LedgerEntry) error {
		s.Ledger = append(s.Ledger, e)
		return nil
	})
}

// addRaces adds the races and records.
func (s *State) addRaces(tx storage.ReadTx) (err error) {
	err = tx.Races(func(r storage.Race) error {
		s.Races = append(s.Races, r)
		return nil
	})
	if err != nil {
		return err
	}
	if s.Running, err = tx.RunningRaces(); err != nil {
		return err
	}
	return tx.LobbyBests(func(b storage.LobbyBest) error {
		s.Bests = append(s.Bests, b)
		return nil
	})
}

// addModeration adds what operators keep.
func (s *State) addModeration(tx storage.ReadTx) error {
	err := tx.AddressBans(func(b storage.AddressBan) error {
		s.Bans = append(s.Bans, b)
		return nil
	})
	if err != nil {
		return err
	}
	return tx.Invites(func(i storage.Invite) error {
		s.Invites = append(s.Invites, i)
		return nil
	})
}

// StepBlob is the blob that every Step writes its number to.
const StepBlob = "step"

// PartsPerCar is how many parts the cars of Step have.
const PartsPerCar = 41

// Step plays update number n, counted from 1, of a made-up game. Played in order
// from an empty store, the steps lead to the same states every time, each of
// which passes storage.Check. Between them they use every write there is.
func Step(tx storage.Tx, n int) error {
	if err := tx.PutBlob(StepBlob, fmt.Append(nil, n)); err != nil {
		return err
	}
	if n%5 == 1 {
		return stepJoin(tx, n)
	}
	owner := 1000 + uint32((n-1)/5)
	switch n % 5 {
	case 2:
		return stepBuy(tx, n, owner)
	case 3:
		return stepStrip(tx, n, owner)
	case 4:
		return stepScrap(tx, n, owner)
	default:
		return stepLeave(tx, n, owner)
	}
}

// stepJoin makes an account with a persona that gets its first money.
func stepJoin(tx storage.Tx, n int) error {
	account, err := tx.NextAccount()
	if err != nil {
		return err
	}
	a := storage.Account{ID: account, Name: fmt.Sprintf("Account %d", n), PasswordHash: "x", Created: day(n)}
	if err := tx.PutAccount(a); err != nil {
		return err
	}
	id, err := tx.NextPersona()
	if err != nil {
		return err
	}
	// Every third driver takes over the name of a dead one.
	p := storage.Persona{ID: id, Account: account, Name: fmt.Sprintf("Driver %d", n%15), Created: day(n)}
	return pay(tx, p, storage.StarterCash, 5000, n, 0)
}

// pay moves money of a persona and stores it.
func pay(tx storage.Tx, p storage.Persona, kind storage.LedgerKind, amount int64, n int, ref uint32) error {
	p.Balance += amount
	e := storage.LedgerEntry{Time: day(n), Persona: p.ID, Kind: kind, Amount: amount, Balance: p.Balance, Ref: ref}
	if _, err := tx.AppendLedger(e); err != nil {
		return err
	}
	return tx.PutPersona(p)
}

// stepBuy buys a car: money, the car and all its parts.
func stepBuy(tx storage.Tx, n int, owner uint32) error {
	p, err := tx.Persona(owner)
	if err != nil {
		return err
	}
	car, err := tx.ReserveParts(PartsPerCar)
	if err != nil {
		return err
	}
	if err := pay(tx, p, storage.CarPurchase, -3000, n, car); err != nil {
		return err
	}
	if err := PutCar(tx, car, owner); err != nil {
		return err
	}
	return tx.PutVehicle(storage.Vehicle{ID: car, Owner: owner, BrandedPart: 101, Skin: uint32(n)})
}

// PutCar stores the PartsPerCar parts of a car, the root part first, three levels
// deep.
func PutCar(tx storage.Tx, car, owner uint32) error {
	for i := range uint32(PartsPerCar) {
		part := storage.Part{ID: car + i, Vehicle: car, Owner: owner, BrandedPart: 101 + i}
		switch {
		case i > 8:
			part.Parent = car + i%8 + 1
		case i > 0:
			part.Parent = car
		}
		if err := tx.PutPart(part); err != nil {
			return err
		}
	}
	return nil
}

// stepStrip takes an engine with all that is mounted on it out of the car.
func stepStrip(tx storage.Tx, n int, owner uint32) error {
	cars, err := tx.VehiclesOf(owner)
	if err != nil {
		return err
	}
	car := cars[0]
	parts, err := tx.PartsOfVehicle(car.ID)
	if err != nil {
		return err
	}
	engine := car.ID + 3
	for _, part := range parts {
		if part.ID == engine {
			part.Parent = 0
		} else if part.Parent != engine {
			continue
		}
		part.Vehicle, part.Wear = 0, uint32(n)
		if err := tx.PutPart(part); err != nil {
			return err
		}
	}
	car.Delta, car.Damage = uint32(n), []byte{1, 2, byte(n)}
	if err := tx.PutVehicle(car); err != nil {
		return err
	}
	if err := stepWrite(tx, n, owner); err != nil {
		return err
	}
	return stepRace(tx, n, owner, car.ID)
}

// stepWrite writes a mail to the first persona, who becomes a buddy.
func stepWrite(tx storage.Tx, n int, owner uint32) error {
	id, err := tx.NextMail()
	if err != nil {
		return err
	}
	m := storage.Mail{ID: id, To: 1000, From: owner, Sender: "Driver", Title: "Engine", Text: "is out", Sent: day(n)}
	if err := tx.PutMail(m); err != nil || owner == 1000 {
		return err
	}
	if err := stepModerate(tx, n, owner); err != nil {
		return err
	}
	return tx.PutBuddy(storage.Buddy{Owner: owner, Persona: 1000, Added: day(n)})
}

// stepModerate bans an address and invites somebody.
func stepModerate(tx storage.Tx, n int, owner uint32) error {
	if err := tx.PutAddressBan(storage.AddressBan{Network: stepNetwork(owner), Created: day(n)}); err != nil {
		return err
	}
	return tx.PutInvite(storage.Invite{Code: stepCode(owner), Created: day(n), Uses: n})
}

func stepNetwork(owner uint32) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(owner)}), 32)
}

func stepCode(owner uint32) string { return fmt.Sprint("CODE-", owner) }

// stepForget takes back what stepWrite did, of every second persona.
func stepForget(tx storage.Tx, owner uint32) error {
	if owner%2 == 0 {
		return nil
	}
	mails, err := tx.MailsOf(1000)
	if err != nil {
		return err
	}
	if err := tx.DeleteMail(mails[len(mails)-1].ID); err != nil {
		return err
	}
	if err := tx.DeleteAddressBan(stepNetwork(owner)); err != nil {
		return err
	}
	if err := tx.DeleteInvite(stepCode(owner)); err != nil {
		return err
	}
	return tx.DeleteBuddy(owner, 1000)
}

// stepFee is what a race of Step costs and, at its end, pays.
const stepFee = 50

// stepRace starts a race of one.
func stepRace(tx storage.Tx, n int, owner, car uint32) error {
	id, err := tx.NextRace()
	if err != nil {
		return err
	}
	p, err := tx.Persona(owner)
	if err != nil {
		return err
	}
	if err := pay(tx, p, storage.EntryFee, -stepFee, n, id); err != nil {
		return err
	}
	return tx.PutRace(storage.Race{
		ID: id, Number: id, State: storage.RaceRunning, Host: owner, Started: day(n),
		Racers: []storage.Racer{{ID: owner, Vehicle: car, Human: true, Fee: stepFee}},
	})
}

// stepFinish ends the running race and notes its lap.
func stepFinish(tx storage.Tx, n int, owner uint32) error {
	r, err := tx.Race(uint32(n-1)/5 + 1)
	if err != nil {
		return err
	}
	p, err := tx.Persona(owner)
	if err != nil {
		return err
	}
	r.State, r.Ended, r.Racers[0].Won = storage.RaceSettled, day(n), stepFee
	if err := pay(tx, p, storage.Prize, stepFee, n, r.ID); err != nil {
		return err
	}
	if err := tx.PutLobbyBest(storage.LobbyBest{Lobby: 2, Lap: uint32(n), LapBy: owner, LapAt: day(n)}); err != nil {
		return err
	}
	return tx.PutRace(r)
}

// stepScrap ends the race and turns the loose parts into money.
func stepScrap(tx storage.Tx, n int, owner uint32) error {
	if err := stepFinish(tx, n, owner); err != nil {
		return err
	}
	loose, err := tx.LoosePartsOf(owner)
	if err != nil {
		return err
	}
	for _, part := range loose {
		if err := tx.DeletePart(part.ID); err != nil {
			return err
		}
	}
	p, err := tx.Persona(owner)
	if err != nil {
		return err
	}
	return pay(tx, p, storage.PartScrap, int64(len(loose))*10, n, 0)
}

// stepLeave ends a persona: of every second one the car is scrapped as well, and
// its account goes.
func stepLeave(tx storage.Tx, n int, owner uint32) error {
	p, err := tx.Persona(owner)
	if err != nil {
		return err
	}
	if err := stepForget(tx, owner); err != nil {
		return err
	}
	p.Deleted = day(n)
	if err := tx.PutPersona(p); err != nil || n%2 == 0 {
		return err
	}
	cars, err := tx.VehiclesOf(owner)
	if err != nil {
		return err
	}
	for _, car := range cars {
		parts, err := tx.PartsOfVehicle(car.ID)
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := tx.DeletePart(part.ID); err != nil {
				return err
			}
		}
		if err := tx.DeleteVehicle(car.ID); err != nil {
			return err
		}
	}
	return tx.DeleteAccount(p.Account)
}
