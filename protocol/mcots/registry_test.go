package mcots

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// shortName turns "mcots-1-session-player-cars.md" into "mcots-1".
func shortName(document string) string {
	return strings.Join(strings.SplitN(document, "-", 3)[:2], "-")
}

func TestEveryCoverageRowIsRegistered(t *testing.T) {
	listed := map[*wire.Message]bool{}
	reasons := map[Reason]bool{}
	rows := 0
	for _, row := range table(t, "protocol", "coverage.tsv") {
		if row[0] != "43300" {
			continue
		}
		rows++
		hex, number, name, direction := row[1], row[2], row[3], row[4]
		section := shortName(row[5]) + " " + row[6]
		switch {
		case hex == "?":
			assert.Equal(t, section, MsgTeamTrialBrackets.Section)
			assert.Equal(t, wire.ToClient, MsgTeamTrialBrackets.Dir)
			continue
		case hex == "all others":
			assert.Equal(t, section, MsgUnknownRequest.Section)
			assert.Equal(t, wire.ToServer, MsgUnknownRequest.Dir)
			continue
		}
		n, err := strconv.ParseUint(number, 10, 16)
		require.NoError(t, err, name)
		if strings.HasPrefix(name, "reason in 102") {
			for _, info := range Reasons() {
				if info.Reason == Reason(n) {
					reasons[info.Reason] = true
					assert.Equal(t, section, info.Section, name)
				}
			}
			assert.True(t, reasons[Reason(n)], "reason %d has no constant", n)
			continue
		}
		for _, d := range directions(t, direction) {
			m := Registry.Find(wire.MCOTS, d, uint16(n))
			if assert.NotNil(t, m, "%s %s %s", direction, number, name) {
				listed[m] = true
				assert.Equal(t, section, m.Section, m.String())
				assert.Equal(t, strings.Contains(name, "no reply"), m.NoReply, m.String())
			}
		}
	}
	require.Greater(t, rows, 80)
	for _, m := range Registry.All() {
		if m.Variant == "" {
			assert.True(t, listed[m], "%s is in no coverage row", m)
		}
	}
	for _, info := range Reasons() {
		assert.True(t, reasons[info.Reason], "%s is in no coverage row", info.Name)
	}
}

func directions(t *testing.T, s string) []wire.Direction {
	switch {
	case s == "both":
		return []wire.Direction{wire.ToServer, wire.ToClient}
	case strings.HasPrefix(s, "C>S"):
		return []wire.Direction{wire.ToServer}
	case strings.HasPrefix(s, "S>C"):
		return []wire.Direction{wire.ToClient}
	}
	t.Fatalf("direction %q", s)
	return nil
}

func TestNamesAreThoseOfTheMessageTable(t *testing.T) {
	raw, err := os.ReadFile(reference(t, "protocol", "mcots-2-races-parts-trade.md"))
	require.NoError(t, err)
	names := map[uint64]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| [0-9A-F]+ \| (MC_\w+) \|`).FindAllStringSubmatch(string(raw), -1) {
		n, err := strconv.ParseUint(m[1], 10, 16)
		require.NoError(t, err)
		names[n] = m[2]
	}
	require.Greater(t, len(names), 70)
	for _, m := range Registry.All() {
		if name, ok := names[uint64(m.Number)]; ok {
			assert.Equal(t, name, m.Name, "%d", m.Number)
		}
	}
	for _, info := range Reasons() {
		assert.Equal(t, names[uint64(info.Reason)], info.Name)
	}
}

func TestRequestsThatAreNeverAnswered(t *testing.T) {
	never := map[uint16]bool{
		163: true, 202: true, 214: true, 234: true, 235: true, 240: true, 241: true,
		434: true, 435: true, 440: true, 448: true,
	}
	for _, m := range Registry.All() {
		assert.Equal(t, m.Dir == wire.ToServer && never[m.Number], m.NoReply, m.String())
		delete(never, m.Number)
	}
	assert.Empty(t, never)
}

func TestDeclarationsAreComplete(t *testing.T) {
	for _, m := range Registry.All() {
		assert.Equal(t, wire.MCOTS, m.Family, m.String())
		assert.NotEmpty(t, m.Name, m.String())
		assert.Regexp(t, `^mcots-[12] \d+\.\d+$`, m.Section, m.String())
		assert.NotEmpty(t, m.Confidence, m.String())
		disputed := m.Number == 340 || m.Number == 341
		assert.Equal(t, disputed, m.Dir == wire.Both, m.String())
		assert.Equal(t, m.Unknown, m.Layout().Type() == "Raw", m.String())
		assert.Equal(t, m.Unknown, m.Confidence == wire.NameOnly, m.String())
	}
	assert.Equal(t, MsgPlayerInfo.Message, Registry.Find(wire.MCOTS, wire.ToClient, 108))
	assert.Equal(t, MsgGetPlayerInfo.Message, Registry.Find(wire.MCOTS, wire.ToServer, 108))
	assert.Equal(t, MsgLoginComplete.Message, Registry.Find(wire.MCOTS, wire.ToClient, 213))
	assert.Nil(t, Registry.Find(wire.MCOTS, wire.ToServer, 0), "messages without a number are not found by one")
}

func TestReasonText(t *testing.T) {
	assert.Equal(t, "133 MC_INSUFFICIENT_FUNDS", ReasonInsufficientFunds.String())
	assert.Equal(t, "0", ReasonNone.String())
	assert.Equal(t, "77", Reason(77).String())
}

func TestRaceIDs(t *testing.T) {
	tests := []struct {
		id       uint32
		instance uint8
		number   uint32
	}{
		{88, 0, 88},
		{0x01000058, 1, 88},
		{0xCAFEBABE, 0xCA, 0xFEBABE},
		{0xFFFFFFFF, 0xFF, 0xFFFFFF},
	}
	for _, tt := range tests {
		instance, number := SplitID(tt.id)
		assert.Equal(t, tt.instance, instance)
		assert.Equal(t, tt.number, number)
		assert.Equal(t, tt.id, JoinID(tt.instance, tt.number))
	}
	assert.Equal(t, uint32(0x01000000), JoinID(1, 1<<24), "the number cannot reach the instance")
}
