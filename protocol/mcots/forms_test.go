package mcots

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

var (
	fairlaneBody = Part{PartID: 2, ParentID: 1, BrandedPartID: 1001}
	worn         = Part{
		PartID: 100, ParentID: 200, BrandedPartID: 300, RepairPrice: 400, JunkPrice: 500, Wear: 600,
		Attachment: AttachA, Damage: 8,
	}
	racePassword = RacePassword{'M', 'a', 'r', 't', 'y'}
)

// wornHex is the part `worn` by the table of mcots-1 5.4.
const wornHex = "64000000 c8000000 2c010000 90010000 f4010000 58020000 07 08"

// forms are the messages that we send, spelled by hand from the layout tables of
// the reference, number included.
var forms = []struct {
	name   string
	packet wire.Packet
	want   []byte
}{
	{"101 success", Accept(MsgLogout.Message), unhex("6500 6a00 00000000 00000000 00000000")},
	{"101 bought car",
		MsgSuccess.With(&GenericReply{Request: 142, Result: 101, Data: 5001}),
		unhex("6500 8e00 65000000 89130000 00000000")},
	{"102 refusal", Refuse(218, ReasonTooManyPlayers), unhex("6600 da00 ee000000 00000000 00000000")},
	{"102 for an unknown number", Refuse(999, ReasonNone), unhex("6600 e703 00000000 00000000 00000000")},
	{"101 padded to 17", padded(17), append(unhex("6500 b601 00000000 00000000 00000000"), 0)},
	{"101 padded to 114", padded(114), image(114, put{0, "6500 b601"})},
	{"101 padded to 16", padded(16), image(16, put{0, "6500 b601"})},
	{"494 description saved",
		MsgDescriptionSet.With(&GenericReply{Request: 492}), unhex("ee01 ec01 00000000 00000000 00000000")},

	{"213 login complete",
		MsgLoginComplete.With(&LoginComplete{ServerTime: 0x6963E0B2, Flags: LoginFirstTime}),
		image(173, put{0, "d500 b2e06369 01"})},
	{"213 in 72 bytes",
		MsgLoginComplete72.With(&LoginComplete72{ServerTime: 0x6963E0B2, FirstTime: true, ShardAvePlayerLevel: 5}),
		image(72, put{0, "d500 b2e06369 01"}, put{32, "05000000"})},

	{"325 one lobby",
		MsgLobbies.With(&Lobbies{Lobbies: []LobbyInfo{{
			LobbyID: 10001, RaceType: RaceSimPro, RiffName: "MC100", TurfName: "Hillvally Zoom", ElementID: 25,
			PlayersMax: 8, NightDefault: true, TopDog: "Dr Brown", RaceCashFactor: 1,
		}}}),
		image(574, put{0, "4501 0100 00"}, put{5, "11270000 11000000 00000000"}, put{5 + 12, "4d 43 31 30 30"},
			put{5 + 44, "48696c6c76616c6c79205a6f6f6d"}, put{5 + 311, "19000000"}, put{5 + 347, "0800"},
			put{5 + 373, "0100"}, put{5 + 393, "44722042726f776e"}, put{5 + 565, "0000803f"})},
	{"408 one purse",
		MsgPurseInfo.With(&PurseInfo{Entries: []PurseEntry{{EntryFee: 100, Purse: 1000}}}),
		unhex("9801 0100 00 64000000 e8030000")},
	{"323 one arcade car",
		MsgArcadeCars.With(&ArcadeCars{Cars: []ArcadeCar{{BrandedPartID: 113}}}),
		unhex("4301 0100 00 71000000 00000000")},
	{"323 more to come", MsgArcadeCars.With(&ArcadeCars{More: true}), unhex("4301 0000 01")},
	{"364 two addresses",
		MsgGameURLs.With(&GameURLs{URLs: []GameURL{{ID: 0, URL: "http://a/"}, {ID: 58, URL: "http://b/"}}}),
		image(5+2*516, put{0, "6c01 0200 00 00000000 687474703a2f2f612f"}, put{5 + 516, "3a000000 687474703a2f2f622f"})},
	{"390 in 124 bytes", MsgTunables.With(tunables(TunablesTail)), image(124, tunableBytes...)},
	{"390 in 118 bytes", MsgTunables.With(tunables(0)), image(118, tunableBytes...)},

	{"108 player info", MsgPlayerInfo.With(&player), image(423, append(playerBytes, put{0, "6c00"})...)},
	{"122 player info", MsgPlayerInfo122.With(&player), image(423, append(playerBytes, put{0, "7a00"})...)},
	{"265 player look",
		MsgPlayerPhysical.With(&PlayerPhysical{
			PlayerID: 21, BodyType: 5,
			HairColor: 0xFFAC450D, SkinColor: 0xFFFFCEA5, ShirtColor: 0xFFFFFFFF, PantsColor: 0xFFFFD800,
		}),
		unhex("0901 15000000 05000000 0d45acff a5ceffff ffffffff 00d8ffff")},
	{"362 empty, as captured", history(true), image(39, put{0, "6a01 15000000 0000 00"})},
	{"362 empty, not padded", history(false), unhex("6a01 15000000 0000 00")},
	{"362 one record",
		history(true, HistoryRecord{
			RaceType: 16, RacesEntered: 10, RacesFinished: 8, RacesWon: 3, CarsWon: 1, CashWon: 2500,
		}),
		unhex("6a01 15000000 0100 00 10000000 0a000000 08000000 03000000 01000000 00000000 00000000 c4090000")},

	{"173 no car", owned(), unhex("ad00 00 00")},
	{"173 one car", owned(OwnedVehicle{VehicleID: 1, BrandedPartID: 104}), unhex("ad00 01 01000000 68000000")},
	{"123 one car, two parts",
		MsgVehicleInfo.With(&VehicleInfo{
			PlayerID: 21, Vehicle: Vehicle{VehicleID: 1, SkinID: 47, Delta: 3}, Parts: []Part{fairlaneBody, worn},
		}),
		image(2027+52, put{0, "7b00 15000000 01000000 2f000000 00000000 03000000 00 0000"},
			put{2025, "0200 02000000 01000000 e9030000"}, put{2027 + 26, wornHex})},
	{"123 exact damage, one part",
		MsgVehicleInfoExact.With(&VehicleInfoExact{
			PlayerID: 21, Vehicle: VehicleExact{VehicleID: 1, SkinID: 47, Damage: []byte{0xAA, 0xBB, 0xCC}}, Parts: []Part{worn},
		}),
		unhex("7b00 15000000 01000000 2f000000 00000000 00000000 00 0300 aabbcc 0100" + wornHex)},
	{"141 dealer stock",
		MsgStockCars.With(&StockCars{StarterCash: 10000, DealerID: 8, Brand: 105, Cars: []StockCar{
			{BrandedPartID: 113, RetailPrice: 7394}, {BrandedPartID: 104, RetailPrice: 6495, DealOfTheDay: true},
		}}),
		unhex("8d00 10270000 08000000 69000000 0200 00 71000000 e21c0000 0000 68000000 5f190000 0100")},
	{"141 empty dealer",
		MsgStockCars.With(&StockCars{StarterCash: 10000, DealerID: 3, Brand: 105}),
		unhex("8d00 10270000 03000000 69000000 0000 00")},

	{"175 no part", OwnedParts(26, 21, nil), unhex("af00 15000000 0000")},
	{"175 one part", OwnedParts(26, 21, []Part34{{Part: worn}}), unhex("af00 15000000 0100" + wornHex)},
	{"175 in 28 bytes", OwnedParts(28, 21, []Part34{{Part: worn}}), unhex("af00 15000000 0100" + wornHex + "0000")},
	{"175 in 34 bytes",
		OwnedParts(34, 21, []Part34{{Part: worn, RetailPrice: 1000, MaxWear: 30000}}),
		unhex("af00 15000000 0100" + wornHex + "e8030000 30750000")},
	{"184 one part", AssemblyParts(26, 21, []Part34{{Part: worn}}), unhex("b800 15000000 0100" + wornHex)},
	{"184 in 28 bytes", AssemblyParts(28, 21, []Part34{{Part: worn}}), unhex("b800 15000000 0100" + wornHex + "0000")},
	{"184 in 34 bytes",
		AssemblyParts(34, 21, []Part34{{Part: worn, RetailPrice: 1000, MaxWear: 30000}}),
		unhex("b800 15000000 0100" + wornHex + "e8030000 30750000")},

	{"223 race created",
		MsgRaceCreated.With(&RaceCreated{
			RaceID: JoinID(1, 88), EntryFee: 5, PerPlayerPurseBonus: 20, Password: racePassword,
			RaceHistoryID: 44, PerRacePurseBonus: 3,
		}),
		unhex("df00 58000001 05000000 14000000 4d61727479000000 2c000000 03000000")},
	{"224 race joined",
		MsgRaceJoined.With(&RaceJoined{RaceID: 88, Password: racePassword}), unhex("e000 58000000 4d61727479000000")},
	{"233 race started",
		MsgRaceStarted.With(&RaceStarted{RaceID: 88, OKToStart: true, Racers: [RaceSlots]Started{{ID: 21}, {ID: 22, Invalid: true}}}),
		image(40, put{0, "e900 58000000 01000000 15000000 00 16000000 01"})},
	{"237 final results",
		MsgFinalResults.With(&FinalResults{
			RaceID: 88,
			Racers: [RaceSlots]RacerResult{
				{
					ID: 21, RaceTime: 5760, BestLapTime: 1408, TopSpeed: 87, AvgSpeed: 64, RacePoints: 100, TotalPoints: 350,
					PointsToNextLevel: 150, PointsToNextRank: 900, OldLevel: 1, NewLevel: 3, CashWon: 700, PrizeID: 9,
					Flags: RacerTopSpeedEver | RacerPromotionBonus,
				},
				{ID: 22, RacePoints: -10, OldLevel: 2, OldRank: 1, NewLevel: 2, NewRank: 1, Flags: RacerTimedOut},
			},
			Flags: FinalRaceAgain, TeamCombinedPar: 64,
		}),
		image(262, put{0, "ed00 58000000"},
			put{6, "15000000 80160000 80050000 5700 4000 6400 5e01 9600 8403 01 00 09000000 bc020000 03 00 04020000"},
			put{46, "16000000 00000000 00000000 0000 0000 f6ff 0000 0000 0000 02 01 00000000 00000000 02 01 00010000"},
			put{249, "01"}, put{258, "40000000"})},
}

func padded(size int) wire.Packet {
	r := &GenericReply{Request: 438, Pad: []byte{1}}
	r.PadTo(size)
	return MsgSuccess.With(r)
}

func history(pad bool, records ...HistoryRecord) wire.Packet {
	h := &RacingHistory{PersonaID: 21, Records: records}
	if pad {
		h.PadEmpty()
	}
	return MsgRacingHistory.With(h)
}

func owned(cars ...OwnedVehicle) wire.Packet {
	v := &OwnedVehicles{Vehicles: cars}
	v.PadEmpty()
	return MsgOwnedVehicles.With(v)
}

func tunables(tail int) *Tunables {
	return &Tunables{
		ClubCreationCost: 5000, ClubCreationRequiredLevel: 5, ClubOfficerRequiredLevel: 6, InventorySizePerLevel: 40,
		CarsPerLevel: 3, MaxEZStreetLevel: 4, ClubSwitchCooldown: 7, RepairCostModifier: 1, ScrapValueModifier: 0.5,
		AdCost: [7]uint32{100, 200, 300, 400, 500, 600, 700}, TradeInModifier: 0.5, SimStreetMaxWager: 10000,
		SalaryPerLevel: 1000, ClubMaxMembers: 50, ClubRegistrationCost: 500000, ClubReRegistrationCost: 50000,
		ClassifiedAdRate: 1, ClassifiedAdMaxDuration: 7, ClassifiedAdMaxSize: 200, ClassifiedAdMaxCountPerOwner: 3,
		Tail: make([]byte, tail),
	}
}

var tunableBytes = []put{
	{0, "8601 88130000 05000000 06000000 28000000 03000000 04000000 07000000"},
	{30, "000000000000f03f 000000000000e03f"},
	{46, "64000000 c8000000 2c010000 90010000 f4010000 58020000 bc020000"},
	{74, "000000000000e03f"},
	{82, "10270000 e8030000 32000000 20a10700 50c30000 01000000 07000000 c8000000 03000000"},
}

var player = PlayerInfo{
	PlayerID: 21, PlayerName: "Dr Brown", BankBalance: 3505, Vehicles: 1, IsLoggedOn: true,
	CarNumbers: [6]string{"7", "42"}, PlateCode: 0x0102, PlateText: "GARAGE1", CarInfoSetting: 3, RacesEntered: 10,
	RacesWon: 3, RacesCompleted: 8, TotalWinnings: 2500, Points: 350, Level: 3, Rank: 0, PointsToNextLevel: 250,
	PointsToNextRank: 650, MaxInventorySlots: 120, InventorySlotsUsed: 2, Description: "Great Scott! \u00e9",
}

var playerBytes = []put{
	{2, "15000000 44722042726f776e"}, {32, "b10d0000 0100 01"}, {39, "370000 343200"},
	{57, "0201 47415241474531"}, {67, "03000000"}, {75, "0a000000 03000000 08000000 c4090000"},
	{113, "5e010000 03000000 00000000 fa00 8a02 78000000 02000000"},
	{166, "47726561742053636f74742120e9"},
}

func TestFormsThatWeSend(t *testing.T) {
	for _, tt := range forms {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, encode(t, tt.packet))
		})
	}
}

// TestFormsDecode reads every form back and writes it again, as a bot does.
func TestFormsDecode(t *testing.T) {
	for _, tt := range forms {
		t.Run(tt.name, func(t *testing.T) {
			body := tt.want[numberSize:]
			again := recode(t, tt.packet.Message, body)
			assert.Equal(t, body, again)
			for cut := range min(tt.packet.Message.Layout().MinSize(), len(body)) {
				_, err := recodeErr(tt.packet.Message, body[:cut])
				require.ErrorIs(t, err, wire.ErrTruncated, "cut at %d", cut)
			}
		})
	}
}
