package lobby_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/cipher"
	"mcos/storage"
)

// capture is what one captured connection sent, and what the server of the
// capture said to it, by name.
type capture struct {
	port     int
	requests [][]byte          // as on the wire
	replies  map[string][]byte // decrypted, by name
}

// captures reads the captured connections and the keys of their sessions.
func captures(t *testing.T) (map[string]*capture, map[string]cipher.SessionKey) {
	t.Helper()
	file, err := os.Open(reference(t, "captures/lobby-vectors.tsv"))
	require.NoError(t, err)
	defer file.Close()
	conns, keys := map[string]*capture{}, map[string]cipher.SessionKey{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		row := strings.Split(lines.Text(), "\t")
		require.Len(t, row, 7)
		if session, ok := strings.CutPrefix(row[0], "# key of "); ok {
			var key cipher.SessionKey
			copy(key[:], unhex(t, row[5]))
			keys[session] = key
			continue
		}
		name := strings.Split(row[0], ".")
		if !strings.HasPrefix(row[6], "[capture]") || len(name) != 3 || name[2] == "segment" {
			continue
		}
		id := name[0] + "." + name[1]
		if conns[id] == nil {
			conns[id] = &capture{port: map[string]int{"7003": 7003, "9001": 9001}[name[1]], replies: map[string][]byte{}}
		}
		switch {
		case row[2] == "C>S":
			conns[id].requests = append(conns[id].requests, unhex(t, row[4]))
		case row[3] == "yes" && row[5] != "-":
			conns[id].replies[name[2]] = inner(unhex(t, row[5]))
		}
	}
	require.NoError(t, lines.Err())
	return conns, keys
}

// inner drops the filling behind a message.
func inner(b []byte) []byte { return b[:int(b[2])<<8|int(b[3])] }

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

// reference is a file of the reference material, which is no part of the
// repository.
func reference(t *testing.T, name string) string {
	t.Helper()
	root, err := os.Getwd()
	require.NoError(t, err)
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		require.NotEqual(t, filepath.Dir(root), root, "no go.mod above the test")
	}
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference file %s", path)
	}
	return path
}

// drBrown is the player of all captures with the key of one session.
func (f *fixture) drBrown(key cipher.SessionKey) apptest.Player {
	f.T.Helper()
	p := apptest.Player{Account: 5551212, Persona: 21, Name: "Dr Brown", Key: key}
	f.Update(func(tx storage.Tx) error {
		if err := tx.PutAccount(storage.Account{ID: p.Account, Name: "brown", PasswordHash: "-", Created: f.Now()}); err != nil {
			return err
		}
		return tx.PutPersona(storage.Persona{ID: p.Persona, Account: p.Account, Name: p.Name, Shard: 44, Created: f.Now()})
	})
	ticket, err := f.Sessions.Issue(p.Account, "brown")
	require.NoError(f.T, err)
	p.Session, err = f.Sessions.Login(ticket, key, apptest.Home)
	require.NoError(f.T, err)
	return p
}

// The documented answers to the captured requests, by the names of the captured
// answers they replace; whatever is not here is compared with the capture.
func documentedAnswers(port int) map[string][]byte {
	list := channelList(0, nil)
	if port == 9001 {
		list = channelList(0, map[int]uint16{1: 1})
	}
	return map[string][]byte{
		"0404": append([]byte{0x04, 0x04, 0x01, 0x99}, list...),
		"0229": []byte("\x02\x29\x00\x1d\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x15\x00\x00\x00\x09Dr Brown\x00"),
		"020d": append([]byte{0x02, 0x0d, 0x00, 0x2f}, infoBytes("MCC9001\x00", 1, "192.0.2.10\x00", 9001, 21, 1)...),
	}
}

// answerOf names the answer that belongs to each captured request.
var answerOf = map[string]string{
	"030c": "0404", "0128": "0229", "010c": "020d", "0103": "0204", "0106": "0214", "0101": "0211", "0105": "0209",
}

// wanted lists the answers to the requests of a connection, in their order. The
// body of 0x204 repeats the request; 0x214, 0x211 and 0x209 are as captured.
func (c *capture) wanted(t *testing.T, key cipher.SessionKey) [][]byte {
	t.Helper()
	des := cipher.NewDESDecrypter(key.DESKey())
	documented := documentedAnswers(c.port)
	var want [][]byte
	var data []byte
	for _, raw := range c.requests[1:] {
		text := append([]byte(nil), raw[4:]...)
		require.NoError(t, des.Crypt(text, text))
		text = inner(text)
		answer := answerOf[hex.EncodeToString(text[:2])]
		require.NotEmpty(t, answer, "captured request %x", text)
		switch answer {
		case "0204":
			data = text
			want = append(want, append([]byte{0x02, 0x04}, text[2:]...))
		case "0214":
			want = append(want, unhex(t, "0214000c0000000200002329"))
		case "0209":
			want = append(want, unhex(t, "0209000c0000000200001b5b"))
		case "0211": // the user with the data that it has sent last
			want = append(want, append(unhex(t, "0211005d0000000200000001"), data[4:]...))
		default:
			want = append(want, documented[answer])
		}
	}
	return want
}

func TestCapturedConnections(t *testing.T) {
	conns, keys := captures(t)
	require.Len(t, conns, 5)
	send := map[string]func(*apptest.Client, [][]byte) error{
		"message by message": func(c *apptest.Client, requests [][]byte) error {
			for _, r := range requests {
				if _, err := c.Conn.Write(r); err != nil {
					return err
				}
			}
			return nil
		},
		"byte by byte": func(c *apptest.Client, requests [][]byte) error {
			for _, r := range requests {
				for i := range r {
					if _, err := c.Conn.Write(r[i : i+1]); err != nil {
						return err
					}
				}
			}
			return nil
		},
		"glued": func(c *apptest.Client, requests [][]byte) error {
			var all []byte
			for _, r := range requests {
				all = append(all, r...)
			}
			_, err := c.Conn.Write(all)
			return err
		},
	}
	for id, conn := range conns {
		session, _, _ := strings.Cut(id, ".")
		key, requests := keys[session], conn.requests
		require.Contains(t, keys, session)
		if session == "S2143" { // only its DES key is known: log in with the hash of what we have
			hash := key.Hash()
			first := append([]byte(nil), requests[0]...)
			copy(first[len(first)-16:], hash[:])
			requests = append([][]byte{first}, requests[1:]...)
		}
		want := conn.wanted(t, key)
		conn.check(t, want)
		for how, write := range send {
			t.Run(id+" "+how, func(t *testing.T) {
				f := newFixture(t, func(f *fixture) { f.documented = true })
				p := f.drBrown(key)
				c := f.dial(conn.port)
				require.NoError(t, write(c, requests))
				assert.Equal(t, loginBytes(0x120, 21, "Dr Brown", make([]byte, 64)), c.Raw(84))
				c.Secure(p.Key)
				for i, w := range want {
					frame := c.Next()
					assert.False(t, frame.Plain)
					assert.Equal(t, hex.EncodeToString(w[:2]), hex.EncodeToString([]byte{byte(frame.Number >> 8), byte(frame.Number)}), "answer %d", i+1)
					assert.Equal(t, w[4:], frame.Body, "answer %d", i+1)
				}
				silent(c)
			})
		}
	}
}

// check holds the wanted answers against the captured ones wherever the capture's
// form is the documented one.
func (c *capture) check(t *testing.T, want [][]byte) {
	t.Helper()
	for name, captured := range c.replies {
		switch hex.EncodeToString(captured[:2]) {
		case "0204", "0214", "0211", "0209":
			assert.Contains(t, want, captured, name)
		}
	}
}

func TestCapturedSegment(t *testing.T) {
	conns, keys := captures(t)
	conn := conns["S1728.9001"]
	require.NotNil(t, conn)
	// One TCP read of the capture held 0x103 and 0x106, and the captured server
	// answered the second one first.
	f := newFixture(t, func(f *fixture) { f.documented = true })
	p := f.drBrown(keys["S1728"])
	c := f.dial(9001)
	want := conn.wanted(t, p.Key)
	for i, r := range conn.requests {
		if i == 4 {
			continue
		}
		if i == 3 {
			require.Len(t, r, 92)
			r = append(append([]byte(nil), r...), conn.requests[4]...)
			require.Len(t, r, 432)
		}
		_, err := c.Conn.Write(r)
		require.NoError(t, err)
	}
	c.Raw(84)
	c.Secure(p.Key)
	for _, w := range want {
		assert.Equal(t, w[4:], c.Next().Body)
	}
}

func TestVectorsOfOurOwnForm(t *testing.T) {
	// vec:20d.nul_form, vec:217.ping, vec:22a.invalid_key and vec:230.ok, which the
	// other tests build by hand.
	assert.Equal(t, unhex(t, "000000084d43433930303100000000010000000b3139322e302e322e313000000023290000001500000001"),
		infoBytes("MCC9001\x00", 1, "192.0.2.10\x00", 9001, 21, 1))
}
