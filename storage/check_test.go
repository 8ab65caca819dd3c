package storage_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// world is a store of plain slices, in which everything can be wrong. Its lists
// follow the records unless an override says otherwise.
type world struct {
	storage.ReadTx // nil: Check uses only the methods below

	personas []storage.Persona
	vehicles []storage.Vehicle
	parts    []storage.Part
	ledger   []storage.LedgerEntry
	races    []storage.Race
	mails    []storage.Mail
	buddies  []storage.Buddy

	byName     map[string]uint32                // overrides PersonaByName
	looseOf    map[uint32][]storage.Part        // overrides LoosePartsOf
	partsOf    map[uint32][]storage.Part        // overrides PartsOfVehicle
	vehiclesOf map[uint32][]storage.Vehicle     // overrides VehiclesOf
	ledgerOf   map[uint32][]storage.LedgerEntry // overrides LedgerOf
	mailsOf    map[uint32][]storage.Mail        // overrides MailsOf
	buddiesOf  map[uint32][]storage.Buddy       // overrides BuddiesOf
	fail       map[string]error                 // method name to error
}

func (w *world) Personas(fn func(storage.Persona) error) error {
	return each(w.personas, fn, w.fail["Personas"])
}

func (w *world) Races(fn func(storage.Race) error) error {
	return each(w.races, fn, w.fail["Races"])
}

func (w *world) PersonaByName(name string) (storage.Persona, error) {
	if err := w.fail["PersonaByName"]; err != nil {
		return storage.Persona{}, err
	}
	id, overridden := w.byName[name]
	for _, p := range w.personas {
		if overridden && p.ID == id || !overridden && p.Live() && strings.EqualFold(p.Name, name) {
			return p, nil
		}
	}
	return storage.Persona{}, storage.ErrNotFound
}

func (w *world) LedgerOf(persona uint32, fn func(storage.LedgerEntry) error) error {
	if list, ok := w.ledgerOf[persona]; ok {
		return each(list, fn, nil)
	}
	own := where(w.ledger, func(e storage.LedgerEntry) bool { return e.Persona == persona })
	return each(own, fn, w.fail["LedgerOf"])
}

func (w *world) Vehicle(id uint32) (storage.Vehicle, error) {
	return one(w.vehicles, func(v storage.Vehicle) bool { return v.ID == id }, w.fail["Vehicle"])
}

func (w *world) VehiclesOf(owner uint32) ([]storage.Vehicle, error) {
	if list, ok := w.vehiclesOf[owner]; ok {
		return list, nil
	}
	return where(w.vehicles, func(v storage.Vehicle) bool { return v.Owner == owner }), w.fail["VehiclesOf"]
}

func (w *world) Part(id uint32) (storage.Part, error) {
	return one(w.parts, func(p storage.Part) bool { return p.ID == id }, w.fail["Part"])
}

func (w *world) PartsOfVehicle(vehicle uint32) ([]storage.Part, error) {
	if list, ok := w.partsOf[vehicle]; ok {
		return list, nil
	}
	return where(w.parts, func(p storage.Part) bool { return p.Vehicle == vehicle }), w.fail["PartsOfVehicle"]
}

func (w *world) LoosePartsOf(owner uint32) ([]storage.Part, error) {
	if list, ok := w.looseOf[owner]; ok {
		return list, nil
	}
	return where(w.parts, func(p storage.Part) bool { return p.Vehicle == 0 && p.Owner == owner }), w.fail["LoosePartsOf"]
}

func (w *world) MailsOf(persona uint32) ([]storage.Mail, error) {
	if list, ok := w.mailsOf[persona]; ok {
		return list, nil
	}
	return where(w.mails, func(m storage.Mail) bool { return m.To == persona }), w.fail["MailsOf"]
}

func (w *world) BuddiesOf(owner uint32) ([]storage.Buddy, error) {
	if list, ok := w.buddiesOf[owner]; ok {
		return list, nil
	}
	return where(w.buddies, func(b storage.Buddy) bool { return b.Owner == owner }), w.fail["BuddiesOf"]
}

// scanned is a world that can also be walked as a whole.
type scanned struct{ *world }

func (s scanned) Vehicles(fn func(storage.Vehicle) error) error {
	return each(s.vehicles, fn, s.fail["Vehicles"])
}

func (s scanned) Parts(fn func(storage.Part) error) error {
	return each(s.parts, fn, s.fail["Parts"])
}

func each[T any](list []T, fn func(T) error, fail error) error {
	for _, rec := range list {
		if err := fn(rec); err != nil {
			return err
		}
	}
	return fail
}

func where[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(rec T) bool { return !keep(rec) })
}

func one[T any](list []T, match func(T) bool, fail error) (T, error) {
	i := slices.IndexFunc(list, match)
	if i < 0 || fail != nil {
		var zero T
		return zero, cmpOr(fail, storage.ErrNotFound)
	}
	return list[i], nil
}

func cmpOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// soundWorld has a rich persona 1000 with car 1 (parts 1 to 4), a loose engine 5
// with part 6 mounted on it, a poor persona 1001 with nothing, and a dead persona
// 1002 whose name is in use again and who still owns car 7.
func soundWorld() *world {
	return &world{
		personas: []storage.Persona{
			{ID: 1000, Name: "Rich", Balance: 700},
			{ID: 1001, Name: "Poor"},
			{ID: 1002, Name: "RICH", Deleted: time.Unix(1e9, 0)},
		},
		vehicles: []storage.Vehicle{
			{ID: 1, Owner: 1000, BrandedPart: 101},
			{ID: 7, Owner: 1002, BrandedPart: 101},
		},
		parts: []storage.Part{
			{ID: 1, Vehicle: 1, Owner: 1000, BrandedPart: 101},
			{ID: 2, Parent: 1, Vehicle: 1, Owner: 1000, BrandedPart: 102},
			{ID: 3, Parent: 2, Vehicle: 1, Owner: 1000, BrandedPart: 103},
			{ID: 4, Parent: 2, Vehicle: 1, Owner: 1000, BrandedPart: 104, Damage: 100},
			{ID: 5, Owner: 1000, BrandedPart: 105},
			{ID: 6, Parent: 5, Owner: 1000, BrandedPart: 106},
			{ID: 7, Vehicle: 7, Owner: 1002, BrandedPart: 101},
		},
		ledger: []storage.LedgerEntry{
			{ID: 1, Persona: 1000, Amount: 1000, Balance: 1000},
			{ID: 2, Persona: 1000, Amount: -300, Balance: 700},
		},
		mails: []storage.Mail{
			{ID: 1, To: 1000, From: 1001, Sender: "Poor", Title: strings.Repeat("t", 60), Text: strings.Repeat("x", 510)},
			{ID: 2, To: 1002},
		},
		buddies: []storage.Buddy{{Owner: 1000, Persona: 1001}, {Owner: 1001, Persona: 1002}},
	}
}

// racingWorld is a soundWorld in which Rich has paid 100 for running race 5 with
// car 1, after race 4 was settled: 50 paid, 20 of it returned, 180 and 90 won; and
// race 3 was cancelled.
func racingWorld() *world {
	w := soundWorld()
	balance := int64(700)
	for _, e := range []storage.LedgerEntry{
		{Kind: storage.EntryFee, Amount: -70, Ref: 3}, {Kind: storage.FeeReturn, Amount: 70, Ref: 3},
		{Kind: storage.EntryFee, Amount: -50, Ref: 4}, {Kind: storage.FeeReturn, Amount: 20, Ref: 4},
		{Kind: storage.Prize, Amount: 180, Ref: 4}, {Kind: storage.RankBonus, Amount: 90, Ref: 4},
		{Kind: storage.EntryFee, Amount: -100, Ref: 5}, {Kind: storage.PartBuy, Ref: 5},
	} {
		balance += e.Amount
		e.ID, e.Persona, e.Balance = uint64(len(w.ledger)+1), 1000, balance
		w.ledger = append(w.ledger, e)
	}
	w.personas[0].Balance = balance
	over := time.Unix(1e9, 0)
	racer := func(fee, returned, won int64) []storage.Racer {
		return []storage.Racer{{ID: 1000, Vehicle: 1, Human: true, Fee: fee, Returned: returned, Won: won}, {ID: 9}}
	}
	w.races = []storage.Race{
		{ID: 3, State: storage.RaceCancelled, Ended: over, Racers: racer(70, 70, 0)},
		{ID: 4, State: storage.RaceSettled, Ended: over, Racers: racer(50, 20, 270)},
		{ID: 5, State: storage.RaceRunning, Racers: racer(100, 0, 0)},
		{ID: 6, State: storage.RaceRunning, Sponsor: 1, Racers: []storage.Racer{{ID: 1001, Vehicle: 1, Human: true}}},
	}
	return w
}

func TestCheckFindsInRaces(t *testing.T) {
	require.NoError(t, storage.Check(racingWorld()))
	tests := map[string]struct {
		spoil func(*world)
		want  string
	}{
		"fee not in the ledger":    {func(w *world) { w.races[3].Racers[0].Fee = 5 }, "race 6, persona 1001: fee 5, returned 0, won 0, but the ledger has 0, 0 and 0"},
		"fee not in the record":    {func(w *world) { w.races[2].Racers[0].Fee = 99 }, "race 5, persona 1000: fee 99, returned 0, won 0, but the ledger has 100, 0 and 0"},
		"prize not in the ledger":  {func(w *world) { w.races[1].Racers[0].Won = 0 }, "race 4, persona 1000: fee 50, returned 20, won 0, but the ledger has 50, 20 and 270"},
		"return not in the ledger": {func(w *world) { w.races[1].Racers[0].Returned = 50 }, "race 4, persona 1000: fee 50, returned 50, won 270, but the ledger has 50, 20 and 270"},
		"paid while it runs": {func(w *world) {
			w.races[1].State, w.races[1].Ended = storage.RaceRunning, time.Time{}
			w.races = w.races[:2]
			w.ledger = w.ledger[:8]
			w.personas[0].Balance = 940
		},
			"race 4: is running and persona 1000 has got 20 back and won 270"},
		"cancelled and kept": {func(w *world) { w.races[1].State = storage.RaceCancelled },
			"race 4: is cancelled and persona 1000 has paid 50, got back 20 and won 270"},
		"ended and running":  {func(w *world) { w.races[2].Ended = time.Unix(1, 0).UTC() }, "race 5: is running and has the end 1970-01-01 00:00:01 +0000 UTC"},
		"no race":            {func(w *world) { w.races = append(w.races[:1:1], w.races[2:]...) }, "persona 1000: has ledger entries for race 4, in which it is no racer"},
		"machine with money": {func(w *world) { w.races[1].Racers[1].Won = 3 }, "race 4: computer driver 9 has paid 0, got back 0 and won 3"},
		"car at stake twice": {func(w *world) { w.races[2].PinkSlip, w.races[3].PinkSlip = true, true }, "race 6: vehicle 1 is at stake in running race 5 as well"},
		"won with nothing": {func(w *world) { w.races[1].Racers[0].Void = true },
			"race 4: the result of persona 1000 does not count, and it won 270, prize 0 and 0 points"},
		"unknown state":        {func(w *world) { w.races[1].State = "over" }, `race 4: has the unknown state "over"`},
		"the same racer twice": {func(w *world) { w.races[2].Racers[1] = w.races[2].Racers[0]; w.races[2].Racers[1].Vehicle = 0 }, "race 5, persona 1000: fee 100, returned 0, won 0, but the ledger has 0, 0 and 0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := racingWorld()
			tt.spoil(w)
			require.EqualError(t, storage.Check(w), tt.want)
		})
	}
}

func TestCheckSound(t *testing.T) {
	require.NoError(t, storage.Check(soundWorld()))
	require.NoError(t, storage.Check(scanned{soundWorld()}))
	require.NoError(t, storage.Check(&world{}))
}

func TestCheckFinds(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*world)
		want  []string // every violation, in order
	}{
		{"negative balance", func(w *world) {
			w.personas[1].Balance = -5
			w.ledger = append(w.ledger, storage.LedgerEntry{ID: 3, Persona: 1001, Amount: -5, Balance: -5})
		}, []string{
			"persona 1001: balance -5 is negative",
			"ledger entry 3 of persona 1001: balance -5 is negative",
		}},
		{"balance without ledger", func(w *world) { w.personas[1].Balance = 1 },
			[]string{"persona 1001: balance 1, but its ledger sums to 0"}},
		{"ledger without balance", func(w *world) { w.personas[0].Balance = 1000 },
			[]string{"persona 1000: balance 1000, but its ledger sums to 700"}},
		{"money of a dead persona", func(w *world) { w.personas[2].Balance = 9 },
			[]string{"persona 1002: balance 9, but its ledger sums to 0"}},
		{"wrong running balance", func(w *world) { w.ledger[0].Balance = 999 },
			[]string{"ledger entry 1 of persona 1000: balance 999, but the entries so far sum to 1000"}},
		{"ledger out of order", func(w *world) { w.ledger[1].ID = 1 },
			[]string{"ledger entry 1 of persona 1000: follows entry 1"}},
		{"foreign ledger entry", func(w *world) {
			w.ledgerOf = map[uint32][]storage.LedgerEntry{1001: {{ID: 9, Persona: 1000}}}
		}, []string{"ledger entry 9: is listed for persona 1001 and belongs to 1000"}},
		{"two live personas of a name", func(w *world) { w.personas[2].Deleted = time.Time{} },
			[]string{`persona 1002: shares its name "RICH" with persona 1000`}},
		{"name index empty", func(w *world) { w.byName = map[string]uint32{"Poor": 1} },
			[]string{`persona 1001: is not found by its name "Poor"`}},
		{"name index wrong", func(w *world) { w.byName = map[string]uint32{"Poor": 1000} },
			[]string{`persona 1001: its name "Poor" leads to persona 1000`}},
		{"name index to the dead", func(w *world) { w.byName = map[string]uint32{"Rich": 1002} },
			[]string{`persona 1000: its name "Rich" leads to persona 1002`}},
		{"part without persona", func(w *world) { w.parts[3].Owner = 5 }, []string{
			"part 4: its owner, persona 5, does not exist",
			"part 4: belongs to persona 5, its parent, part 2, to 1000",
		}},
		{"parent of another owner", func(w *world) { w.parts[5].Owner = 1001 },
			[]string{"part 6: belongs to persona 1001, its parent, part 5, to 1000"}},
		{"missing parent", func(w *world) { w.parts[5].Parent = 77 },
			[]string{"part 6: its parent, part 77, does not exist"}},
		{"part is its own parent", func(w *world) { w.parts[4].Parent = 5 },
			[]string{"part 5: is mounted on itself, in a circle of parts"}},
		{"circle of two with a tail", func(w *world) {
			w.parts[4].Parent = 6
			w.parts = append(w.parts, storage.Part{ID: 8, Parent: 6, Owner: 1000})
		}, []string{"part 5: is mounted on itself, in a circle of parts"}},
		{"loose part below a car", func(w *world) { w.parts[3].Vehicle = 0 },
			[]string{"part 4: says it belongs to vehicle 0, its topmost part 1 to 1"}},
		{"mounted part below a loose one", func(w *world) { w.parts[5].Vehicle = 1 },
			[]string{"part 6: says it belongs to vehicle 1, its topmost part 5 to 0"}},
		{"part of a car mounted on nothing", func(w *world) { w.parts[3].Parent = 0 },
			[]string{"part 4: is mounted on nothing and says it belongs to vehicle 1"}},
		{"part below a part of another car", func(w *world) { w.parts[3].Parent, w.parts[3].Owner = 7, 1002 },
			[]string{"part 4: says it belongs to vehicle 1, its topmost part 7 to 7"}},
		{"damage over 100", func(w *world) { w.parts[5].Damage = 101 },
			[]string{"part 6: damage of 101 percent"}},
		{"damage blob too long", func(w *world) { w.vehicles[0].Damage = make([]byte, 2001) },
			[]string{"vehicle 1: damage blob of 2001 bytes, at most 2000"}},
		{"car without root part", func(w *world) { w.parts = w.parts[:6] },
			[]string{"vehicle 7: has no root part"}},
		{"root part of another owner", func(w *world) { w.parts[6].Owner = 1001 },
			[]string{"vehicle 7: belongs to persona 1002, its root part to 1001"}},
		{"root part of another brand", func(w *world) { w.parts[6].BrandedPart = 5 },
			[]string{"vehicle 7: is branded part 101, its root part 5"}},
		{"root part loose", func(w *world) { w.parts[6].Vehicle = 0 },
			[]string{"vehicle 7: its root part says it belongs to vehicle 0"}},
		{"root part mounted", func(w *world) {
			w.parts = append(w.parts, storage.Part{ID: 9, Owner: 1002})
			w.parts[6].Parent = 9
		}, []string{
			"vehicle 7: its root part is mounted on part 9",
			"part 7: says it belongs to vehicle 7, its topmost part 9 to 0",
		}},
		{"wrong lists", func(w *world) {
			w.vehiclesOf = map[uint32][]storage.Vehicle{1001: {w.vehicles[0]}}
			w.partsOf = map[uint32][]storage.Part{7: {w.parts[6], w.parts[1]}}
			w.looseOf = map[uint32][]storage.Part{1001: {w.parts[5]}}
		}, []string{
			"vehicle 1: is listed for persona 1001 and belongs to 1000",
			"part 6: is listed as a loose part of persona 1001 and belongs to persona 1000, vehicle 0",
			"part 2: is listed for vehicle 7 and belongs to 1",
		}},
		{"mail with long texts", func(w *world) { w.mails[0].Title += "t" },
			[]string{"mail 1: texts of 4, 61 and 510 bytes, at most 100, 60 and 510"}},
		{"mail in another mailbox", func(w *world) { w.mailsOf = map[uint32][]storage.Mail{1001: {w.mails[1]}} },
			[]string{"mail 2: is listed for persona 1001 and belongs to 1002"}},
		{"one's own buddy", func(w *world) { w.buddies[0].Persona = 1000 },
			[]string{"buddy 1000: is on its own list"}},
		{"buddy nobody knows", func(w *world) { w.buddies[0].Persona = 9 },
			[]string{"buddy 9 of persona 1000: does not exist"}},
		{"buddy of another list", func(w *world) { w.buddiesOf = map[uint32][]storage.Buddy{1001: {w.buddies[0]}} },
			[]string{"buddy 1001: is listed for persona 1001 and belongs to 1000"}},
		{"several at once", func(w *world) {
			w.personas[1].Balance = 1
			w.parts[5].Damage = 101
		}, []string{
			"persona 1001: balance 1, but its ledger sums to 0",
			"part 6: damage of 101 percent",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := soundWorld()
			tt.spoil(w)
			err := storage.Check(w)
			require.Error(t, err)
			assert.Equal(t, tt.want, strings.Split(err.Error(), "\n"))
		})
	}
}

// What no persona owns is only seen by a walk over everything.
func TestCheckScanner(t *testing.T) {
	t.Run("car without persona", func(t *testing.T) {
		w := soundWorld()
		w.vehicles = append(w.vehicles, storage.Vehicle{ID: 20, Owner: 6, BrandedPart: 101})
		w.parts = append(w.parts, storage.Part{ID: 20, Vehicle: 20, Owner: 6, BrandedPart: 101})
		require.NoError(t, storage.Check(w), "out of sight without the scanner")
		require.EqualError(t, storage.Check(scanned{w}),
			"vehicle 20: its owner, persona 6, does not exist\npart 20: its owner, persona 6, does not exist")
	})
	t.Run("root part without car", func(t *testing.T) {
		w := soundWorld()
		w.vehicles = w.vehicles[:1]
		err := storage.Check(scanned{w})
		require.ErrorIs(t, err, storage.ErrNotFound)
		require.ErrorContains(t, err, "part 7: is the root part of a vehicle that is not there")
	})
}

// A root part without a car is also found where only a list leads to it.
func TestCheckRootWithoutCarByChain(t *testing.T) {
	w := soundWorld()
	w.vehicles = w.vehicles[:1]
	w.parts = append(w.parts, storage.Part{ID: 8, Parent: 7, Owner: 1002})
	err := storage.Check(w)
	require.ErrorContains(t, err, "part 7: is the root part of a vehicle that is not there")
	require.ErrorContains(t, err, "part 8: says it belongs to vehicle 0, its topmost part 7 to 7")
}

func TestCheckPassesErrorsOn(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, method := range []string{
		"Personas", "PersonaByName", "LedgerOf", "VehiclesOf", "PartsOfVehicle", "LoosePartsOf", "Part", "Vehicles", "Parts", "Races", "MailsOf", "BuddiesOf",
	} {
		t.Run(method, func(t *testing.T) {
			w := soundWorld()
			w.fail = map[string]error{method: broken}
			require.ErrorIs(t, storage.Check(scanned{w}), broken)
		})
	}
}

func TestFoldName(t *testing.T) {
	names := []string{"", "a", "A", "Speedy", "sPEEDY", "Straße", "STRASSE", "Ärger", "ärger", "k", "K", "\u212a", "σ", "ς", "Σ", "ǅ", "ǆ", "ı", "i", "a\xffb", "A_1"}
	for _, a := range names {
		for _, b := range names {
			assert.Equal(t, strings.EqualFold(a, b), storage.FoldName(a) == storage.FoldName(b), "%q and %q", a, b)
		}
	}
}

func FuzzFoldName(f *testing.F) {
	f.Add("Speedy", "sPEEDY")
	f.Add("ſ", "S")
	f.Add("a\xff", "A\xfe")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := storage.FoldName(a) == storage.FoldName(b); got != strings.EqualFold(a, b) {
			t.Fatalf("%q and %q: %t", a, b, got)
		}
	})
}
