package mcots

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// cutMark ends the bytes of a row that the vector file shortened.
var cutMark = regexp.MustCompile(`\.\.\.\(cut, (\d+) bytes in all\)$`)

// vector gives the bytes of a column and how many there were before cutting.
func vector(t testing.TB, column string) (raw []byte, total int) {
	t.Helper()
	if column == "-" {
		return nil, 0
	}
	if m := cutMark.FindStringSubmatch(column); m != nil {
		total = number(t.(*testing.T), m[1])
		column = column[:len(column)-len(m[0])]
	}
	raw = unhex(column)
	return raw, max(total, len(raw))
}

func direction(s string) wire.Direction {
	if s == "C>S" {
		return wire.ToServer
	}
	return wire.ToClient
}

// tolerated are the captured or quoted forms that a client took from an old
// server and that do not fit the layouts we send.
var tolerated = map[string]bool{
	"213 MC_LOGIN_COMPLETE":            true, // 72 bytes, see TestCapturedForms
	"108 (player info reply)":          true, // 385 bytes
	"175 MC_OWNED_PARTS_LIST":          true, // u8 count
	"owned_parts_empty_7":              true, // u8 count
	"race_created_reference_malformed": true, // two bytes too long
}

// TestVectorBodies decodes the body of every whole row and writes it again.
func TestVectorBodies(t *testing.T) {
	type row struct{ name, direction, body string }
	var rows []row
	for _, r := range table(t, "captures", "mcots-vectors.tsv") {
		if strings.HasPrefix(r[0], "#") || strings.Contains(r[0], "of the body") || strings.Contains(r[0], "one TCP segment") {
			continue
		}
		rows = append(rows, row{r[0], r[1], r[3]})
	}
	for _, r := range table(t, "captures", "mcots-race-vectors.tsv") {
		if r[0] != "part_record_26" {
			rows = append(rows, row{r[0], r[1], r[2]})
		}
	}
	whole := 0
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			raw, total := vector(t, r.body)
			m := Registry.Find(wire.MCOTS, direction(r.direction), binary.LittleEndian.Uint16(raw))
			require.NotNil(t, m)
			assert.False(t, m.Unknown)
			if total > len(raw) {
				return
			}
			whole++
			again, err := recodeErr(m, raw[numberSize:])
			if tolerated[r.name] {
				assert.NotEqual(t, raw[numberSize:], again, "this form is not to be sent")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, raw[numberSize:], again)
		})
	}
	assert.Greater(t, whole, 90)
}

// TestCapturedStream runs the captured session through the framing: one key, two
// directions, running offsets as stated.
func TestCapturedStream(t *testing.T) {
	rows := table(t, "captures", "mcots-vectors.tsv")
	require.True(t, strings.HasPrefix(rows[0][0], "# RC4 key"))
	var key cipher.SessionKey
	copy(key[:], unhex(rows[0][2]))

	stated := regexp.MustCompile(`^\[capture\] seq (0x)?([0-9a-f]+),.*?(?:RC4 (?:client|server)-stream offset (\d+)|flags 0)`)
	openers := map[string]*Opener{"C>S": NewOpener(testLimit), "S>C": NewOpener(testLimit)}
	offsets := map[string]int{}
	encrypted := 0
	for _, row := range rows[1:] {
		m := stated.FindStringSubmatch(row[4])
		if m == nil {
			continue
		}
		opener, offset := openers[row[1]], offsets[row[1]]
		raw, total := vector(t, row[2])
		body, _ := vector(t, row[3])
		size, err := opener.Size(raw)
		require.NoError(t, err, row[0])
		require.Equal(t, total, size, row[0])

		if m[3] != "" {
			require.Equal(t, number(t, m[3]), offset, row[0])
			if offset == 0 {
				require.NoError(t, opener.Secure(key))
			}
			offsets[row[1]] += total - headerSize
			encrypted++
		}
		// A cut row is filled up, so that the key stream moves by its full length.
		f, err := opener.Open(append(bytes.Clone(raw), make([]byte, total-len(raw))...))
		require.NoError(t, err, row[0])
		seq, err := strconv.ParseUint(m[2], 16, 32)
		require.NoError(t, err)
		assert.Equal(t, uint32(seq), f.Seq, row[0])
		assert.Equal(t, m[3] == "", f.Plain, row[0])
		known := min(len(raw)-headerSize, len(body))
		got := append(binary.LittleEndian.AppendUint16(nil, f.Number), f.Body...)
		assert.Equal(t, body[:known], got[:known], row[0])
	}
	assert.Equal(t, 28, encrypted)
	assert.Equal(t, map[string]int{"C>S": 929, "S>C": 39473 + 114}, offsets)
}

func TestCapturedSegmentWithTwoFrames(t *testing.T) {
	for _, row := range table(t, "captures", "mcots-vectors.tsv") {
		if row[0] != "145 + 440 in one TCP segment" {
			continue
		}
		var key cipher.SessionKey
		copy(key[:], unhex("cddafefb266f72710be7746e9cdbd4bb"))
		o := NewOpener(testLimit)
		require.NoError(t, o.Secure(key))
		// The connection carried 105 and eight generic requests before: 39 + 8 x 10 bytes, as in the
		// main session. (The row says 117, at which nothing decrypts.)
		o.rc4.XOR(make([]byte, 119), make([]byte, 119))
		r := reader{opener: o}
		raw, total := vector(t, row[2])
		require.Len(t, raw, total)
		require.NoError(t, r.feed(raw))
		require.Len(t, r.frames, 2)
		assert.Equal(t, wire.Frame{Number: 145, Seq: 0x15, Body: unhex("01000000 00000000")}, r.frames[0])
		assert.Equal(t, uint16(440), r.frames[1].Number)
		assert.Equal(t, uint32(0x16), r.frames[1].Seq)
		tracking, err := MsgTracking.Decode(r.frames[1].Body)
		require.NoError(t, err)
		assert.Equal(t, TrackingMachine, tracking.Type)
		assert.True(t, strings.HasPrefix(tracking.Text, "2,I,1,0,"), tracking.Text)
		return
	}
	t.Fatal("row not found")
}

// TestCapturedForms checks fields of captured server messages that the tables of
// the reference describe.
func TestCapturedForms(t *testing.T) {
	bodies := map[string][]byte{}
	for _, row := range table(t, "captures", "mcots-vectors.tsv") {
		if !strings.Contains(row[3], " | ") { // two bodies in one row
			bodies[row[0]], _ = vector(t, row[3])
		}
	}

	b := bodies["213 MC_LOGIN_COMPLETE"]
	short, err := MsgLoginComplete72.Decode(b[numberSize:])
	require.NoError(t, err)
	assert.Equal(t, uint32(0x6963E0B2), short.ServerTime)
	assert.True(t, short.FirstTime)
	assert.Equal(t, b, encode(t, MsgLoginComplete72.With(short)))

	b = append(bodies["325 MC_LOBBIES"], bodies["325 MC_LOBBIES, second half of the body"]...)
	b = append(b, bodies["325 MC_LOBBIES, tail of the body"]...)
	lobbies, err := MsgLobbies.Decode(b[numberSize:])
	require.NoError(t, err)
	require.Len(t, lobbies.Lobbies, 2)
	first, other := lobbies.Lobbies[0], lobbies.Lobbies[1]
	assert.Equal(t, "2 MCC10 14 Hillvally Punks 25 8 true", lobbyText(first))
	assert.Equal(t, "10001 MC100 17 Hillvally Zoom 25 8 true", lobbyText(other))
	// The old server filled the whole field of the top dog; we always leave room for the NUL.
	for i := range lobbies.Lobbies {
		l := &lobbies.Lobbies[i]
		assert.Len(t, l.TopDog, 13)
		l.TopDog = l.TopDog[:12]
		b[5+569*i+393+12] = 0
	}
	assert.Equal(t, b, encode(t, MsgLobbies.With(lobbies)))

	b = append(bodies["123 MC_VEHICLE_INFO"], make([]byte, 2020-400)...)
	b = append(b, bodies["123 MC_VEHICLE_INFO, tail of the body"]...)
	car, err := MsgVehicleInfo.Decode(b[numberSize:])
	require.NoError(t, err)
	assert.Equal(t, uint32(1), car.Vehicle.VehicleID)
	assert.Equal(t, uint32(47), car.Vehicle.SkinID)
	require.Len(t, car.Parts, 40)
	assert.Equal(t, fairlaneBody, car.Parts[0])
	var onCar []uint32
	for _, p := range car.Parts {
		if p.ParentID == car.Vehicle.VehicleID {
			onCar = append(onCar, p.BrandedPartID)
		}
	}
	assert.Len(t, onCar, 8)
	assert.Equal(t, b[:len(b)-2], encode(t, MsgVehicleInfo.With(car)), "two surplus bytes at the end")

	tun, err := MsgTunables.Decode(bodies["390 MC_MCO_TUNABLES"][numberSize:])
	require.NoError(t, err)
	assert.Equal(t, Tunables{
		ClubCreationCost: 150, ClubCreationRequiredLevel: 1, ClubOfficerRequiredLevel: 1, InventorySizePerLevel: 20,
		CarsPerLevel: 3, MaxEZStreetLevel: 5, ClubSwitchCooldown: 1, RepairCostModifier: 3.6, ScrapValueModifier: 3.6,
		AdCost: [7]uint32{1, 2, 3, 4, 5, 6, 7}, TradeInModifier: 3.6, SimStreetMaxWager: 20, SalaryPerLevel: 6,
		ClubMaxMembers: 4, ClubRegistrationCost: 2, ClubReRegistrationCost: 3, ClassifiedAdRate: 10,
		ClassifiedAdMaxDuration: 4, ClassifiedAdMaxSize: 17, ClassifiedAdMaxCountPerOwner: 2, Tail: []byte{},
	}, *tun)

	look, err := MsgPlayerPhysical.Decode(bodies["265 MC_PLAYER_PHYSICAL_INFO"][numberSize:])
	require.NoError(t, err)
	assert.Equal(t, PlayerPhysical{21, 5, 0xFFAC450D, 0xFFFFCEA5, 0xFFFFFFFF, 0xFFFFD800}, *look)

	starter, err := MsgLogin.Decode(bodies["105 MC_LOGIN after persona creation"][numberSize:])
	require.NoError(t, err)
	assert.Equal(t, [3]uint32{8, 104, 41}, [3]uint32{starter.LotOwnerID, starter.BrandedPartID, starter.SkinID})

	options, err := MsgSetOptions.Decode(bodies["109 MC_SET_OPTIONS"][numberSize:])
	require.NoError(t, err)
	assert.Equal(t, SetOptions{
		PlateCode: 0x0102, PlateText: "GARAGE1", CarInfoSetting: 3, CarNumbers: [6]string{"7", "42"},
	}, *options)
}

func lobbyText(l LobbyInfo) string {
	return strings.TrimSpace(fmt.Sprintln(l.LobbyID, l.RiffName, uint32(l.RaceType), l.TurfName, l.ElementID, l.PlayersMax, l.NightDefault))
}

// TestRaceVectorFields compares decoded requests with what the rows say.
func TestRaceVectorFields(t *testing.T) {
	bodies := map[string][]byte{}
	for _, row := range table(t, "captures", "mcots-race-vectors.tsv") {
		bodies[row[0]] = unhex(row[2])
	}
	get := func(name string) []byte {
		require.Contains(t, bodies, name)
		return bodies[name][numberSize:]
	}

	start, err := MsgStartRace.Decode(get("race_start_captured"))
	require.NoError(t, err)
	assert.Equal(t, StartRace{
		RaceID: 88, Racers: [RaceSlots]Starter{{ID: 21, VehicleID: 1, IsHuman: true}}, Flags: LobbyNight,
	}, *start)
	start, err = MsgStartRace.Decode(get("race_start_full"))
	require.NoError(t, err)
	want := StartRace{
		RaceID: 0xCAFEBABE, MultiRoundLimit: 3, Laps: 8, Flags: LobbyDragHandicap, DialIn: [2]uint16{0x1111, 0x2222},
	}
	for i := range want.Racers {
		want.Racers[i] = Starter{ID: 1000 + uint32(i), VehicleID: 2000 + uint32(i), IsHuman: i%2 == 0}
	}
	assert.Equal(t, want, *start)

	race, err := MsgCreateRace.Decode(get("create_race_basic"))
	require.NoError(t, err)
	assert.Equal(t, CreateRace{
		LobbyID: 2, EntryFee: 100, MaxRacers: 4, MinRacers: 2, Laps: 4, Night: true, Damage: true,
	}, *race)
	race, err = MsgCreateRace.Decode(get("create_race_pinkslip"))
	require.NoError(t, err)
	assert.Equal(t, CreateRace{
		LobbyID: 2, PinkSlip: true, MinLevel: 5, MaxRacers: 2, MinRacers: 2, Laps: 2, Damage: true, DisallowNOS: true,
	}, *race)

	join, err := MsgJoinRace.Decode(get("join_race"))
	require.NoError(t, err)
	assert.Equal(t, JoinRace{RaceID: 88, VehicleID: 1, PowerClass: 3}, *join)

	done, err := MsgRacerCompleted.Decode(get("racer_completed_4byte_map"))
	require.NoError(t, err)
	assert.Equal(t, RacerCompleted{
		TopSpeed: 87, RaceID: 0xCAFEBABE, ID: 21, CompletionTime: 90 * TicksPerSecond, BestLapTime: 22 * TicksPerSecond,
		AvgSpeed: 64, TravelMapSize: 4, TravelMap: unhex("aabbccdd"),
	}, *done)
	done, err = MsgRacerCompleted.Decode(get("racer_completed_overstated_map"))
	require.NoError(t, err)
	assert.Equal(t, uint32(100), done.TravelMapSize)
	assert.Len(t, done.TravelMap, 3)

	damage, err := MsgInRaceDamage.Decode(get("in_race_damage_captured_empty_tick"))
	require.NoError(t, err)
	parts, ok := damage.Parts()
	assert.True(t, ok)
	assert.Empty(t, parts)
	damage, err = MsgInRaceDamage.Decode(get("in_race_damage_two_parts"))
	require.NoError(t, err)
	parts, ok = damage.Parts()
	assert.True(t, ok)
	assert.Equal(t, []PartDamage{{0xDEADBEEF, 50}, {0xCAFE0001, 25}}, parts)

	after, err := MsgPostRaceDamage.Decode(get("post_race_damage_three"))
	require.NoError(t, err)
	assert.Equal(t, []PartWear{{1001, 25, 0x123456}, {1002, 0, 0}, {1003, 255, 0xFFFFFF}}, after.Parts())
	after, err = MsgPostRaceDamage.Decode(get("post_race_damage_short"))
	require.NoError(t, err)
	assert.Len(t, after.Parts(), 2)

	install, err := MsgInstallPart.Decode(get("install_part"))
	require.NoError(t, err)
	assert.Equal(t, uint32(AttachLeftFront), install.Attachment())

	results, err := MsgFinalResults.Decode(get("final_results_dnf_timeout"))
	require.NoError(t, err)
	assert.Equal(t, int16(-10), results.Racers[1].RacePoints)
	assert.Equal(t, RacerTimedOut, results.Racers[1].Flags)
	results, err = MsgFinalResults.Decode(get("final_results_invalid_cheat"))
	require.NoError(t, err)
	assert.Equal(t, FinalInvalidCheating, results.Flags)

	list, err := MsgAssembly.Decode(get("assembly_parts_one"))
	require.NoError(t, err)
	assert.Equal(t, []Part{worn}, list.Parts)
	assert.Equal(t, bodies["part_record_26"], get("assembly_parts_one")[6:])
}
