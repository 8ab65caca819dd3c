package nps_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Every message that the reference lists for these ports is declared, in both
// directions where it says so, with its section.
func TestCoverageIsDeclared(t *testing.T) {
	checked := 0
	for _, row := range table(t, "protocol/coverage.tsv", 9) {
		family, ours := familyOf(row[0])
		if !ours || row[1] == "all others" {
			continue
		}
		number, err := strconv.ParseUint(row[1], 0, 16)
		require.NoError(t, err, "row %v", row)
		section := strings.TrimSuffix(row[5], ".md") + " " + row[6]
		for _, d := range directions(row[4]) {
			checked++
			m := nps.Registry.Find(family, d, uint16(number))
			if assert.NotNil(t, m, "%s %s %s %s is not declared", row[0], row[1], row[3], d) {
				assert.Equal(t, section, m.Section, "section of %s %s", family, m)
				assert.NotEmpty(t, m.Name)
				assert.Equal(t, row[8] == "yes", captured(family, m.Number), "captured: %s %s", family, m)
			}
		}
	}
	assert.Greater(t, checked, 100, "the table has lost its rows")
}

func familyOf(ports string) (wire.Family, bool) {
	switch {
	case ports == "8226":
		return wire.Login, true
	case ports == "8227":
		return wire.Mail, true
	case ports == "8228":
		return wire.Persona, true
	case strings.Contains(ports, "7003") || strings.Contains(ports, "10001"):
		return wire.Lobby, true
	}
	return "", false
}

func directions(text string) []wire.Direction {
	switch text {
	case "C>S":
		return []wire.Direction{wire.ToServer}
	case "S>C":
		return []wire.Direction{wire.ToClient}
	}
	return []wire.Direction{wire.ToServer, wire.ToClient}
}

// captured reports whether some form of the number is declared as captured.
func captured(f wire.Family, number uint16) bool {
	for _, m := range nps.Registry.All() {
		if m.Family == f && m.Number == number && m.Confidence == wire.Captured {
			return true
		}
	}
	return false
}

// Every number that has a name in the reference is declared (nps-login-persona
// 5.1, 5.2; nps-lobby-rooms 11).
func TestNamedNumbersAreDeclared(t *testing.T) {
	for number := uint16(0x501); number <= 0x535; number++ {
		if number >= 0x527 && number <= 0x52F {
			continue // unnamed
		}
		var found bool
		for _, f := range []wire.Family{wire.Login, wire.Mail, wire.Persona} {
			found = found || nps.Registry.Find(f, wire.ToServer, number) != nil
		}
		assert.True(t, found, "0x%03X", number)
	}
	for _, number := range []uint16{0x601, 0x602, 0x607, 0x608, 0x60C, 0x611, 0x612, 0x614, 0x616, 0x624, 0x625, 0x635, 0x641} {
		assert.NotNil(t, nps.Registry.Find(wire.Persona, wire.ToClient, number), "0x%03X", number)
	}
	assert.NotNil(t, nps.Registry.Find(wire.Login, wire.ToClient, 0x626))

	requests := []uint16{0x217, 0x302, 0x309, 0x30C, 0x1001, 0x1101, 0x1201}
	for number := uint16(0x80); number <= 0x9A; number++ {
		requests = append(requests, number)
	}
	for number := uint16(0x100); number <= 0x12C; number++ {
		if number != 0x120 {
			requests = append(requests, number)
		}
	}
	for _, number := range requests {
		assert.NotNil(t, nps.Registry.Find(wire.Lobby, wire.ToServer, number), "0x%03X", number)
	}
	replies := []uint16{0x120, 0x308, 0x401, 0x402, 0x404, 0x1101}
	for number := uint16(0x201); number <= 0x231; number++ {
		replies = append(replies, number)
	}
	for _, number := range replies {
		assert.NotNil(t, nps.Registry.Find(wire.Lobby, wire.ToClient, number), "0x%03X", number)
	}
}

func TestNameOnly(t *testing.T) {
	for f, want := range map[wire.Family]int{wire.Login: 25, wire.Mail: 25, wire.Persona: 25, wire.Lobby: 23, wire.MCOTS: 0} {
		list := nps.NameOnly(f)
		assert.Len(t, list, want, f)
		for _, m := range list {
			assert.True(t, m.Unknown, "%s", m)
			assert.Equal(t, wire.ToServer, m.Dir, "%s", m)
			assert.Same(t, m.Message, nps.Registry.Find(f, wire.ToServer, m.Number))
		}
	}
}

// A body whose layout is unknown is raw, and only such a body is marked so.
func TestUnknownBodiesAreRaw(t *testing.T) {
	for _, m := range nps.Registry.All() {
		assert.Equal(t, m.Unknown, m.Confidence == wire.NameOnly, "%s %s", m.Family, m)
		if m.Unknown {
			assert.Equal(t, "Raw", m.Layout().Type(), "%s %s", m.Family, m)
		}
	}
}

// What proves a client's identity or opens a door never shows in logs.
func TestSecretNumber(t *testing.T) {
	for number, want := range map[uint16]bool{0x501: true, 0x100: true, 0x106: true, 0x128: false, 0xFFFF: false} {
		assert.Equal(t, want, nps.SecretNumber(number), "0x%03X", number)
	}
}

func TestSecrets(t *testing.T) {
	secret := map[*wire.Message]bool{
		nps.UserLogin.Message: true, nps.UserValid.Message: true, nps.UserValidOld.Message: true, nps.Login.Message: true, nps.OpenChannel.Message: true,
	}
	for _, m := range nps.Registry.All() {
		assert.Equal(t, secret[m], m.Layout().Secret(), "%s %s", m.Family, m)
	}
}
