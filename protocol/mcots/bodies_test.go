package mcots

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

func TestRepairTargets(t *testing.T) {
	tests := []struct {
		name    string
		body    string // number included
		vehicle uint32
		parts   []uint32
		ok      bool
	}{
		{"vehicle", "b200 01000000 00000000", 1, nil, true},
		{"vehicle although a count would fit", "b200 01000000 0000 0000", 1, nil, true},
		{"two parts", "b200 00000000 0200 0e000000 0f000000", 0, []uint32{14, 15}, true},
		{"one part", "b200 00000000 0100 0e000000", 0, []uint32{14}, true},
		{"a stray byte behind the list", "b200 00000000 0100 0e000000 ff", 0, []uint32{14}, true},
		{"count too small", "b200 00000000 0100 0e000000 0f000000", 0, nil, false},
		{"count too large", "b200 00000000 0300 0e000000 0f000000", 0, nil, false},
		{"too short", "b200 01000000 000000", 0, nil, false},
		{"nothing", "b200", 0, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := MsgRepairParts.Decode(unhex(tt.body)[numberSize:])
			require.NoError(t, err)
			vehicle, parts, ok := r.Targets()
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.vehicle, vehicle)
			assert.Equal(t, tt.parts, parts)
		})
	}
}

func TestInstallPartWidths(t *testing.T) {
	tests := []struct {
		tail string
		want uint32
	}{
		{"", 0}, {"0b", 11}, {"0b00", 11}, {"0b0000", 11}, {"0b000000", 11}, {"0b000000ff", 11}, {"01020304", 0x04030201},
	}
	for _, tt := range tests {
		p, err := MsgInstallPart.Decode(unhex("67120000 0f000000" + tt.tail))
		require.NoError(t, err, tt.tail)
		assert.Equal(t, uint32(4711), p.PartID)
		assert.Equal(t, uint32(15), p.ParentID)
		assert.Equal(t, tt.want, p.Attachment(), tt.tail)
	}
	_, err := MsgInstallPart.Decode(unhex("67120000 0f0000"))
	require.ErrorIs(t, err, wire.ErrTruncated)
}

func TestMissingLastFields(t *testing.T) {
	d, err := MsgDeletePersona.Decode(unhex("e8030000"))
	require.NoError(t, err)
	assert.Equal(t, DeletePersona{PersonaID: 1000}, *d)

	full := image(48, put{0, "02000000 64000000"}, put{27, "04 02 00 03"}, put{47, "01"})
	race, err := MsgCreateRace.Decode(full)
	require.NoError(t, err)
	assert.Equal(t, CreateRace{LobbyID: 2, EntryFee: 100, MaxRacers: 4, MinRacers: 2, Laps: 3, DisallowNOS: true}, *race)
	race, err = MsgCreateRace.Decode(full[:47])
	require.NoError(t, err)
	assert.False(t, race.DisallowNOS)
	race, err = MsgCreateRace.Decode(append(full, 0xFF, 0xFF))
	require.NoError(t, err)
	assert.True(t, race.DisallowNOS)
}

func TestInRaceDamage(t *testing.T) {
	parts := []PartDamage{{PartID: 0xDEADBEEF, Damage: 50}, {PartID: 0xCAFE0001, Damage: 25}}
	want := image(243, put{0, "f000 58000000 0200 efbeadde 0100feca"}, put{196, "32 19"})
	assert.Equal(t, want, encode(t, MsgInRaceDamage.With(NewInRaceDamage(88, parts))))

	tests := []struct {
		name string
		body []byte
		want []PartDamage
		ok   bool
	}{
		{"fixed form", want, parts, true},
		{"stray bytes behind it", append(image(243, put{0, "f000 58000000 0200 efbeadde 0100feca"}, put{196, "32 19"}), 7, 7), parts, true},
		{"stale slots", image(243, put{0, "f000 58000000 0000 0e000000"}, put{196, "19"}), []PartDamage{}, true},
		{"shorter form", unhex("f000 58000000 0200 efbeadde 0100feca 32 19"), parts, true},
		{"shorter form without parts", unhex("f000 58000000 0000"), []PartDamage{}, true},
		{"shorter form that lacks a byte", unhex("f000 58000000 0200 efbeadde 0100feca 32"), nil, false},
		{"more parts than slots", image(243, put{0, "f000 58000000 3000"}), nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := MsgInRaceDamage.Decode(tt.body[numberSize:])
			require.NoError(t, err)
			assert.Equal(t, uint32(88), d.RaceID)
			got, ok := d.Parts()
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.want, got)
		})
	}

	many := NewInRaceDamage(88, make([]PartDamage, DamageSlots+1))
	assert.Equal(t, uint16(DamageSlots), many.Count)
	assert.Len(t, many.Slots, 235)
}

func TestPostRaceDamage(t *testing.T) {
	parts := []PartWear{{1001, 25, 0x123456}, {1002, 0, 0}, {1003, 255, 0xFFFFFF}}
	want := unhex("f100 58000000 0300 e9030000 56341219 ea030000 00000000 eb030000 ffffffff")
	assert.Equal(t, want, encode(t, MsgPostRaceDamage.With(NewPostRaceDamage(88, parts))))

	tests := []struct {
		name string
		body string
		want []PartWear
	}{
		{"whole", string(want), parts},
		{"fewer than counted", string(unhex("f100 58000000 0500 e9030000 56341219 ea0300")), parts[:1]},
		{"more than counted", string(unhex("f100 58000000 0100 e9030000 56341219 ea030000 00000000")), parts[:1]},
		{"none", string(unhex("f100 58000000 0900")), []PartWear{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := MsgPostRaceDamage.Decode([]byte(tt.body)[numberSize:])
			require.NoError(t, err)
			assert.Equal(t, tt.want, d.Parts())
		})
	}
	tooWorn := NewPostRaceDamage(88, []PartWear{{PartID: 1, Damage: 1, Wear: 0xFF000002}})
	assert.Equal(t, []PartWear{{PartID: 1, Damage: 1, Wear: 2}}, tooWorn.Parts(), "wear cannot reach the damage")
}

func TestCRCFirstPlayer(t *testing.T) {
	head := "678a0000 58000000 f37ab814 afa53c9e 13eaf01d"
	c, err := MsgCRCPreRace.Decode(unhex(head + "15000000 e069dec5 1d9959ae 00000000"))
	require.NoError(t, err)
	first, ok := c.FirstPlayer()
	assert.True(t, ok)
	assert.Equal(t, CRCPlayer{PersonaID: 21, VehicleCheck: 0xC5DE69E0, ModelCheck: 0xAE59991D}, first)

	c, err = MsgCRCPreRace.Decode(unhex(head))
	require.NoError(t, err)
	_, ok = c.FirstPlayer()
	assert.False(t, ok)
}

// TestLyingCounts makes sure that a list's count is believed only as far as the
// message is long.
func TestLyingCounts(t *testing.T) {
	tests := []struct {
		name string
		err  error
	}{
		{"lobbies", second(MsgLobbies.Decode(unhex("ffff 00")))},
		{"purses", second(MsgPurseInfo.Decode(unhex("0200 00 64000000 e8030000")))},
		{"urls", second(MsgGameURLs.Decode(unhex("ffff 00")))},
		{"history", second(MsgRacingHistory.Decode(unhex("15000000 ffff 00")))},
		{"vehicles", second(MsgOwnedVehicles.Decode(unhex("02 01000000 68000000")))},
		{"parts", second(MsgOwnedParts.Decode(unhex("15000000 ffff")))},
		{"parts with the old u8 count", second(MsgOwnedParts.Decode(unhex("15000000 00")))},
		{"car without its damage", second(MsgVehicleInfo.Decode(image(23 + 1999)))},
		{"car with less damage than it says", second(MsgVehicleInfoExact.Decode(image(30, put{21, "ffff"})))},
	}
	for _, tt := range tests {
		assert.ErrorIs(t, tt.err, wire.ErrTruncated, tt.name)
	}
}

func second[T any](_ T, err error) error { return err }
