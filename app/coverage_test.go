package app

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/protocol/wire"
)

// docRow is one line of an index in docs/PROTOCOL.md.
type docRow struct {
	name, way, here string
}

// docKey says which line; a number may stand for two messages, one each way.
type docKey struct {
	family wire.Family
	number uint16
	way    wire.Direction
}

// readDocument reads the indexes of docs/PROTOCOL.md as a reader does. Layouts that
// a setting chooses are left out.
func readDocument(t *testing.T) map[docKey]docRow {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "docs", "PROTOCOL.md"))
	require.NoError(t, err)
	defer file.Close()
	rows := map[docKey]docRow{}
	var family wire.Family
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		if title, ok := strings.CutPrefix(line, "## "); ok {
			family = familyOfChapter(t, title)
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if !strings.HasPrefix(line, "| ") || strings.Count(line, "|") != 8 || cells[0] == "Number" || strings.HasSuffix(cells[1], ")") && strings.Contains(cells[1], " (") {
			continue
		}
		number, err := strconv.ParseUint(cells[0], 0, 16)
		require.NoError(t, err, line)
		r := docRow{name: cells[1], way: cells[2]}
		if len(cells) > 6 {
			r.here = cells[6]
		}
		for _, d := range waysOf(r.way) {
			key := docKey{family, uint16(number), d}
			assert.NotContains(t, rows, key, "%s stands twice", line)
			rows[key] = r
		}
	}
	require.NoError(t, lines.Err())
	require.Greater(t, len(rows), 250, "the document has lost its lines")
	return rows
}

func familyOfChapter(t *testing.T, title string) wire.Family {
	t.Helper()
	for _, f := range families {
		if f.title == title {
			return f.family
		}
	}
	t.Fatalf("unknown chapter %q", title)
	return ""
}

func waysOf(text string) []wire.Direction {
	switch {
	case strings.HasPrefix(text, "C>S"):
		return []wire.Direction{wire.ToServer}
	case strings.HasPrefix(text, "S>C"):
		return []wire.Direction{wire.ToClient}
	}
	return []wire.Direction{wire.ToServer, wire.ToClient}
}

// treatments are the rows of the services' tables.
func treatments(a *App) map[docKey]gateway.Treatment {
	all := map[docKey]gateway.Treatment{}
	for _, port := range a.gamePorts() {
		for _, r := range port.Rows {
			all[docKey{port.Family, r.Message.Number, wire.ToServer}] = r.Treatment
		}
	}
	return all
}

// TestDocumentAgreesWithTheTables reads docs/PROTOCOL.md and the tables on their
// own and compares them, both ways.
func TestDocumentAgreesWithTheTables(t *testing.T) {
	document, tables := readDocument(t), treatments(startInside(t))
	for key, row := range document {
		switch {
		case key.way == wire.ToClient && row.way == "S>C":
			assert.Empty(t, row.here, "%v %s: a message of the server", key, row.name)
		case row.here == inFraming:
			assert.NotContains(t, tables, key, row.name)
		case key.way == wire.ToServer:
			assert.Equal(t, string(tables[key]), row.here, "%v %s", key, row.name)
			assert.Contains(t, []gateway.Treatment{gateway.Handled, gateway.Ignored, gateway.Declined}, tables[key], "%v %s", key, row.name)
		}
	}
	for key := range tables {
		assert.Contains(t, document, key)
	}
}

// numbers makes a list of single numbers and of ranges, as pairs.
func numbers(pairs ...[2]uint16) (list []uint16) {
	for _, p := range pairs {
		for n := p[0]; n <= p[1]; n++ {
			list = append(list, n)
		}
	}
	return list
}

func one(list ...uint16) (pairs [][2]uint16) {
	for _, n := range list {
		pairs = append(pairs, [2]uint16{n, n})
	}
	return pairs
}

// TestDocumentHasEveryKnownNumber knows by heart which numbers have a name in the
// reference (nps-login-persona 5, nps-lobby-rooms 11, mcots-2 1.1).
func TestDocumentHasEveryKnownNumber(t *testing.T) {
	document := readDocument(t)
	small := []wire.Family{wire.Login, wire.Mail, wire.Persona}
	for _, tc := range []struct {
		families []wire.Family // one of them has the number
		way      wire.Direction
		numbers  []uint16
	}{
		{small, wire.ToServer, numbers([2]uint16{0x501, 0x526}, [2]uint16{0x530, 0x535})},
		{small, wire.ToClient, numbers(one(0x207, 0x20A, 0x601, 0x602, 0x607, 0x608, 0x60C, 0x611, 0x612, 0x614, 0x616, 0x619, 0x61B, 0x624, 0x625, 0x626, 0x635, 0x641)...)},
		{[]wire.Family{wire.Lobby}, wire.ToServer, numbers(append(one(0x217, 0x302, 0x309, 0x30C, 0x1001, 0x1101, 0x1201),
			[2]uint16{0x80, 0x9A}, [2]uint16{0x100, 0x11F}, [2]uint16{0x121, 0x12C})...)},
		{[]wire.Family{wire.Lobby}, wire.ToClient, numbers(append(one(0x120, 0x308, 0x401, 0x402, 0x404, 0x1101), [2]uint16{0x201, 0x231})...)},
		{[]wire.Family{wire.MCOTS}, wire.ToServer, numbers(append(one(105, 106, 108, 109, 141, 142, 145, 161, 163, 164, 172, 174, 202, 214, 218, 230, 232, 234, 235,
			240, 241, 264, 266, 320, 322, 324, 338, 340, 341, 350, 361, 363, 389, 391, 434, 435, 438, 440, 448, 455, 490, 492), [2]uint16{176, 178}, [2]uint16{181, 183})...)},
		{[]wire.Family{wire.MCOTS}, wire.ToClient, numbers(append(one(108, 122, 123, 141, 165, 173, 175, 179, 184, 213, 223, 224, 233, 237, 265, 323, 325, 339, 351,
			362, 364, 390, 408), [2]uint16{101, 103})...)},
	} {
		for _, n := range tc.numbers {
			known := slices.ContainsFunc(tc.families, func(f wire.Family) bool {
				_, ok := document[docKey{f, n, tc.way}]
				return ok
			})
			assert.True(t, known, "%v %s %d (0x%X) is not in docs/PROTOCOL.md", tc.families, tc.way, n, n)
		}
	}
}

// TestDocumentHasTheCoverageMatrix compares with the coverage matrix of the
// reference, where there is one.
func TestDocumentHasTheCoverageMatrix(t *testing.T) {
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "protocol", "coverage.tsv"))
	if err != nil {
		t.Skipf("no coverage matrix: %v", err)
	}
	document := readDocument(t)
	checked := 0
	for line := range strings.Lines(string(raw)) {
		row := strings.Split(strings.TrimRight(line, "\n"), "\t")
		family, ours := map[string]wire.Family{
			"8226": wire.Login, "8227": wire.Mail, "8228": wire.Persona, "43300": wire.MCOTS, "7003": wire.Lobby,
			"10001": wire.Lobby, "7003,9000-9020,10001": wire.Lobby,
		}[row[0]]
		number, err := strconv.ParseUint(row[1], 0, 16)
		if !ours || err != nil || strings.HasPrefix(row[3], "reason in 102") {
			continue // web pages, "all others", and what is not a message
		}
		for _, d := range waysOf(row[4]) {
			checked++
			assert.Contains(t, document, docKey{family, uint16(number), d}, "%s %s %s", row[0], row[1], row[3])
		}
	}
	assert.Greater(t, checked, 200)
}

// TestGapsAreListed makes sure that docs/PROTOCOL-GAPS.md speaks of every message
// that is known and not acted on.
func TestGapsAreListed(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "docs", "PROTOCOL-GAPS.md"))
	require.NoError(t, err)
	listed := map[string]bool{}
	span := regexp.MustCompile(`\b(0x[0-9A-F]+|\d+)(?:-(0x[0-9A-F]+|\d+))?\b`)
	for _, m := range span.FindAllStringSubmatch(string(raw), -1) {
		from, err := strconv.ParseUint(m[1], 0, 32)
		require.NoError(t, err)
		to := from
		if m[2] != "" {
			to, err = strconv.ParseUint(m[2], 0, 32)
			require.NoError(t, err)
		}
		hex := strings.HasPrefix(m[1], "0x")
		for n := from; n <= to && n < from+0x100; n++ {
			listed[fmt.Sprint(hex, n)] = true
		}
	}
	for key, treatment := range treatments(startInside(t)) {
		if treatment != gateway.Handled {
			assert.True(t, listed[fmt.Sprint(key.family != wire.MCOTS, key.number)],
				"%s %d (0x%X) is %s and not in docs/PROTOCOL-GAPS.md", key.family, key.number, key.number, treatment)
		}
	}
}
