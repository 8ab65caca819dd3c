package bot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
)

// inMCOTS makes a transaction connection of a logged-in client.
func inMCOTS(t *testing.T, o bot.Options) (*fake, *bot.Transactions) {
	s := newFake(t)
	transactions, err := s.client(o).Transactions(context.Background())
	require.NoError(t, err)
	t.Cleanup(transactions.Close)
	return s, transactions
}

func TestTransactionErrors(t *testing.T) {
	part := mcots.Part{PartID: 2, ParentID: 1}
	vehicle := func(parts ...mcots.Part) []reply {
		return packets(mcots.MsgVehicleInfo.With(&mcots.VehicleInfo{Vehicle: mcots.Vehicle{VehicleID: 1}, Parts: parts}))
	}
	readCar := func(ctx context.Context, c *bot.Transactions) error { _, err := c.Vehicle(ctx, 1); return err }
	cars := func(ctx context.Context, c *bot.Transactions) error { _, err := c.Vehicles(ctx); return err }
	parts := func(ctx context.Context, c *bot.Transactions) error { _, err := c.Parts(ctx); return err }
	home := func(ctx context.Context, c *bot.Transactions) error { _, err := c.Home(ctx); return err }
	for name, c := range map[string]struct {
		key    string
		answer []reply
		do     func(context.Context, *bot.Transactions) error
		is     error
		want   string
	}{
		"refused": {"mcots 172", packets(mcots.Refuse(172, mcots.ReasonInvalidVehicle)), cars, bot.ErrRefused,
			"expected 173 MC_OWNED_VEHICLES_LIST, received 102 MC_FAILED with 14 bytes: request 172 refused with reason 191"},
		"refusal of another request": {"mcots 172", packets(mcots.Refuse(145, 0)), cars, bot.ErrUnexpected, "received 102"},
		"sequence": {"mcots 172", []reply{{packet: mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{}), skew: 1}}, cars, bot.ErrMalformed,
			"the answer carries sequence 4, the request carried 3"},
		"in clear":           {"mcots 172", []reply{{packet: mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{}), plain: true}}, cars, bot.ErrMalformed, "in clear: true"},
		"cut short":          {"mcots 172", shaped(wire.MCOTS, 173, "020100000068000000"), cars, bot.ErrMalformed, "OwnedVehicles.Vehicles"},
		"signature":          {"mcots 172", raw(t, "130044434d54"), cars, bot.ErrMalformed, "signature"},
		"other car":          {"mcots 145", packets(mcots.MsgVehicleInfo.With(&mcots.VehicleInfo{Vehicle: mcots.Vehicle{VehicleID: 9}})), readCar, bot.ErrMalformed, "about vehicle 9, asked was 1"},
		"part twice":         {"mcots 145", vehicle(part, part), readCar, bot.ErrMalformed, "part 2 comes twice"},
		"root among parts":   {"mcots 145", vehicle(mcots.Part{PartID: 1}), readCar, bot.ErrMalformed, "part 1 comes twice"},
		"part hangs nowhere": {"mcots 145", vehicle(mcots.Part{PartID: 2, ParentID: 3}), readCar, bot.ErrMalformed, "part 2 hangs on 3"},
		"parts of another":   {"mcots 174", packets(mcots.OwnedParts(26, 99, nil)), parts, bot.ErrMalformed, "lists parts of persona 99"},
		"old empty parts":    {"mcots 174", shaped(wire.MCOTS, 175, "1500000000"), parts, bot.ErrMalformed, "5 bytes, at least 6"},
		"parts of odd size":  {"mcots 174", shaped(wire.MCOTS, 175, "150000000100"+strings.Repeat("00", 27)), parts, bot.ErrMalformed, "1 bytes behind the last field"},
		"car cut short":      {"mcots 145", shaped(wire.MCOTS, 123, strings.Repeat("00", 22)), readCar, bot.ErrMalformed, "VehicleInfoExact"},
		"purses first":       {"mcots 324", packets(mcots.MsgPurseInfo.With(&mcots.PurseInfo{})), home, bot.ErrUnexpected, "expected 325 MC_LOBBIES, received 408"},
		"lobbies after purses": {"mcots 324", packets(mcots.MsgLobbies.With(&mcots.Lobbies{}),
			mcots.MsgPurseInfo.With(&mcots.PurseInfo{More: true, Entries: []mcots.PurseEntry{{EntryFee: 1}}}), mcots.MsgLobbies.With(&mcots.Lobbies{})), home,
			bot.ErrUnexpected, "expected 408"},
		"second frame refused": {"mcots 363", packets(mcots.MsgGameURLs.With(&mcots.GameURLs{More: true}), mcots.Refuse(363, 0)), home, bot.ErrRefused, "request 363 refused"},
		"half a list": {"mcots 363", append(packets(mcots.MsgGameURLs.With(&mcots.GameURLs{More: true})), reply{hangUp: true}), home, bot.ErrClosed,
			"received 1 of several messages"},
		"player of another": {"mcots 108", packets(mcots.MsgPlayerInfo.With(&mcots.PlayerInfo{PlayerID: 5})), home, bot.ErrMalformed, "about persona 5, asked was 21"},
		"success of another": {"mcots 266", packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: 109})),
			func(ctx context.Context, c *bot.Transactions) error { return c.SetLook(ctx, mcots.PlayerPhysical{}) }, bot.ErrUnexpected, "received 101"},
		"filthy": {"mcots 492", packets(mcots.MsgFilthyText.With(&mcots.GenericReply{Request: 492})),
			func(ctx context.Context, c *bot.Transactions) error { return c.SetDescription(ctx, "darn") }, bot.ErrText, "received 493"},
		"no vehicle": {"mcots 142", packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: 142})),
			func(ctx context.Context, c *bot.Transactions) error { _, err := c.BuyCar(ctx, bot.Car{}); return err }, bot.ErrMalformed, "names no vehicle"},
	} {
		t.Run(name, func(t *testing.T) {
			s, transactions := inMCOTS(t, bot.Options{})
			s.on(c.key, c.answer)
			err := c.do(context.Background(), transactions)
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestConnectRefused(t *testing.T) {
	s := newFake(t)
	c := s.client(bot.Options{})
	s.on("mcots 438", []reply{{packet: mcots.Refuse(438, 0), plain: true, hangUp: true}})
	_, err := c.Transactions(context.Background())
	require.ErrorIs(t, err, bot.ErrRefused)
	assert.ErrorContains(t, err, "connect at mcots 127.0.0.1:")
}

// The known other forms of answers are read too.
func TestAlternativeForms(t *testing.T) {
	ctx := context.Background()
	s, transactions := inMCOTS(t, bot.Options{})
	s.on("mcots 105", packets(mcots.MsgLoginComplete72.With(&mcots.LoginComplete72{ServerTime: 7, FirstTime: true})))
	done, err := transactions.Login(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, mcots.LoginComplete{ServerTime: 7, Flags: mcots.LoginFirstTime}, *done)

	want := []mcots.Part{{PartID: 2, BrandedPartID: 3, Damage: 4}, {PartID: 5}}
	for _, size := range []int{26, 28, 34} {
		s.on("mcots 174", packets(mcots.OwnedParts(size, 21, []mcots.Part34{{Part: want[0], MaxWear: 9}, {Part: want[1]}})))
		got, err := transactions.Parts(ctx)
		require.NoError(t, err, "%d", size)
		assert.Equal(t, want, got, "%d", size)
		s.on("mcots 183", packets(mcots.AssemblyParts(size, 21, []mcots.Part34{{Part: want[0]}, {Part: want[1]}})))
		got, err = transactions.Assembly(ctx, 2)
		require.NoError(t, err, "%d", size)
		assert.Equal(t, want, got, "%d", size)
	}

	s.on("mcots 145", packets(mcots.MsgVehicleInfoExact.With(&mcots.VehicleInfoExact{
		PlayerID: 21, Vehicle: mcots.VehicleExact{VehicleID: 1, SkinID: 40, Damage: []byte{1, 2}}, Parts: []mcots.Part{{PartID: 2, ParentID: 1}},
	})))
	car, err := transactions.Vehicle(ctx, 1)
	require.NoError(t, err)
	assert.EqualValues(t, 40, car.Vehicle.SkinID)
	assert.Equal(t, []byte{1, 2}, car.Vehicle.Damage)
	assert.Len(t, car.Parts, 1)

	s.on("mcots 108", packets(mcots.MsgPlayerInfo122.With(&mcots.PlayerInfo{PlayerID: 21, BankBalance: 3})))
	player, err := transactions.Player(ctx, 21)
	require.NoError(t, err)
	assert.EqualValues(t, 3, player.BankBalance)
}

func TestGarage(t *testing.T) {
	ctx := context.Background()
	s, transactions := inMCOTS(t, bot.Options{})
	ok := func(number uint16, data uint32) []reply {
		return packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: number, Data: data}))
	}
	s.on("mcots 176", ok(176, 77))
	part, err := transactions.BuyPart(ctx, 101, 8)
	require.NoError(t, err)
	assert.EqualValues(t, 77, part)
	s.on("mcots 176", packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: 176, Result: 78})))
	part, err = transactions.BuyPart(ctx, 101, 8)
	require.NoError(t, err)
	assert.EqualValues(t, 78, part)
	for _, c := range []struct {
		number uint16
		key    string
		do     func() error
	}{
		{177, "mcots 177", func() error { return transactions.RepairPart(ctx, 77) }},
		{178, "mcots 178", func() error { return transactions.RepairVehicle(ctx, 0x01020304) }},
		{181, "mcots 181", func() error { return transactions.InstallPart(ctx, 77, 1, mcots.AttachFront) }},
		{182, "mcots 182", func() error { return transactions.RemovePart(ctx, 77) }},
		{320, "mcots 320", func() error { return transactions.DeletePersona(ctx) }},
	} {
		s.on(c.key, ok(c.number, 0))
		require.NoError(t, c.do(), "%d", c.number)
	}
	s.on("mcots 492", packets(mcots.MsgDescriptionSet.With(&mcots.GenericReply{Request: 492})))
	require.NoError(t, transactions.SetDescription(ctx, "Fast"))
	s.on("mcots 214", nil)
	require.NoError(t, transactions.ScrapPart(ctx, 77))
	require.NoError(t, transactions.Logout(ctx))
	assert.Equal(t, []string{
		"176 6500000008000000", "176 6500000008000000", "177 4d00000000000000", "178 0403020100000000",
		"181 4d000000010000000a000000", "182 4d00000000000000", "320 1500000000000000",
	}, s.received("mcots")[1:8])
	got := s.received("mcots")
	assert.Equal(t, []string{"214 4d00000000000000", "106 0000000000000000"}, got[len(got)-2:])
}

// Race messages may come at any time, with whatever sequence.
func TestTransactionPush(t *testing.T) {
	s, transactions := inMCOTS(t, bot.Options{})
	s.on("mcots 172", []reply{
		{packet: mcots.MsgFinalResults.With(&mcots.FinalResults{RaceID: 5}), skew: 1},
		{packet: mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{})},
	})
	_, err := transactions.Vehicles(context.Background())
	require.NoError(t, err)
	e := <-transactions.Events()
	assert.EqualValues(t, 5, e.Body.(*mcots.FinalResults).RaceID)
	// Sent and received so far: 438, 101, 172, 237, 173.
	s.on("mcots 172", []reply{{packet: mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{}), skew: 2}})
	_, err = transactions.Vehicles(context.Background())
	require.ErrorContains(t, err, "sequence 8, the request carried 6")
}

// What shares a segment: the requests that the client sends without waiting in between.
func TestSegments(t *testing.T) {
	for _, c := range []struct {
		segments bot.Segments
		writes   int
	}{{bot.Whole, 16}, {bot.Glued, 14}} {
		s := newFake(t)
		r := &recorder{port: s.target.Ports.Actual(bot.PortMCOTS)}
		transactions, err := s.client(bot.Options{Segments: c.segments, Dial: r.dial}).Transactions(context.Background())
		require.NoError(t, err)
		_, err = transactions.Login(context.Background(), nil)
		require.NoError(t, err)
		_, err = transactions.Home(context.Background())
		require.NoError(t, err)
		require.NoError(t, transactions.Logout(context.Background()))
		assert.Len(t, s.received("mcots"), 15)
		assert.Len(t, r.all(), c.writes-1)
	}
	s := newFake(t)
	r := &recorder{port: s.target.Ports.Actual(bot.PortMCOTS)}
	transactions, err := s.client(bot.Options{Segments: bot.Bytes, Dial: r.dial}).Transactions(context.Background())
	require.NoError(t, err)
	defer transactions.Close()
	assert.Len(t, r.all(), 51)
}
