package garage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/game"
	"mcos/app/garage"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
	"mcos/storage/catalog"
)

// starterList is 141 with the starter cars: cash 10000, dealer 8, brand 105, three
// cars, none to follow; 113 for 7394, 104 for 6495 as deal of the day, 402 for
// 5995.
const starterList = "8d00 10270000 08000000 69000000 0300 00" +
	"71000000 e21c0000 0000" + "68000000 5f190000 0100" + "92010000 6b170000 0000"

func plain(text string) string { return strings.ReplaceAll(text, " ", "") }

// The create dialog asks on a fresh connection, in clear; both frames byte by
// byte.
func TestStockBeforeLogin(t *testing.T) {
	d := open(t, nil)
	c := d.dial()
	_, err := c.Conn.Write(unhex(t, "1300 544f4d43 01000000 00 8d00 08000000 00000000"))
	require.NoError(t, err)
	want := unhex(t, "3800 544f4d43 01000000 00"+starterList)
	assert.Equal(t, want, c.Raw(len(want)))
}

func TestStock(t *testing.T) {
	d := open(t, nil)
	novice, owner := d.player("Novice", 1, 10000), d.player("Owner", 2, 10000)
	d.give(owner, 104, 41)
	const head = "8d00 10270000"
	for _, tc := range []struct {
		name          string
		owner         bool
		dealer, brand uint32
		want          string
	}{
		{"starter cars", false, 8, 0, starterList},
		{"starter cars of brand 105", false, 8, 105, starterList},
		{"starter cars of any brand", false, 8, 1, starterList},
		{"GM cars for an owner", true, 8, 0, head + "08000000 69000000 0200 00 71000000 f64e0000 0000 78000000 ba980000 0000"},
		{"Shoebox", true, 7, 0, head + "07000000 69000000 0300 00 68000000 f2460000 0000 69000000 b8480000 0000 71000000 f64e0000 0000"},
		{"Shoebox, brand 105", true, 7, 105, head + "07000000 69000000 0300 00 68000000 f2460000 0000 69000000 b8480000 0000 71000000 f64e0000 0000"},
		{"Shoebox, Chevrolet only", true, 7, 3, head + "07000000 69000000 0100 00 71000000 f64e0000 0000"},
		{"Shoebox, a make that it lacks", true, 7, 9, head + "07000000 69000000 0000 00"},
		{"a dealer without cars", true, 2, 0, head + "02000000 69000000 0000 00"},
		{"nobody's number", false, 4711, 0, head + "67120000 69000000 0000 00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := novice
			if tc.owner {
				p = owner
			}
			assert.Equal(t, plain(tc.want), d.login(p).ask(request(141, tc.dealer, tc.brand)))
		})
	}
}

func TestStockEcho(t *testing.T) {
	d := open(t, func(c *garage.Config) { c.StockCarReplyBrand = "echo" })
	c := d.dial()
	for brand, want := range map[uint32]string{0: "00000000", 3: "03000000", 105: "69000000"} {
		c.SendPlain(mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: 8, Data2: brand}))
		assert.Equal(t, unhex(t, want), c.Next().Body[8:12])
	}
}

// A list that is too long for one message comes in several.
func TestLongStock(t *testing.T) {
	d := open(t, nil)
	cfg := game.Default()
	cfg.StarterCars = nil
	for price := range uint32(201) {
		cfg.StarterCars = append(cfg.StarterCars, game.StarterCar{Car: 104, Price: price + 1})
	}
	*d.Rules = *game.New(cfg, func() *catalog.Catalog { return d.Catalog }, d.Now)
	c := d.dial()
	c.SendPlain(mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: 8}))
	next := uint32(1)
	for _, want := range []struct {
		cars int
		more bool
	}{{100, true}, {100, true}, {1, false}} {
		f := c.Next()
		assert.Equal(t, c.Seq(), f.Seq)
		list, err := mcots.MsgStockCars.Decode(f.Body)
		require.NoError(t, err)
		assert.Len(t, list.Cars, want.cars)
		assert.Equal(t, want.more, list.More)
		for _, car := range list.Cars {
			assert.Equal(t, next, car.RetailPrice)
			next++
		}
	}
}

func TestPurchase(t *testing.T) {
	d := open(t, nil)
	p := d.player("Rusty", 1, 10000)
	c := d.login(p)
	// Dealer 8, car 104, skin 41, no trade-in: success, result 101, vehicle 1.
	assert.Equal(t, plain("6500 8e00 65000000 01000000 00000000"), c.ask("8e00 08000000 68000000 29000000 00000000"))
	assert.EqualValues(t, 3505, d.Get(p.Persona).Balance)
	assert.Equal(t, plain("ad00 01 01000000 68000000"), c.ask(request(172, p.Persona, 0)))
}

func TestPurchaseRefusals(t *testing.T) {
	d := open(t, nil)
	rich, poor, full := d.player("Rich", 1, 100000), d.player("Poor", 2, 18161), d.player("Full", 3, 100000)
	asRich, asPoor, asFull := d.login(rich), d.login(poor), d.login(full)
	for range 3 {
		d.give(full, 104, 41)
	}
	buy := func(dealer, car, skin, tradeIn uint32) string {
		return "8e00" + u32(dealer) + u32(car) + u32(skin) + u32(tradeIn)
	}
	for _, tc := range []struct {
		name   string
		buyer  client
		body   string
		reason uint32
	}{
		{"a dollar short", asPoor, buy(6, 104, 41, 0), 133},
		{"not on this lot", asRich, buy(6, 113, 158, 0), 191},
		{"no such car", asRich, buy(6, 99999, 41, 0), 191},
		{"a tire", asRich, buy(6, tire, 41, 0), 191},
		{"another car's paint", asRich, buy(6, 104, 158, 0), 191},
		{"no such paint", asRich, buy(6, 104, 99999, 0), 191},
		{"trade-in", asRich, buy(6, 104, 41, 7), 0},
		{"garage full", asFull, buy(6, 104, 41, 0), 0},
		{"cut short", asRich, "8e00 06000000", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, refused(142, tc.reason), tc.buyer.ask(tc.body))
		})
	}
	assert.EqualValues(t, 100000, d.Get(rich.Persona).Balance)
}

// A dealer who takes cars takes none that is in a race or somebody else's.
func TestTradeIn(t *testing.T) {
	d := open(t, nil)
	cfg := game.Default()
	cfg.TradeIn = "accept"
	*d.Rules = *game.New(cfg, func() *catalog.Catalog { return d.Catalog }, d.Now)
	p, other := d.player("Rusty", 1, 10000), d.player("Doc", 2, 10000)
	d.give(p, 104, 41)
	d.give(other, 104, 41)
	c := d.login(p)
	swap := func(old uint32) string { return "8e00" + u32(6) + u32(101) + u32(1) + u32(old) }
	assert.Equal(t, refused(142, 0), c.ask(swap(42)), "a foreign car")
	d.racing = 1
	assert.Equal(t, refused(142, 0), c.ask(swap(1)), "a car in a race")
	d.racing = 42
	// Half of 6495 for the Fairlane, 7610 for the new car, whose id is 83.
	assert.Equal(t, plain("6500 8e00 65000000 53000000 00000000"), c.ask(swap(1)))
	assert.EqualValues(t, 10000+3247-7610, d.Get(p.Persona).Balance)
	assert.Equal(t, plain("ad00 01 53000000 65000000"), c.ask(request(172, p.Persona, 0)))
}

func TestPurchaseReply103(t *testing.T) {
	d := open(t, func(c *garage.Config) { c.PurchaseReplyNumber = 103 })
	c := d.login(d.player("Rusty", 1, 10000))
	assert.Equal(t, plain("6700 8e00 65000000 01000000 00000000"), c.ask("8e00 08000000 68000000 29000000 00000000"))
}

// Only the stock list is for everybody.
func TestNeedsLogin(t *testing.T) {
	d := open(t, nil)
	for _, number := range []uint16{142, 172, 145, 174, 183, 176, 177, 178, 181, 182} {
		c := d.dial()
		body := u32(1) + u32(1)
		if number == 142 {
			body += u32(1) + u32(1)
		}
		assert.Equal(t, refused(number, 0), c.ask(u16(number)+body), "%d", number)
		c.Closed()
	}
}

func TestOwnedVehicles(t *testing.T) {
	d := open(t, nil)
	p, other, gone := d.player("Marty", 1, 1), d.player("Doc", 2, 1), d.player("Biff", 3, 1)
	d.give(p, 104, 41)
	d.give(p, 101, 1)
	d.Update(func(tx storage.Tx) error { return d.Rules.DeletePersona(tx, gone.Account, gone.Persona) })
	c := d.login(other)
	assert.Equal(t, plain("ad00 02 01000000 68000000 2a000000 65000000"), c.ask(request(172, p.Persona, 0)), "anybody may look")
	assert.Equal(t, plain("ad00 00 00"), c.ask(request(172, other.Persona, 0)))
	assert.Equal(t, refused(172, 0), c.ask(request(172, gone.Persona, 0)))
	assert.Equal(t, refused(172, 0), c.ask(request(172, 4711, 0)))
}

func TestMoreCarsThanOneByte(t *testing.T) {
	d := open(t, nil)
	p := d.player("Collector", 1, 1)
	d.Update(func(tx storage.Tx) error {
		for id := uint32(1); id <= 256; id++ {
			if err := tx.PutPart(storage.Part{ID: id, Vehicle: id, Owner: p.Persona, BrandedPart: 104}); err != nil {
				return err
			}
			if err := tx.PutVehicle(storage.Vehicle{ID: id, Owner: p.Persona, BrandedPart: 104}); err != nil {
				return err
			}
		}
		return nil
	})
	list := d.login(p).ask(request(172, p.Persona, 0))
	assert.Equal(t, "ad00ff", list[:6])
	assert.Len(t, list, 2*(3+255*8))
}

// fairlaneParts are the 40 parts of a new Fairlane with vehicle id 1: id, parent,
// branded part, scrap value (half the list price), attachment point. The parts
// on the car come first, then those on them, as captured.
var fairlaneParts = [][5]uint32{
	{2, 1, 1001, 0, 0}, {3, 1, 2001, 0, 0}, {4, 1, 4001, 0, 0}, {5, 1, 5001, 0, 0}, {6, 1, 6001, 0, 0},
	{13, 1, 15001, 0, 0}, {17, 1, 36001, 0, 0}, {18, 1, 37001, 0, 0},
	{7, 5, 10001, 69, 10}, {8, 5, 10004, 53, 11},
	{9, 2, 11004, 21, 10}, {10, 2, 11004, 21, 11}, {11, 2, 12010, 92, 10}, {12, 2, 12022, 52, 11},
	{14, 3, 20104, 501, 0}, {15, 6, 22014, 12, 0}, {16, 6, 31153, 25, 0}, {19, 6, 40006, 15, 0},
	{20, 13, 100006, 18, 10}, {21, 13, 100006, 18, 11}, {22, 13, 110021, 79, 10}, {23, 13, 110021, 79, 11},
	{24, 4, 130047, 516, 0}, {25, 4, 140007, 455, 0},
	{26, 17, 160026, 583, 0}, {27, 17, 180018, 64, 0}, {28, 17, 190077, 62, 0}, {29, 17, 200066, 25, 0},
	{30, 17, 230001, 121, 0}, {31, 17, 240001, 87, 0}, {32, 17, 250030, 89, 0}, {33, 17, 280030, 53, 0},
	{34, 18, 290001, 22, 0}, {35, 18, 300001, 24, 0},
	{36, 17, 320098, 95, 0}, {37, 17, 330020, 125, 0}, {38, 17, 340002, 28, 0},
	{39, 17, 1000001, 275, 0}, {40, 17, 1100119, 198, 0}, {41, 17, 1200048, 253, 0},
}

// fairlane is 123 for that car.
func fairlane(owner, skin, delta uint32, damage string) string {
	body := "7b00" + u32(owner) + u32(1) + u32(skin) + u32(0) + u32(delta) + "00" + "0000" + damage + "2800"
	for _, p := range fairlaneParts {
		body += part(p[0], p[1], p[2], 0, p[3], 0, byte(p[4]), 0)
	}
	return body
}

var noDamage = strings.Repeat("00", 2000)

func TestVehicleInfo(t *testing.T) {
	d := open(t, nil)
	p, other := d.player("Rusty", 1, 10000), d.player("Doc", 2, 10000)
	c := d.login(p)
	c.ask("8e00 08000000 68000000 29000000 00000000")
	want := fairlane(p.Persona, 41, 0, noDamage)
	require.Len(t, want, 2*(27+2000+40*26))
	assert.Equal(t, want, c.ask(request(145, 1, 0)))
	assert.Equal(t, want, c.ask(request(145, 1, 7)), "in full, whatever the client has")
	assert.Equal(t, want, d.login(other).ask(request(145, 1, 0)), "anybody may look")

	// A change is counted; body damage is kept to ourselves.
	d.Update(func(tx storage.Tx) error {
		v, err := tx.Vehicle(1)
		v.Delta, v.Damage = 3, []byte{1, 2, 3}
		if err != nil {
			return err
		}
		return tx.PutVehicle(v)
	})
	assert.Equal(t, fairlane(p.Persona, 41, 3, noDamage), c.ask(request(145, 1, 0)))

	assert.Equal(t, refused(145, 0), c.ask(request(145, 4711, 0)))
	assert.Equal(t, refused(145, 0), c.ask(request(145, 2, 0)), "a part is no car")
	d.Update(func(tx storage.Tx) error { return d.Rules.DeletePersona(tx, p.Account, p.Persona) })
	assert.Equal(t, refused(145, 0), d.login(other).ask(request(145, 1, 0)))
}

func TestVehicleInfoSwitches(t *testing.T) {
	d := open(t, func(c *garage.Config) { c.VehicleDamageField, c.VehicleDelta = "length", "zero" })
	p := d.player("Rusty", 1, 10000)
	d.give(p, 104, 41)
	c := d.login(p)
	assert.Equal(t, done(182), c.ask(request(182, 8, 0)))
	assert.Equal(t, done(181), c.ask("b500"+u32(8)+u32(5)+u32(11)))
	assert.Equal(t, fairlane(p.Persona, 41, 0, ""), c.ask(request(145, 1, 0)))
}

// A Fairlane of ours has the tree of the captured one, with the prices that the
// captured server left out.
func TestVehicleInfoLikeCaptured(t *testing.T) {
	tail := unhex(t, vectors(t, "mcots-vectors.tsv", 0, 3)["123 MC_VEHICLE_INFO, tail of the body"])
	d := open(t, nil)
	p := d.player("Rusty", 1, 10000)
	d.give(p, 104, 47)
	body := unhex(t, d.login(p).ask(request(145, 1, 0)))
	const partsAt, size, junkAt = 2027, 26, 16
	for at := partsAt; at < len(body); at += size {
		clear(body[at+junkAt : at+junkAt+4])
	}
	require.Equal(t, 3067, len(body))
	require.Greater(t, len(tail), 40*size)
	// The captured body has two bytes more at its end.
	got := body[partsAt-2:]
	at := strings.Index(string(tail), string(got[:28]))
	require.GreaterOrEqual(t, at, 0, "count and first part")
	assert.Equal(t, tail[at:at+len(got)], got)
}

func TestCachedVehicleIsIgnored(t *testing.T) {
	d := open(t, nil)
	c := d.login(d.player("Rusty", 1, 10000))
	c.SendFrame(wire.Frame{Number: 163, Body: []byte{1, 2, 3}})
	assert.Equal(t, plain("af00")+u32(1000)+"0000", c.ask(request(174, 0, 0)), "the first answer is for the next request")
}
