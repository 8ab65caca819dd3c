package persona_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector is one row of the reference's table of messages.
type vector struct {
	direction, hex, meaning string
}

// vectors reads the rows of the persona port, by name; without the reference the
// test is skipped.
func vectors(t *testing.T) map[string]vector {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "captures", "nps-vectors.tsv"))
	if err != nil {
		t.Skipf("no protocol reference: %v", err)
	}
	rows := map[string]vector{}
	for line := range strings.Lines(string(raw)) {
		cell := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cell) == 5 && cell[1] == "8228" {
			rows[cell[0]] = vector{cell[2], cell[3], cell[4]}
		}
	}
	return rows
}

// exchange is a recorded or constructed request with what we answer.
type exchange struct {
	request  string // row
	reply    string // row
	customer uint32
	persona  uint32
	prepare  func(*fixture)
}

var exchanges = []exchange{
	{request: "persona_0532_unit", reply: "persona_0607_one"},
	{request: "persona_0532_unit", reply: "persona_0607_none", prepare: func(f *fixture) { f.remove(customer, drBrown) }},
	{request: "persona_0532_unit", reply: "persona_0602", prepare: func(f *fixture) { f.elsewhere() }},
	{request: "persona_0503_capture", reply: "persona_0207_for_0503_capture", customer: 5551212},
	{request: "persona_0503_2019", reply: "persona_0207_for_0503_capture", customer: 5551212, persona: 8675309},
	{request: "persona_050b_capture", reply: "persona_0614_capture"},
	{request: "persona_050f_capture", reply: "persona_0207_for_050f_capture", customer: 5551212},
	{request: "persona_0533_capture_2018", reply: "persona_020a_for_0533", customer: 5551212},
	{request: "persona_0533_capture_2018", reply: "persona_0601_for_0533", customer: 5551212,
		prepare: func(f *fixture) { f.remove(5551212, drBrown) }},
	{request: "persona_0533_Marty", reply: "persona_0601_for_0533"},
	{request: "persona_0533_DR_BROWN", reply: "persona_020a_for_0533"},
	{request: "persona_0533_ElevenChars", reply: "persona_0635_for_0533"},
	{request: "persona_0534_capture_2018", reply: "persona_0207_for_0534"},
	{request: "persona_0534_OUTATIM", reply: "persona_0207_for_0534"},
	{request: "persona_0534_OUTATIME", reply: "persona_0635_for_0533"},
	{request: "persona_0507_Marty_44", reply: "persona_0601_for_0507"},
	{request: "persona_0507_Marty_44", reply: "persona_0612_limit", prepare: func(f *fixture) {
		for _, name := range []string{"Two", "Three", "Four", "Five"} {
			f.persona(customer, name, 0)
		}
	}},
	{request: "persona_0507_Marty_44", reply: "persona_020a_for_0533", prepare: func(f *fixture) { f.persona(customer, "MARTY", 0) }},
	{request: "persona_0507_Marty_88", reply: "persona_0641"},
	{request: "persona_0512_21", reply: "persona_060c"},
	{request: "persona_0512_99", reply: "persona_0602"},
}

func TestVectors(t *testing.T) {
	rows := vectors(t)
	used := map[string]bool{"persona_0532_capture": true} // a test of its own
	for _, x := range exchanges {
		used[x.request] = true
		t.Run(x.request+" "+x.reply, func(t *testing.T) {
			require.Contains(t, rows, x.request)
			require.Contains(t, rows, x.reply)
			want := unhex(rows[x.reply].hex)
			// The checksum field is free; ours repeats the length.
			if long := len(want) >= 12 && want[4] == 1; long && !strings.HasPrefix(rows[x.reply].meaning, "capture") {
				copy(want[8:12], []byte{0, 0, want[2], want[3]})
			}
			x.deliver(t, unhex(rows[x.request].hex), want)
		})
	}
	for name, row := range rows {
		assert.True(t, row.direction != "C>S" || used[name], "%s is not tested", name)
	}
}

// The captured list request has version 0 and belongs to a customer for whom the
// reference has no correct answer: it is derived from the layout.
func TestCapturedList(t *testing.T) {
	rows := vectors(t)
	x := exchange{customer: 5551212}
	x.deliver(t, unhex(rows["persona_0532_capture"].hex),
		unhex("0607002b010100000000002b"+"0001"+"001a"+"0054b46c"+"00000015"+"0000002c"+"66000000"+"000844722042726f776e"+"05"))
}

// deliver sends the request whole, one byte at a time and between two others in
// one segment.
func (x exchange) deliver(t *testing.T, request, want []byte) {
	t.Helper()
	plate := long(0x534, 2, "A")
	ways := map[string]struct {
		parts [][]byte
		want  []byte
	}{
		"whole":        {[][]byte{request}, want},
		"byte by byte": {bytes.Split(request, nil), want},
		"glued":        {[][]byte{bytes.Join([][]byte{plate, request, plate}, nil)}, bytes.Join([][]byte{accepted, want, accepted}, nil)},
		"cut anywhere": {[][]byte{append(plate[:len(plate):len(plate)], request[:5]...), request[5:]}, append(accepted[:12:12], want...)},
	}
	for name, way := range ways {
		account, id := uint32(customer), uint32(drBrown)
		if x.customer != 0 {
			account = x.customer
		}
		if x.persona != 0 {
			id = x.persona
		}
		f := newFixtureOf(t, account, id, nil)
		if x.prepare != nil {
			x.prepare(f)
		}
		assert.Equal(t, way.want, f.ask(way.parts...), name)
	}
}
