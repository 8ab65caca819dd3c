package mcots

import (
	"encoding/binary"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// layouts are the tables of the protocol reference: offset, size and field. The
// offsets of a message begin at 2, behind its number, those of a record at 0.
var layouts = []struct {
	value any
	start int
	size  int // of message or record, as the reference gives it
	table string
}{
	{GenericRequest{}, 2, 10, `2 4 Data; 6 4 Data2`},
	{GenericReply{}, 2, 16, `2 2 Request; 4 4 Result; 8 4 Data; 12 4 Data2`},
	{Timestamp{}, 0, 16, `0 2 Year; 2 2 Month; 4 2 Day; 6 2 Hour; 8 2 Minute; 10 2 Second; 12 4 Fraction`},
	{Connect{}, 2, 40, `2 4 CustomerID; 6 4 PersonaID; 10 13 CustomerName; 23 13 PersonaName; 36 4 ClientVersion`},
	{Login{}, 2, 39, `
		2 4 CustomerID; 6 4 PersonaID; 10 4 LotOwnerID; 14 4 BrandedPartID; 18 4 SkinID; 22 13 PersonaName;
		35 4 ClientVersion`},
	{LoginComplete{}, 2, 173, `
		2 4 ServerTime; 6 1 Flags; 7 2 SecondsTillShutdown; 9 8 ShardGNP; 17 4 ShardCarsSold; 21 4 ShardAveSalary;
		25 4 ShardAveCarsOwned; 29 4 ShardAvePlayerLevel; 33 104 Servers; 137 4 WebCookie; 141 16 NextTally;
		157 16 NextPaycheck`},
	{ServerEntry{}, 0, 26, `0 4 ID; 4 2 Port; 6 16 IP; 22 2 PriorityOrder; 24 2 DutyStatus`},
	{LoginComplete72{}, 2, 72, `
		2 4 ServerTime; 6 1 FirstTime; 7 1 PaycheckWaiting; 8 1 ClubInvitationsWaiting; 9 1 TallyInProgress;
		10 2 SecondsTillShutdown; 12 8 ShardGNP; 20 4 ShardCarsSold; 24 4 ShardAveSalary; 28 4 ShardAveCarsOwned;
		32 4 ShardAvePlayerLevel; 36 4 WebCookie; 40 16 NextTally; 56 16 NextPaycheck`},
	{Tracking{}, 2, 260, `2 2 Type; 4 256 Text`},
	{Lobbies{}, 2, 5, `2 2 Count; 4 1 More`},
	{LobbyInfo{}, 0, 569, `
		0 4 LobbyID; 4 4 RaceType; 8 4 TurfID; 12 32 RiffName; 44 256 TurfName; 300 11 ClientArt; 311 4 ElementID;
		315 4 TurfLength; 319 4 StartSlice; 323 4 EndSlice; 327 4 DragStageLeft; 331 4 DragStageRight;
		335 4 DragStagingSlice; 339 4 GridSpreadFactor; 343 2 Linear; 345 2 PlayersMin; 347 2 PlayersMax;
		349 2 PlayersDefault; 351 2 PlayersEnabled; 353 2 LapsMin; 355 2 LapsMax; 357 2 LapsDefault; 359 2 LapsEnabled;
		361 2 RoundsMin; 363 2 RoundsMax; 365 2 RoundsDefault; 367 2 RoundsEnabled; 369 2 WeatherDefault;
		371 2 WeatherEnabled; 373 2 NightDefault; 375 2 NightEnabled; 377 2 BackwardsDefault; 379 2 BackwardsEnabled;
		381 2 TrafficDefault; 383 2 TrafficEnabled; 385 2 DamageDefault; 387 2 DamageEnabled; 389 2 AIDefault;
		391 2 AIEnabled; 393 13 TopDog; 406 33 TurfOwner; 439 4 QualifyingTime; 443 4 ClubPlayers; 447 4 ClubLaps;
		451 4 ClubRounds; 455 2 ClubNight; 457 2 ClubWeather; 459 2 ClubBackwards; 461 4 BestLapTime; 465 4 Difficulty;
		469 4 TrialPoints; 473 4 TrialCash; 477 4 TrialPointsPerStep; 481 4 TrialCashPerStep; 485 4 TrialStep;
		489 4 Victory1Points; 493 4 Victory1Cash; 497 4 Victory2Points; 501 4 Victory2Cash; 505 4 Victory3Points;
		509 4 Victory3Cash; 513 2 MinLevel; 515 4 MinResetSlice; 519 4 MaxResetSlice; 523 2 Newbie; 525 2 DriverHelmet;
		527 2 ClubPlayersMax; 529 2 ClubPlayersMin; 531 2 ClubPlayersDefault; 533 2 ClubsMax; 535 2 ClubsMin;
		537 4 RacePointsFactor; 541 2 BodyClassMax; 543 2 PowerClassMax; 545 2 PartPrizesMax; 547 2 PartPrizesWon;
		549 4 ClubLogoID; 553 2 TeamTrialWeather; 555 2 TeamTrialNight; 557 2 TeamTrialBackwards; 559 2 TeamTrialLaps;
		561 4 TeamTrialBaseTime; 565 4 RaceCashFactor`},
	{PurseInfo{}, 2, 5, `2 2 Count; 4 1 More`},
	{PurseEntry{}, 0, 8, `0 4 EntryFee; 4 4 Purse`},
	{ArcadeCars{}, 2, 5, `2 2 Count; 4 1 More`},
	{ArcadeCar{}, 0, 8, `0 4 BrandedPartID; 4 4 LobbyID`},
	{GameURLs{}, 2, 5, `2 2 Count; 4 1 More`},
	{GameURL{}, 0, 516, `0 4 ID; 4 512 URL`},
	{Tunables{}, 2, 118, `
		2 4 ClubCreationCost; 6 4 ClubCreationRequiredLevel; 10 4 ClubOfficerRequiredLevel;
		14 4 InventorySizePerLevel; 18 4 CarsPerLevel; 22 4 MaxEZStreetLevel; 26 4 ClubSwitchCooldown;
		30 8 RepairCostModifier; 38 8 ScrapValueModifier; 46 28 AdCost; 74 8 TradeInModifier;
		82 4 SimStreetMaxWager; 86 4 SalaryPerLevel; 90 4 ClubMaxMembers; 94 4 ClubRegistrationCost;
		98 4 ClubReRegistrationCost; 102 4 ClassifiedAdRate; 106 4 ClassifiedAdMaxDuration;
		110 4 ClassifiedAdMaxSize; 114 4 ClassifiedAdMaxCountPerOwner`},
	{PlayerInfo{}, 2, 423, `
		2 4 PlayerID; 6 13 PlayerName; 19 12 DriversLicense; 31 1 DriverClass; 32 4 BankBalance; 36 2 Vehicles;
		38 1 IsLoggedOn; 39 18 CarNumbers; 57 2 PlateCode; 59 8 PlateText; 67 4 CarInfoSetting; 71 4 VehicleID;
		75 4 RacesEntered; 79 4 RacesWon; 83 4 RacesCompleted; 87 4 TotalWinnings; 91 2 InsuranceRisk;
		93 4 InsurancePoints; 97 4 ChallengesEntered; 101 4 ChallengesWon; 105 4 ChallengesCompleted; 109 2 CarsWon;
		111 2 CarsLost; 113 4 Points; 117 4 Level; 121 4 Rank; 125 2 PointsToNextLevel; 127 2 PointsToNextRank;
		129 4 MaxInventorySlots; 133 4 InventorySlotsUsed; 137 4 ItemsOnAuction; 141 4 HighestBid; 145 4 Club;
		149 16 LeftClub; 165 1 CanBeInvitedToClub; 166 257 Description`},
	{PlayerPhysical{}, 2, 26, `
		2 4 PlayerID; 6 4 BodyType; 10 4 HairColor; 14 4 SkinColor; 18 4 ShirtColor; 22 4 PantsColor`},
	{RacingHistory{}, 2, 9, `2 4 PersonaID; 6 2 Count; 8 1 More`},
	{HistoryRecord{}, 0, 32, `
		0 4 RaceType; 4 4 RacesEntered; 8 4 RacesFinished; 12 4 RacesWon; 16 4 CarsWon; 20 4 CarsLost;
		24 4 ChampionshipsWon; 28 4 CashWon`},
	{SetOptions{}, 2, 34, `2 2 PlateCode; 4 8 PlateText; 12 4 CarInfoSetting; 16 18 CarNumbers`},
	{SetDescription{}, 2, 258, `2 256 Description`},
	{DeletePersona{}, 2, 10, `2 4 PersonaID; 6 4 Extra`},
	{OwnedVehicles{}, 2, 3, `2 1 Count`},
	{OwnedVehicle{}, 0, 8, `0 4 VehicleID; 4 4 BrandedPartID`},
	{VehicleInfo{}, 2, 2027, `2 4 PlayerID; 6 2019 Vehicle; 2025 2 Count`},
	{VehicleInfoExact{}, 2, 27, `2 4 PlayerID; 6 19 Vehicle; 25 2 Count`},
	{Vehicle{}, 0, 2019, `
		0 4 VehicleID; 4 4 SkinID; 8 4 Flags; 12 4 Delta; 16 1 CarClass; 17 2 DamageLength; 19 2000 Damage`},
	{VehicleExact{}, 0, 19, `0 4 VehicleID; 4 4 SkinID; 8 4 Flags; 12 4 Delta; 16 1 CarClass; 17 2 DamageLength`},
	{StockCars{}, 2, 17, `2 4 StarterCash; 6 4 DealerID; 10 4 Brand; 14 2 Count; 16 1 More`},
	{StockCar{}, 0, 10, `0 4 BrandedPartID; 4 4 RetailPrice; 8 2 DealOfTheDay`},
	{PurchaseCar{}, 2, 18, `2 4 DealerID; 6 4 BrandedPartID; 10 4 SkinID; 14 4 TradeInCarID`},
	{Part{}, 0, 26, `
		0 4 PartID; 4 4 ParentID; 8 4 BrandedPartID; 12 4 RepairPrice; 16 4 JunkPrice; 20 4 Wear; 24 1 Attachment;
		25 1 Damage`},
	{Part28{}, 0, 28, `0 26 Part; 26 2 Pad`},
	{Part34{}, 0, 34, `0 26 Part; 26 4 RetailPrice; 30 4 MaxWear`},
	{PartsList{}, 2, 8, `2 4 OwnerID; 6 2 Count`},
	{PartsList28{}, 2, 8, `2 4 OwnerID; 6 2 Count`},
	{PartsList34{}, 2, 8, `2 4 OwnerID; 6 2 Count`},
	{OwnedParts7{}, 2, 7, `2 4 PersonaID; 6 1 Count`},
	{PlayerInfo385{}, 2, 385, `2 383 Fields`},
	{InstallPart{}, 2, 10, `2 4 PartID; 6 4 ParentID`},
	{CreateRace{}, 2, 50, `
		2 4 LobbyID; 6 4 EntryFee; 10 1 ClubRace; 11 1 PinkSlip; 12 1 TeamTrial; 13 4 SponsorID; 17 4 MinLevel;
		21 4 MaxLevel; 25 4 MaxHP; 29 1 MaxRacers; 30 1 MinRacers; 31 1 Rounds; 32 1 Laps; 33 1 Backward;
		34 1 Mirrored; 35 1 Night; 36 1 Weather; 37 1 Damage; 38 1 Traffic; 39 1 AIRacers; 40 1 Handicap;
		41 4 PowerClass; 45 4 BodyClass; 49 1 DisallowNOS`},
	{RaceCreated{}, 2, 30, `
		2 4 RaceID; 6 4 EntryFee; 10 4 PerPlayerPurseBonus; 14 8 Password; 22 4 RaceHistoryID; 26 4 PerRacePurseBonus`},
	{JoinRace{}, 2, 12, `2 4 RaceID; 6 4 VehicleID; 10 1 PowerClass; 11 1 Unknown`},
	{RaceJoined{}, 2, 14, `2 4 RaceID; 6 8 Password`},
	{StartRace{}, 2, 70, `2 4 RaceID; 6 54 Racers; 60 1 MultiRoundLimit; 61 1 Laps; 62 4 Flags; 66 4 DialIn`},
	{Starter{}, 0, 9, `0 4 ID; 4 4 VehicleID; 8 1 IsHuman`},
	{RaceStarted{}, 2, 40, `2 4 RaceID; 6 4 OKToStart; 10 30 Racers`},
	{Started{}, 0, 5, `0 4 ID; 4 1 Invalid`},
	{RacerCompleted{}, 2, 30, `
		2 2 TopSpeed; 4 4 RaceID; 8 4 ID; 12 4 CompletionTime; 16 4 BestLapTime; 20 2 AvgSpeed; 22 4 SecurityFlags;
		26 4 TravelMapSize`},
	{FinalResults{}, 2, 262, `
		2 4 RaceID; 6 240 Racers; 246 1 RoundsCompleted; 247 2 RoundWinners; 249 1 Flags; 250 4 TeamCashBonus;
		254 4 TeamPointBonus; 258 4 TeamCombinedPar`},
	{RacerResult{}, 0, 40, `
		0 4 ID; 4 4 RaceTime; 8 4 BestLapTime; 12 2 TopSpeed; 14 2 AvgSpeed; 16 2 RacePoints; 18 2 TotalPoints;
		20 2 PointsToNextLevel; 22 2 PointsToNextRank; 24 1 OldLevel; 25 1 OldRank; 26 4 PrizeID; 30 4 CashWon;
		34 1 NewLevel; 35 1 NewRank; 36 4 Flags`},
	{InRaceDamage{}, 2, 8, `2 4 RaceID; 6 2 Count`},
	{PostRaceDamage{}, 2, 8, `2 4 RaceID; 6 2 Count`},
	{CRCPreRace{}, 2, 22, `2 4 Checksum; 6 4 RaceID; 10 4 TrackCheck; 14 4 SliceCheck; 18 4 TireCheck`},
}

// TestLayouts sets one field at a time and expects its bytes, and only those, at
// the place that the reference gives them, in both directions.
func TestLayouts(t *testing.T) {
	for _, tt := range layouts {
		typ := reflect.TypeOf(tt.value)
		t.Run(typ.Name(), func(t *testing.T) {
			layout, err := wire.Compile(typ, wire.LittleEndian)
			require.NoError(t, err)
			next := tt.start
			for entry := range strings.SplitSeq(tt.table, ";") {
				parts := strings.Fields(entry)
				require.Len(t, parts, 3, entry)
				at, size := number(t, parts[0]), number(t, parts[1])
				require.Equal(t, next, at, "the table has no gaps")
				next += size
				checkField(t, layout, typ, parts[2], at-tt.start, size, tt.size-tt.start)
			}
			require.Equal(t, tt.size, next, "the table ends where the message ends")
		})
	}
}

func checkField(t *testing.T, layout *wire.Layout, typ reflect.Type, name string, at, size, total int) {
	v := reflect.New(typ)
	field := v.Elem().FieldByName(name)
	require.True(t, field.IsValid(), name)
	want := make([]byte, total)
	if !counts(typ, name) { // what is sent is the length of the list, 0 here
		seed := byte(0x80)
		fill(field, size, &seed)
		require.Len(t, spell(field, size), size, name)
		copy(want[at:], spell(field, size))
	}
	got, err := layout.Append(nil, v.Interface())
	require.NoError(t, err, name)
	require.Equal(t, want, got, name)

	back := reflect.New(typ)
	used, err := layout.Decode(got, back.Interface())
	require.NoError(t, err, name)
	assert.Equal(t, total, used, name)
	assert.Equal(t, spell(field, size), spell(back.Elem().FieldByName(name), size), name)
}

// counts reports whether a field is written as the length of a list.
func counts(typ reflect.Type, name string) bool {
	for i := range typ.NumField() {
		if strings.Contains(typ.Field(i).Tag.Get("wire"), "count="+name) {
			return true
		}
	}
	return false
}

// fill gives every leaf of a value its own non-zero content.
func fill(v reflect.Value, size int, seed *byte) {
	*seed++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(strings.Repeat("N", size-1))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*seed) + 0.5)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).Kind() != reflect.Slice && !counts(v.Type(), v.Type().Field(i).Name) {
				fill(v.Field(i), 0, seed)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), size/v.Len(), seed)
		}
	case reflect.Slice:
		v.SetBytes([]byte(strings.Repeat("\xA5", size)))
	default:
		var raw [8]byte
		for i := range int(v.Type().Size()) {
			raw[i] = *seed + byte(i)*17
		}
		bits := reflect.ValueOf(binary.LittleEndian.Uint64(raw[:]))
		v.Set(bits.Convert(v.Type()))
	}
}

// spell writes a value the way the reference describes it, in size bytes; 0 means
// the natural size.
func spell(v reflect.Value, size int) []byte {
	var b []byte
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	case reflect.String:
		b = []byte(v.String())
	case reflect.Float32:
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v.Float())))
	case reflect.Float64:
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.Struct:
		for i := range v.NumField() {
			b = append(b, spell(v.Field(i), 0)...)
		}
	case reflect.Array:
		for i := range v.Len() {
			b = append(b, spell(v.Index(i), size/v.Len())...)
		}
	case reflect.Slice:
		b = append(b, v.Bytes()...)
	default:
		raw := binary.LittleEndian.AppendUint64(nil, v.Convert(reflect.TypeFor[uint64]()).Uint())
		b = raw[:v.Type().Size()]
	}
	return append(b, make([]byte, max(0, size-len(b)))...)
}

func number(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// TestEveryStructHasALayoutTable keeps the list above complete.
func TestEveryStructHasALayoutTable(t *testing.T) {
	known := map[string]bool{"Raw": true, "RepairParts": true} // no fixed layout
	for _, tt := range layouts {
		known[reflect.TypeOf(tt.value).Name()] = true
	}
	for _, m := range Registry.All() {
		assert.True(t, known[m.Layout().Type()], "%s has no table", m.Layout().Type())
	}
}
