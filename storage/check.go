package storage

import (
	"errors"
	"fmt"
)

// Limits of single fields that Check enforces.
const (
	maxPartDamage    = 100  // percent
	maxVehicleDamage = 2000 // bytes of the damage blob
)

// Scanner is what a ReadTx may offer besides: walks over all cars and all parts,
// whoever owns them, in id order. With it, Check also sees those whose owner
// does not exist.
type Scanner interface {
	// Vehicles calls fn for every car and stops at its error.
	Vehicles(fn func(Vehicle) error) error
	// Parts calls fn for every part and stops at its error.
	Parts(fn func(Part) error) error
}

// Check looks for records that contradict each other and returns all that it
// finds, joined, or nil. It checks that
//
//   - no balance is negative, and each equals the sum of the persona's ledger,
//     whose entries carry the running balance;
//   - no two live personas have the same name, and each is found by its name;
//   - every car has an owner, a root part with the same owner and branded part,
//     and a damage blob of at most 2000 bytes;
//   - every part has an owner, at most 100 percent damage, and a parent that
//     exists and has the same owner, if it has one;
//   - parts are not mounted in a circle, and every part names the car that its
//     chain of parents ends at;
//   - no root part is left without its car;
//   - what was taken for a race, returned and won in it is the same in the
//     ledger as in its record, nothing is returned or won in a running race, a
//     cancelled one has returned all fees, and no car is at stake in two running
//     races;
//   - every mail lies in the mailbox of the persona it was sent to and has texts
//     of the documented sizes, and a buddy exists and is somebody else.
//
// Check reads the whole store and holds its cars and parts in memory. An error
// of the transaction ends the check and is returned with what was found so far.
func Check(tx ReadTx) error {
	c := &checker{
		tx:       tx,
		personas: make(map[uint32]bool),
		names:    make(map[string]uint32),
		vehicles: make(map[uint32]Vehicle),
		parts:    make(map[uint32]Part),
		homes:    make(map[uint32]home),
		sums:     make(map[raceAccount]raceSums),
		stakes:   make(map[uint32]uint32),
	}
	if err := c.run(); err != nil {
		c.found = append(c.found, fmt.Errorf("check stopped: %w", err))
	}
	return errors.Join(c.found...)
}

// checker holds what one Check has read and found.
type checker struct {
	tx       ReadTx
	personas map[uint32]bool
	names    map[string]uint32 // live personas by folded name
	vehicles map[uint32]Vehicle
	parts    map[uint32]Part
	cars     []uint32 // vehicle ids in the order in which they were read
	order    []uint32 // part ids in the order in which they were read
	homes    map[uint32]home
	sums     map[raceAccount]raceSums // of the ledgers
	stakes   map[uint32]uint32        // running race by car at stake
	found    []error
}

// home is where the chain of a part's parents ends.
type home struct {
	root    uint32 // the topmost part
	ok      bool   // false when the chain is broken or goes in a circle
	walking bool   // the chain is being followed just now
}

func (c *checker) report(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf(format, args...))
}

func (c *checker) run() error {
	if err := c.tx.Personas(c.persona); err != nil {
		return err
	}
	if err := c.races(); err != nil {
		return err
	}
	if err := c.social(); err != nil {
		return err
	}
	if err := c.load(); err != nil {
		return err
	}
	if err := c.loadChains(); err != nil {
		return err
	}
	for _, id := range c.order {
		c.part(c.parts[id])
	}
	return nil
}

// persona checks one persona with its money and its name.
func (c *checker) persona(p Persona) error {
	c.personas[p.ID] = true
	if p.Balance < 0 {
		c.report("persona %d: balance %d is negative", p.ID, p.Balance)
	}
	var sum int64
	var last uint64
	err := c.tx.LedgerOf(p.ID, func(e LedgerEntry) error {
		sum += e.Amount
		if e.Persona != p.ID {
			c.report("ledger entry %d: is listed for persona %d and belongs to %d", e.ID, p.ID, e.Persona)
		}
		if e.ID <= last {
			c.report("ledger entry %d of persona %d: follows entry %d", e.ID, p.ID, last)
		}
		if e.Balance != sum {
			c.report("ledger entry %d of persona %d: balance %d, but the entries so far sum to %d", e.ID, p.ID, e.Balance, sum)
		}
		if e.Balance < 0 {
			c.report("ledger entry %d of persona %d: balance %d is negative", e.ID, p.ID, e.Balance)
		}
		last = e.ID
		c.raceEntry(e)
		return nil
	})
	if err != nil {
		return err
	}
	if p.Balance != sum {
		c.report("persona %d: balance %d, but its ledger sums to %d", p.ID, p.Balance, sum)
	}
	if p.Live() {
		return c.name(p)
	}
	return nil
}

// name checks that a live persona is the only one with its name.
func (c *checker) name(p Persona) error {
	folded := FoldName(p.Name)
	if other, taken := c.names[folded]; taken {
		c.report("persona %d: shares its name %q with persona %d", p.ID, p.Name, other)
		return nil
	}
	c.names[folded] = p.ID
	byName, err := c.tx.PersonaByName(p.Name)
	switch {
	case errors.Is(err, ErrNotFound):
		c.report("persona %d: is not found by its name %q", p.ID, p.Name)
	case err != nil:
		return err
	case byName.ID != p.ID && !(byName.Live() && FoldName(byName.Name) == folded):
		// Another live persona with the name is reported when it comes up.
		c.report("persona %d: its name %q leads to persona %d", p.ID, p.Name, byName.ID)
	}
	return nil
}

// load reads all cars and parts and checks the cars on their own.
func (c *checker) load() error {
	if all, ok := c.tx.(Scanner); ok {
		if err := all.Vehicles(func(v Vehicle) error { c.addVehicle(v); return nil }); err != nil {
			return err
		}
		if err := all.Parts(func(p Part) error { c.addPart(p); return nil }); err != nil {
			return err
		}
	}
	err := c.tx.Personas(func(p Persona) error { return c.loadOwner(p.ID) })
	if err != nil {
		return err
	}
	for _, id := range c.cars {
		if err := c.vehicle(c.vehicles[id]); err != nil {
			return err
		}
	}
	return nil
}

// loadOwner reads the cars and parts of one persona.
func (c *checker) loadOwner(owner uint32) error {
	vehicles, err := c.tx.VehiclesOf(owner)
	if err != nil {
		return err
	}
	for _, v := range vehicles {
		if v.Owner != owner {
			c.report("vehicle %d: is listed for persona %d and belongs to %d", v.ID, owner, v.Owner)
		}
		c.addVehicle(v)
		parts, err := c.tx.PartsOfVehicle(v.ID)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Vehicle != v.ID {
				c.report("part %d: is listed for vehicle %d and belongs to %d", p.ID, v.ID, p.Vehicle)
			}
			c.addPart(p)
		}
	}
	loose, err := c.tx.LoosePartsOf(owner)
	if err != nil {
		return err
	}
	for _, p := range loose {
		if p.Vehicle != 0 || p.Owner != owner {
			c.report("part %d: is listed as a loose part of persona %d and belongs to persona %d, vehicle %d", p.ID, owner, p.Owner, p.Vehicle)
		}
		c.addPart(p)
	}
	return nil
}

func (c *checker) addVehicle(v Vehicle) {
	if _, known := c.vehicles[v.ID]; !known {
		c.cars = append(c.cars, v.ID)
	}
	c.vehicles[v.ID] = v
}

func (c *checker) addPart(p Part) {
	if _, known := c.parts[p.ID]; !known {
		c.order = append(c.order, p.ID)
	}
	c.parts[p.ID] = p
}

// loadChains reads the parents that no list has named, so that a part of a car
// that no persona owns is still judged by its own record.
func (c *checker) loadChains() error {
	for i := 0; i < len(c.order); i++ { // grows while it runs
		parent := c.parts[c.order[i]].Parent
		if _, known := c.parts[parent]; known || parent == 0 {
			continue
		}
		p, err := c.tx.Part(parent)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		c.addPart(p)
	}
	return nil
}

// vehicle checks one car and its root part.
func (c *checker) vehicle(v Vehicle) error {
	if !c.personas[v.Owner] {
		c.report("vehicle %d: its owner, persona %d, does not exist", v.ID, v.Owner)
	}
	if len(v.Damage) > maxVehicleDamage {
		c.report("vehicle %d: damage blob of %d bytes, at most %d", v.ID, len(v.Damage), maxVehicleDamage)
	}
	root, err := c.tx.Part(v.ID)
	if errors.Is(err, ErrNotFound) {
		c.report("vehicle %d: has no root part", v.ID)
		return nil
	}
	if err != nil {
		return err
	}
	c.addPart(root)
	if root.Owner != v.Owner {
		c.report("vehicle %d: belongs to persona %d, its root part to %d", v.ID, v.Owner, root.Owner)
	}
	if root.BrandedPart != v.BrandedPart {
		c.report("vehicle %d: is branded part %d, its root part %d", v.ID, v.BrandedPart, root.BrandedPart)
	}
	if root.Parent != 0 {
		c.report("vehicle %d: its root part is mounted on part %d", v.ID, root.Parent)
	}
	if root.Vehicle != v.ID {
		c.report("vehicle %d: its root part says it belongs to vehicle %d", v.ID, root.Vehicle)
	}
	return nil
}

// part checks one part against its owner, its parent and its car.
func (c *checker) part(p Part) {
	if !c.personas[p.Owner] {
		c.report("part %d: its owner, persona %d, does not exist", p.ID, p.Owner)
	}
	if p.Damage > maxPartDamage {
		c.report("part %d: damage of %d percent", p.ID, p.Damage)
	}
	if p.Parent != 0 {
		parent, ok := c.parts[p.Parent]
		switch {
		case !ok:
			c.report("part %d: its parent, part %d, does not exist", p.ID, p.Parent)
		case parent.Owner != p.Owner:
			c.report("part %d: belongs to persona %d, its parent, part %d, to %d", p.ID, p.Owner, parent.ID, parent.Owner)
		}
	}
	if h := c.homeOf(p.ID); h.ok {
		c.car(p, c.parts[h.root])
	}
}

// car checks that a part names the car that its topmost part stands for.
func (c *checker) car(p, root Part) {
	if p.ID != root.ID {
		if p.Vehicle != root.Vehicle {
			c.report("part %d: says it belongs to vehicle %d, its topmost part %d to %d", p.ID, p.Vehicle, root.ID, root.Vehicle)
		}
		return
	}
	if p.Vehicle == 0 {
		return
	}
	if p.Vehicle != p.ID {
		c.report("part %d: is mounted on nothing and says it belongs to vehicle %d", p.ID, p.Vehicle)
		return
	}
	// The lists only reach cars with an owner: ask for the others.
	if _, known := c.vehicles[p.ID]; known {
		return
	}
	if _, err := c.tx.Vehicle(p.ID); err != nil {
		c.report("part %d: is the root part of a vehicle that is not there: %w", p.ID, err)
	}
}

// homeOf follows the parents of a part to the topmost one. A circle is reported
// once; every part of it, and below it, has no home.
func (c *checker) homeOf(id uint32) home {
	var path []uint32
	result := home{}
	for at := id; ; {
		h, known := c.homes[at]
		if known && h.walking {
			c.report("part %d: is mounted on itself, in a circle of parts", at)
			break
		}
		if known {
			result = h
			break
		}
		p, exists := c.parts[at]
		if !exists {
			break // reported as a missing parent
		}
		path = append(path, at)
		c.homes[at] = home{walking: true}
		if p.Parent == 0 {
			result = home{root: at, ok: true}
			break
		}
		at = p.Parent
	}
	for _, passed := range path {
		c.homes[passed] = result
	}
	return result
}
