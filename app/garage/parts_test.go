package garage_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config/schema"
	"mcos/app/garage"
	"mcos/storage"
)

func TestOwnedParts(t *testing.T) {
	for _, tc := range []struct {
		name     string
		adjust   func(*garage.Config)
		tire     string // what follows the record of a tire with 26 bytes
		assembly string
		children bool
	}{
		{"26 bytes", nil, "", "", false},
		{"28 bytes", func(c *garage.Config) { c.PartRecordSize = 28 }, "0000", "0000", false},
		{"34 bytes", func(c *garage.Config) { c.PartRecordSize = 34 }, u32(129) + u32(30000), u32(0) + u32(30000), false},
		{"with children", func(c *garage.Config) { c.LoosePartsChildren = true }, "", "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := open(t, tc.adjust)
			p, other := d.player("Marty", 1, 10000), d.player("Doc", 2, 10000)
			c := d.login(p)
			assert.Equal(t, "af00"+u32(p.Persona)+"0000", c.ask(request(174, 0, 0)), "8 bytes")

			d.give(p, 104, 41) // its parts are not loose
			d.put(storage.Part{ID: 100, Owner: p.Persona, BrandedPart: tire, Damage: 50, Wear: 15000})
			d.put(storage.Part{ID: 101, Owner: p.Persona, BrandedPart: wheels})
			d.put(storage.Part{ID: 102, Parent: 101, Owner: p.Persona, BrandedPart: tire, Attachment: 11})
			d.put(storage.Part{ID: 103, Owner: other.Persona, BrandedPart: tire})
			// Half of 129 to repair, rounded up; a quarter of half of it as scrap,
			// rounded down.
			records := part(100, 0, tire, 65, 16, 15000, 0, 50) + tc.tire + part(101, 0, wheels, 0, 0, 0, 0, 0) + tc.assembly
			want := "af00" + u32(p.Persona) + "0200" + records
			if tc.children {
				want = "af00" + u32(p.Persona) + "0300" + records + part(102, 101, tire, 0, 64, 0, 11, 0) + tc.tire
			}
			assert.Equal(t, want, c.ask(request(174, 0, 0)))

			// The same records in 184.
			assert.Equal(t, "b800"+u32(p.Persona)+"0200"+
				part(101, 0, wheels, 0, 0, 0, 0, 0)+tc.assembly+part(102, 101, tire, 0, 64, 0, 11, 0)+tc.tire, c.ask(request(183, 101, 0)))
		})
	}
}

func TestAssembly(t *testing.T) {
	d := open(t, nil)
	p, other := d.player("Marty", 1, 10000), d.player("Doc", 2, 10000)
	d.give(p, 104, 41)
	d.put(storage.Part{ID: 100, Owner: p.Persona, BrandedPart: tire})
	c := d.login(p)
	brakes := "b800" + u32(p.Persona) + "0300" +
		part(5, 0, 5001, 0, 0, 0, 0, 0) + part(7, 5, 10001, 0, 69, 0, 10, 0) + part(8, 5, 10004, 0, 53, 0, 11, 0)
	assert.Equal(t, brakes, c.ask(request(183, 5, 0)), "the root of the list has no parent")
	assert.Equal(t, "b800"+u32(p.Persona)+"0100"+part(8, 0, 10004, 0, 53, 0, 11, 0), c.ask(request(183, 8, 0)), "a part without children")
	assert.Equal(t, "2900", c.ask(request(183, 1, 0))[12:16], "a whole car: 41 parts")
	assert.Equal(t, refused(183, 0), c.ask(request(183, 4711, 0)))

	c = d.login(other)
	assert.Equal(t, brakes, c.ask(request(183, 5, 0)), "anybody may look at a car")
	assert.Equal(t, "b800"+u32(p.Persona)+"0000", c.ask(request(183, 100, 0)), "but not at loose parts")
}

// More parts than fit one message are cut off, not dropped altogether.
func TestTooManyParts(t *testing.T) {
	d := open(t, nil)
	p := d.player("Hoarder", 1, 10000)
	d.Update(func(tx storage.Tx) error {
		for id := uint32(1); id <= 2600; id++ {
			if err := tx.PutPart(storage.Part{ID: id, Owner: p.Persona, BrandedPart: tire}); err != nil {
				return err
			}
		}
		return nil
	})
	list := d.login(p).ask(request(174, 0, 0))
	assert.Equal(t, u16(2519), list[12:16])
	assert.Len(t, list, 2*(8+2519*26))
}

func TestBuyPart(t *testing.T) {
	for _, tc := range []struct {
		word string
		want string
	}{
		{"data", "6500 b000 00000000 01000000 00000000"},
		{"result", "6500 b000 01000000 00000000 00000000"},
	} {
		d := open(t, func(c *garage.Config) { c.NewPartIDWord = tc.word })
		p := d.player("Marty", 1, 129)
		c := d.login(p)
		assert.Equal(t, plain(tc.want), c.ask(request(176, tire, 8)))
		assert.Equal(t, refused(176, 133), c.ask(request(176, tire, 8)), "the money is gone")
		assert.Equal(t, refused(176, 0), c.ask(request(176, 113, 8)), "a car is no part")
		assert.Equal(t, "af00"+u32(p.Persona)+"0100"+part(1, 0, tire, 0, 64, 0, 0, 0), c.ask(request(174, 0, 0)))
	}
}

func TestRepair(t *testing.T) {
	d := open(t, nil)
	p, other := d.player("Marty", 1, 10000), d.player("Doc", 2, 10000)
	d.give(p, 104, 41)
	harm := func() {
		d.put(storage.Part{ID: 7, Parent: 5, Vehicle: 1, Owner: p.Persona, BrandedPart: 10001, Attachment: 10, Damage: 100})
		d.put(storage.Part{ID: 8, Parent: 5, Vehicle: 1, Owner: p.Persona, BrandedPart: 10004, Attachment: 11, Damage: 100})
		d.Update(func(tx storage.Tx) error { return d.Rules.Grant(tx, p.Persona, 245-d.Get(p.Persona).Balance, "") })
	}
	list := func(count uint16, ids string) string { return "b200 0000 0000" + u16(count) + ids }
	const front, rear = 138, 107
	own, foreign := d.login(p), d.login(other)
	for _, tc := range []struct {
		name, body string
		as         client
		want       string
		paid       int64
	}{
		{"one part", request(177, 8, 0), own, done(177), rear},
		{"the car", request(178, 1, 0), own, done(178), front + rear},
		{"an assembly", request(178, 5, 0), own, done(178), front + rear},
		{"a list", list(2, u32(8)+u32(7)), own, done(178), front + rear},
		{"a whole part", request(177, 9, 0), own, done(177), 0},
		{"a foreign part", request(177, 7, 0), foreign, refused(177, 0), 0},
		{"a foreign car", request(178, 1, 0), foreign, refused(178, 0), 0},
		{"no car", request(178, 0, 0), own, refused(178, 0), 0},
		{"a list that miscounts", list(3, u32(8)+u32(7)), own, refused(178, 0), 0},
		{"cut short", "b200 0100", own, refused(178, 0), 0},
		{"a list with a foreign part", list(2, u32(8)+u32(4711)), own, refused(178, 0), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			harm()
			assert.Equal(t, tc.want, tc.as.ask(plain(tc.body)))
			assert.Equal(t, 245-tc.paid, d.Get(p.Persona).Balance)
		})
	}
	harm()
	d.Update(func(tx storage.Tx) error { return d.Rules.Grant(tx, p.Persona, -1, "") })
	assert.Equal(t, refused(178, 133), own.ask(request(178, 1, 0)))
	assert.EqualValues(t, 100, d.part(7).Damage)
}

func TestInstallAndRemove(t *testing.T) {
	d := open(t, nil)
	p, other := d.player("Marty", 1, 10000), d.player("Doc", 2, 10000)
	d.give(p, 104, 41)
	const wheelSet, frontTire, rearTire = 13, 22, 23
	install := func(part, on uint32, point string) string { return "b500" + u32(part) + u32(on) + point }
	c := d.login(p)
	d.put(storage.Part{ID: 100, Owner: p.Persona, BrandedPart: tire})
	assert.Equal(t, done(182), c.ask(request(182, frontTire, 0)))

	for _, tc := range []struct{ name, body, want string }{
		{"on another part", install(100, 2, "0a000000"), refused(181, 191)},
		{"place taken", install(100, wheelSet, "0b000000"), refused(181, 191)},
		{"no such place", install(100, wheelSet, "0c000000"), refused(181, 191)},
		{"mounted already", install(rearTire, wheelSet, "0a000000"), refused(181, 191)},
		{"the car itself", install(1, wheelSet, "0a000000"), refused(181, 191)},
		{"on itself", install(100, 100, "0a000000"), refused(181, 191)},
		{"not there", install(4711, wheelSet, "0a000000"), refused(181, 191)},
		{"cut short", "b500" + u32(100), refused(181, 0)},
		{"four bytes of place", install(100, wheelSet, "0a000000"), done(181)},
	} {
		assert.Equal(t, tc.want, c.ask(tc.body), tc.name)
	}
	assert.Equal(t, storage.Part{ID: 100, Parent: wheelSet, Vehicle: 1, Owner: p.Persona, BrandedPart: tire, Attachment: 10}, d.part(100))

	assert.Equal(t, done(182), c.ask(request(182, rearTire, 0)))
	assert.Equal(t, done(181), c.ask(install(rearTire, wheelSet, "0b")), "one byte of place")
	assert.EqualValues(t, 11, d.part(rearTire).Attachment)

	assert.Equal(t, refused(182, 191), c.ask(request(182, 1, 0)), "the car itself")
	assert.Equal(t, refused(182, 191), c.ask(request(182, frontTire, 0)), "a loose part")
	assert.Equal(t, refused(182, 191), d.login(other).ask(request(182, rearTire, 0)), "a foreign part")
}

func TestRemoveWithFullInventory(t *testing.T) {
	d := open(t, nil)
	p := d.player("Hoarder", 1, 10000)
	d.give(p, 104, 41)
	for id := uint32(100); id < 200; id++ {
		d.put(storage.Part{ID: id, Owner: p.Persona, BrandedPart: tire})
	}
	assert.Equal(t, refused(182, 0), d.login(p).ask(request(182, 22, 0)))
}

func TestDestroy(t *testing.T) {
	d := open(t, nil)
	p, other := d.player("Marty", 1, 10000), d.player("Doc", 2, 10000)
	d.give(p, 104, 41)
	const brakes = 5
	empty := "af00" + u32(other.Persona) + "0000"

	// Whatever comes of it, the answer to the next request is the first to come.
	c := d.login(other)
	c.send(request(214, brakes, 0))
	assert.Equal(t, empty, c.ask(request(174, 0, 0)))
	require.NotZero(t, d.part(brakes).ID, "a foreign part stays")

	c = d.login(p)
	c.send(request(214, 1, 0))
	c.send(request(214, brakes, 0))
	assert.Equal(t, "af00"+u32(p.Persona)+"0000", c.ask(request(174, 0, 0)))
	assert.NotZero(t, d.part(1).ID, "a car stays")
	assert.Zero(t, d.part(brakes).ID)
	assert.Zero(t, d.part(7).ID)
	assert.EqualValues(t, 10000+69+53, d.Get(p.Persona).Balance)
}

// Nobody works on a car that races; others are free.
func TestRacing(t *testing.T) {
	d := open(t, nil)
	p := d.player("Marty", 1, 10000)
	d.give(p, 104, 41)
	d.give(p, 104, 41)
	d.put(storage.Part{ID: 100, Owner: p.Persona, BrandedPart: 22014})
	d.racing = 1
	c := d.login(p)
	assert.Equal(t, refused(182, 191), c.ask(request(182, 7, 0)))
	assert.Equal(t, refused(181, 191), c.ask("b500"+u32(100)+u32(6)+u32(0)))
	assert.Equal(t, refused(177, 0), c.ask(request(177, 7, 0)))
	assert.Equal(t, refused(178, 0), c.ask(request(178, 1, 0)))
	c.send(request(214, 7, 0))
	assert.Equal(t, done(182), c.ask(request(182, 42+6, 0)))
	assert.NotZero(t, d.part(7).ID)
}

// The requests and replies that the reference lists for parts.
func TestPartVectors(t *testing.T) {
	rows := vectors(t, "mcots-race-vectors.tsv", 0, 2)
	const owner = 1000
	loose := func(d *desk) {
		d.put(storage.Part{ID: 14, Owner: owner, BrandedPart: tire, Damage: 5})
		d.put(storage.Part{ID: 15, Owner: owner, BrandedPart: wheels})
		d.put(storage.Part{ID: 4711, Owner: owner, BrandedPart: tire})
	}
	mounted := func(d *desk) {
		loose(d)
		d.put(storage.Part{ID: 4711, Parent: 15, Owner: owner, BrandedPart: tire, Attachment: 1})
	}
	for _, tc := range []struct {
		request, reply string
		set            func(*desk)
	}{
		{"repair_part", "repair_part_ok", loose},
		{"repair_all", "repair_all_ok", func(d *desk) {
			d.Update(func(tx storage.Tx) error { _, err := d.Rules.GiveCar(tx, owner, 113, 0, ""); return err })
		}},
		{"install_part", "install_part_ok", loose},
		{"remove_part", "remove_part_ok", mounted},
	} {
		t.Run(tc.request, func(t *testing.T) {
			require.NotEmpty(t, rows[tc.request])
			d := open(t, nil)
			p := d.player("Marty", 1, 10000)
			require.EqualValues(t, owner, p.Persona)
			tc.set(d)
			assert.Equal(t, rows[tc.reply], d.login(p).ask(rows[tc.request]))
		})
	}
	t.Run("buy_part_ok", func(t *testing.T) {
		d := open(t, nil)
		p := d.player("Marty", 1, 10000)
		d.Update(func(tx storage.Tx) error { _, err := tx.ReserveParts(4710); return err })
		c := d.login(p)
		assert.Equal(t, refused(176, 0), c.ask(rows["buy_part"]), "113 is a car")
		assert.Equal(t, rows["buy_part_ok"], c.ask(request(176, tire, 8)))
		c.send(rows["destroy_part"])
		assert.Equal(t, "af00"+u32(p.Persona)+"0000", c.ask(request(174, 0, 0)))
	})
	t.Run("get_assembly and owned_parts_empty", func(t *testing.T) {
		d := open(t, nil)
		account := d.Account("demo")
		p := d.player("Marty", 1, 10000)
		d.Update(func(tx storage.Tx) error { _, err := d.Rules.CreatePersona(tx, account, "Doc", 44, 21); return err })
		p.Account, p.Persona, p.Session = account, 21, d.Login(account, 2)
		p.Key = p.Session.Key
		c := d.login(p)
		assert.Equal(t, rows["owned_parts_empty"], c.ask(request(174, 0, 0)))
		d.put(storage.Part{ID: 15, Owner: 21, BrandedPart: tire, Wear: 600, Damage: 8})
		// 129 with 8 percent damage: 10.32 to repair; 129 x 0.92 x 0.98 / 2 = 58.15 as
		// scrap.
		assert.Equal(t, "b800"+u32(21)+"0100"+part(15, 0, tire, 11, 58, 600, 0, 8), c.ask(rows["get_assembly"]))
	})
}

// The section is one that the configuration engine accepts, defaults included.
func TestConfig(t *testing.T) {
	type file struct {
		Garage garage.Config `yaml:"garage" help:"Cars and parts."`
	}
	defaults := file{garage.Default()}
	var text bytes.Buffer
	require.NoError(t, schema.Write(&text, &defaults, &defaults))
	got := defaults
	_, err := schema.Load(&got, schema.Options{YAML: text.Bytes()})
	require.NoError(t, err)
	assert.Equal(t, defaults, got)
	_, err = schema.Load(&got, schema.Options{YAML: []byte("garage: {part_record_size: 27}\n")})
	assert.ErrorContains(t, err, "27")
}
