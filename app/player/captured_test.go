package player_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/player"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The captured session: customer, persona and session key.
const (
	capturedCustomer = 5551212
	capturedPersona  = 21
	capturedKey      = "3b9675ea29368d711c27491ba1e6c15de6071164b8c0fbcf3e514529946946cb"
)

// captured is the recorded session as the reference tells it: the client's frames
// as they were on the wire, in order, and the bodies of the old server by message.
type captured struct {
	frames [][]byte
	bodies map[string][]byte
}

// readCaptured reads the reference; without it the test is skipped.
func readCaptured(t *testing.T) captured {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "captures", "mcots-vectors.tsv"))
	if err != nil {
		t.Skipf("no protocol reference: %v", err)
	}
	s := captured{bodies: map[string][]byte{}}
	for line := range strings.Lines(string(raw)) {
		cell := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cell) != 5 || !strings.HasPrefix(cell[4], "[capture]") && !strings.HasPrefix(cell[4], "[capture of") {
			continue
		}
		if cell[1] == "C>S" {
			s.frames = append(s.frames, unhex(cell[2]))
			continue
		}
		number, _, _ := strings.Cut(cell[0], " ")
		text, _, _ := strings.Cut(cell[3], "...")
		body, err := hex.DecodeString(text)
		require.NoError(t, err, cell[0])
		s.bodies[number] = append(s.bodies[number], body...)
	}
	require.Len(t, s.frames, 16)
	return s
}

// capturedWorld is the recorded customer with the recorded driver and car.
func capturedWorld(t *testing.T, adjust func(*options)) *fixture {
	t.Helper()
	f := newFixture(t, adjust)
	f.Update(func(tx storage.Tx) error {
		a := storage.Account{ID: capturedCustomer, Name: "recorded", PasswordHash: "-", Created: f.Now()}
		if err := tx.PutAccount(a); err != nil {
			return err
		}
		p, err := f.Rules.CreatePersona(tx, capturedCustomer, "Dr Brown", 44, capturedPersona)
		if err != nil {
			return err
		}
		p.Look = storage.Look{Body: 5, Hair: 0xFFAC450D, Skin: 0xFFFFCEA5, Shirt: 0xFFFFFFFF, Pants: 0xFFFFD800}
		if err := tx.PutPersona(p); err != nil {
			return err
		}
		_, err = f.Rules.GiveCar(tx, capturedPersona, 104, 47, "recorded")
		return err
	})
	ticket, err := f.Sessions.Issue(capturedCustomer, "recorded")
	require.NoError(t, err)
	_, err = f.Sessions.Login(ticket, cipher.SessionKey(unhex(capturedKey)), apptest.Home)
	require.NoError(t, err)
	return f
}

// answers are numbers, sequences and sizes of what must come back (mcots-1 4).
var answers = []struct {
	number uint16
	seq    uint32
	size   int
}{
	{101, 0x01, 16}, {213, 0x03, 173}, {325, 0x05, 5 + 2*569}, {408, 0x05, 61}, {323, 0x08, 13}, {364, 0x0a, 34577},
	{390, 0x0c, 124}, {173, 0x0e, 11}, {108, 0x10, 423}, {265, 0x12, 26}, {175, 0x14, 8}, {123, 0x16, 3067},
	{362, 0x1a, 39}, {101, 0x1d, 16},
}

// The frames of the real client get the documented answers, however they arrive.
func TestCapturedSession(t *testing.T) {
	s := readCaptured(t)
	twoLobbies := func(o *options) { o.player.Lobbies = player.Default().Lobbies[:2] }
	ways := map[string]func(c *apptest.Client){
		"whole": func(c *apptest.Client) {
			for _, frame := range s.frames {
				_, err := c.Conn.Write(frame)
				require.NoError(t, err)
			}
		},
		"byte by byte": func(c *apptest.Client) {
			for _, frame := range s.frames {
				for i := range frame {
					_, err := c.Conn.Write(frame[i : i+1])
					require.NoError(t, err)
				}
			}
		},
		"glued": func(c *apptest.Client) {
			var all []byte
			for _, frame := range s.frames {
				all = append(all, frame...)
			}
			_, err := c.Conn.Write(all)
			require.NoError(t, err)
		},
	}
	for name, send := range ways {
		t.Run(name, func(t *testing.T) {
			f := capturedWorld(t, twoLobbies)
			f.Pass(20 * time.Minute)
			c := f.dial()
			send(c)
			got := map[uint16][]byte{}
			for i, want := range answers {
				frame := c.Next()
				if i == 0 {
					c.Secure(cipher.SessionKey(unhex(capturedKey)))
				}
				assert.Equal(t, want.number, frame.Number)
				assert.Equal(t, want.seq, frame.Seq, "sequence of %d", want.number)
				assert.Equal(t, i == 0, frame.Plain, "%d in clear", want.number)
				assert.Len(t, frame.Body, want.size-2, "%d", want.number)
				got[frame.Number] = append([]byte{byte(frame.Number), byte(frame.Number >> 8)}, frame.Body...)
			}
			compare(t, s, got)
		})
	}
}

// compare holds our bodies against the captured ones where the documents keep
// their form.
func compare(t *testing.T, s captured, got map[uint16][]byte) {
	t.Helper()
	for number, want := range map[uint16][]byte{
		323: s.bodies["323"], 265: s.bodies["265"], 362: s.bodies["362"],
		173: s.bodies["173"][:11],       // one surplus byte
		175: append(s.bodies["175"], 0), // the count has two bytes
		101: success(106),               // without the padding
	} {
		assert.Equal(t, want, got[number], "%d", number)
	}
	// The least and the usual number of players are ours and there is no top dog;
	// everything else is captured.
	lobbies := append([]byte(nil), s.bodies["325"]...)
	require.Len(t, lobbies, 5+2*569)
	for _, entry := range [][]byte{lobbies[5:], lobbies[5+569:]} {
		copy(entry[345:], []byte{1, 0, 8, 0, 8, 0})
		clear(entry[393:406])
	}
	assert.Equal(t, lobbies, got[325])
}

// The captured 438 alone, in a world where nobody has logged in, is refused in
// clear.
func TestCapturedConnectWithoutLogin(t *testing.T) {
	s := readCaptured(t)
	f := newFixture(t, nil)
	c := f.dial()
	_, err := c.Conn.Write(s.frames[0])
	require.NoError(t, err)
	reply := c.Next()
	assert.Equal(t, wire.Frame{Number: 102, Seq: 1, Plain: true, Body: failure(438)[2:]}, reply)
	c.Closed()
}
