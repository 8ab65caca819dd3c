package game

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// gambler plays the random game: it does what players do, mostly sensible things and
// some that must be refused.
type gambler struct {
	*world
	random *rand.Rand
	ids    []uint32
	done   map[string]int // operations that succeeded, by name
}

// play is one random operation.
type play struct {
	name string
	do   func(storage.Tx) error
	// money is the change of all balances together, as far as it is known
	// before.
	money int64
}

// TestRandomGame plays at random with several personas and looks after every
// operation whether any two records contradict each other, whether a refused
// operation has left a trace, and whether the money is right.
func TestRandomGame(t *testing.T) {
	games, steps := 2, 250
	if soak() {
		games, steps = 10, 2000
	}
	for seed := range games {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.PartSlots, c.PartSlotsPerLevel, c.CarsPerLevel, c.TradeIn = 6, 6, 2, "accept" })
			g := &gambler{world: w, random: rand.New(rand.NewPCG(7, uint64(seed))), done: map[string]int{}}
			for range 3 {
				g.ids = append(g.ids, w.driver(int64(g.random.IntN(60000))))
			}
			for step := range steps {
				g.step()
				if step%50 == 49 {
					before := w.snapshot()
					require.NoError(t, w.store.Close())
					w.open()
					require.Equal(t, before, w.snapshot(), "after reopening")
				}
			}
			for _, name := range []string{"car", "part", "install", "remove", "repair", "repair all", "scrap", "grant", "trade-in"} {
				require.NotZero(t, g.done[name], "%s never succeeded: the game proves nothing about it", name)
			}
		})
	}
}

// step plays one operation.
func (g *gambler) step() {
	g.t.Helper()
	p := g.choose()
	before, total := g.snapshot(), g.total()
	switch err := g.store.Update(p.do); {
	case err == nil:
		g.done[p.name]++
		require.Equal(g.t, total+p.money, g.total(), p.name)
	case !isRefusal(err):
		require.NoError(g.t, err, p.name)
	default:
		require.Equal(g.t, before, g.snapshot(), "%s refused: %v", p.name, err)
	}
	g.sound()
}

// isRefusal reports whether the rules said no.
func isRefusal(err error) bool {
	return slices.ContainsFunc([]error{
		ErrFunds, ErrBalance, ErrNotOffered, ErrTradeIn, ErrOwnsCar, ErrGarageFull, ErrInventoryFull, ErrNotOwner, ErrRoot, ErrMounted, ErrLoose,
		ErrCycle, ErrTaken, ErrNoFit, ErrStripped,
	}, func(refusal error) bool { return errors.Is(err, refusal) })
}

// total is the money of all personas.
func (g *gambler) total() (sum int64) {
	g.t.Helper()
	for _, id := range g.ids {
		sum += g.persona(id).Balance
	}
	return sum
}

func pick[T any](g *gambler, from []T) (v T) {
	if len(from) > 0 {
		v = from[g.random.IntN(len(from))]
	}
	return v
}

// parts returns all parts of a persona.
func (g *gambler) parts(id uint32) (parts []storage.Part) {
	g.t.Helper()
	g.view(func(tx storage.ReadTx) error {
		loose, err := tx.LoosePartsOf(id)
		parts = append(parts, loose...)
		if err != nil {
			return err
		}
		cars, err := tx.VehiclesOf(id)
		for _, v := range cars {
			mounted, err := tx.PartsOfVehicle(v.ID)
			parts = append(parts, mounted...)
			if err != nil {
				return err
			}
		}
		return err
	})
	return parts
}

// choose picks the next operation.
func (g *gambler) choose() play {
	id := pick(g, g.ids)
	owner := id
	if g.random.IntN(10) == 0 {
		owner = pick(g, g.ids) // perhaps somebody else's things
	}
	parts := g.parts(owner)
	part := pick(g, parts)
	switch g.random.IntN(12) {
	case 0:
		amount := int64(g.random.IntN(30000)) - 8000
		return play{"grant", func(tx storage.Tx) error { return g.rules.Grant(tx, id, amount, "luck") }, amount}
	case 1:
		return g.buyCar(id)
	case 2:
		branded := pick(g, []uint32{tire, 160006, 104, 36001, 22014, 10001, 11004})
		return play{"part", func(tx storage.Tx) error { _, err := g.rules.BuyPart(tx, id, branded); return err }, -int64(g.rules.ListPrice(storage.Part{BrandedPart: branded}))}
	case 3, 4:
		return g.install(id, parts)
	case 5, 6:
		return play{"remove", func(tx storage.Tx) error { return g.rules.RemovePart(tx, id, part.ID) }, 0}
	case 7:
		return g.race(owner, parts)
	case 8:
		some := []storage.Part{part, pick(g, parts), pick(g, parts)}
		return play{"repair", func(tx storage.Tx) error {
			return g.rules.RepairParts(tx, id, []uint32{some[0].ID, some[1].ID, some[2].ID, some[0].ID})
		}, -g.price(some)}
	case 9:
		return play{"repair all", func(tx storage.Tx) error { return g.rules.RepairVehicle(tx, id, part.ID) }, -g.price(g.below(parts, part))}
	case 10:
		return g.tradeIn(id, owner)
	default:
		return play{"scrap", func(tx storage.Tx) error { return g.rules.ScrapPart(tx, id, part.ID) }, g.junk(g.below(parts, part))}
	}
}

// buyCar picks a car; its price is what the dealer says.
func (g *gambler) buyCar(id uint32) play {
	dealer, car := pick(g, []uint32{1, 3, 5, 6, 7, 8}), pick(g, testCatalog().Cars())
	skin := pick(g, testCatalog().SkinsOf(car.ID))
	p := play{name: "car", do: func(tx storage.Tx) error { _, err := g.rules.BuyCar(tx, id, dealer, car.ID, skin.ID, 0); return err }}
	for _, o := range g.rules.Stock(dealer, len(g.vehicles(id)) > 0) {
		if o.Car == car.ID {
			p.money = -int64(o.Price)
		}
	}
	return p
}

// tradeIn picks an offered car and one to give for it, mostly one's own.
func (g *gambler) tradeIn(id, owner uint32) play {
	dealer := pick(g, []uint32{6, 7, 8})
	o := pick(g, g.rules.Stock(dealer, len(g.vehicles(id)) > 0))
	skin, old := pick(g, testCatalog().SkinsOf(o.Car)), pick(g, g.vehicles(owner))
	p := play{"trade-in", func(tx storage.Tx) error {
		_, err := g.rules.BuyCar(tx, id, dealer, o.Car, skin.ID, old.ID)
		return err
	}, -int64(o.Price)}
	g.view(func(tx storage.ReadTx) error {
		worth, err := g.rules.DealerPays(tx, old)
		p.money += int64(worth)
		return err
	})
	if old.ID == 0 {
		p.name = "car"
	}
	return p
}

// install picks a loose part and a parent that may take it, or any parent.
func (g *gambler) install(id uint32, parts []storage.Part) play {
	var loose, fitting []storage.Part
	for _, p := range parts {
		if p.Parent == 0 && p.Vehicle == 0 {
			loose = append(loose, p)
		}
	}
	part, on := pick(g, loose), pick(g, parts)
	for _, p := range parts {
		if testCatalog().Fits(part.BrandedPart, p.BrandedPart, nil) == nil {
			fitting = append(fitting, p)
		}
	}
	if len(fitting) > 0 && g.random.IntN(4) > 0 {
		on = pick(g, fitting)
	}
	point := pick(g, []uint32{0, 10, 11, 1, 12})
	return play{"install", func(tx storage.Tx) error { return g.rules.InstallPart(tx, id, part.ID, on.ID, point) }, 0}
}

// race wears and breaks some parts, as a race would.
func (g *gambler) race(owner uint32, parts []storage.Part) play {
	return play{"race", func(tx storage.Tx) error {
		for range min(len(parts), 5) {
			part, err := tx.Part(pick(g, parts).ID)
			if err != nil {
				return err
			}
			part.Damage = uint8(g.random.IntN(101))
			part.Wear = uint32(g.random.IntN(40000))
			if err := tx.PutPart(part); err != nil {
				return err
			}
		}
		return nil
	}, 0}
}

// below returns a part and those that hang on it, found in another way than the
// rules do: by following the parents up.
func (g *gambler) below(parts []storage.Part, root storage.Part) (list []storage.Part) {
	parent := map[uint32]uint32{}
	for _, p := range parts {
		parent[p.ID] = p.Parent
	}
	for _, p := range parts {
		for at := p.ID; at != 0; at = parent[at] {
			if at == root.ID {
				list = append(list, p)
				break
			}
		}
	}
	return list
}

// price is what repairing some parts costs, each counted once.
func (g *gambler) price(parts []storage.Part) (sum int64) {
	seen := map[uint32]bool{}
	for _, p := range parts {
		if !seen[p.ID] {
			sum += int64(g.rules.RepairPrice(p))
		}
		seen[p.ID] = true
	}
	return sum
}

// junk is what scrapping some parts pays.
func (g *gambler) junk(parts []storage.Part) (sum int64) {
	for _, p := range parts {
		sum += int64(g.rules.JunkPrice(p))
	}
	return sum
}
