package bot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/protocol/cipher"
	"mcos/protocol/client"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

const (
	fakeCustomer = 0x0054b46c
	fakeTicket   = "d316cd2dd6bf870893dfbaaf17f965884e"
)

// loginKey is the server's RSA key in all tests.
var loginKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
})

// reply is one thing that the fake server sends; raw goes out as it is.
type reply struct {
	packet wire.Packet
	plain  bool
	skew   uint32 // added to the MCOTS sequence
	raw    []byte
	hangUp bool
}

func packets(list ...wire.Packet) []reply {
	all := make([]reply, len(list))
	for i, p := range list {
		all[i].packet = p
	}
	return all
}

type handler func(f wire.Frame) []reply

// fake is a small server with scripted answers: enough for a whole session of one player.
type fake struct {
	t      testing.TB
	http   *httptest.Server
	https  *httptest.Server
	target bot.Target
	shard  string // replaces the shard list
	auth   string // replaces the answer of AuthLogin
	form   string // replaces the answer to the sign-up form

	mu       sync.Mutex
	log      []string // "persona 0532 0054b46c": everything received, decrypted
	lines    []string // requests to the web services
	override map[string]handler
	key      cipher.SessionKey
	personas []nps.PersonaRecord
	cars     []mcots.OwnedVehicle
	skins    map[uint32]uint32     // by vehicle; 47 without an entry
	look     *mcots.PlayerPhysical // what 266 has set
	sequence []uint32              // numbers of the frames on the transaction server
	balance  uint32
}

func newFake(t testing.TB) *fake {
	s := &fake{t: t, override: map[string]handler{}, skins: map[uint32]uint32{}, balance: 20000}
	web := http.HandlerFunc(s.web)
	s.http, s.https = httptest.NewServer(web), httptest.NewTLSServer(web)
	t.Cleanup(s.http.Close)
	t.Cleanup(s.https.Close)
	ports := map[string]int{}
	for _, name := range []string{"login", "mail", "persona", "lobby", "room", "mcots"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = ln.Close() })
		ports[name] = ln.Addr().(*net.TCPAddr).Port
		go s.accept(name, ln)
	}
	line := "ready http=" + s.http.Listener.Addr().String() + " https=" + s.https.Listener.Addr().String()
	for _, name := range []string{"login", "mail", "persona", "lobby", "mcots"} {
		line += fmt.Sprintf(" %s=127.0.0.1:%d", name, ports[name])
	}
	// The room of MCC01 is the second of the documented room ports.
	line += fmt.Sprintf(" rooms=127.0.0.1:9000,%d console=127.0.0.1:3000", ports["room"])
	target, err := bot.ParseReady(line)
	require.NoError(t, err)
	s.target = target
	return s
}

func (s *fake) pubKey() string {
	text, err := client.PubKey(&loginKey().PublicKey)
	if err != nil {
		panic(err)
	}
	return text
}

func (s *fake) web(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	s.lines = append(s.lines, r.Method+" "+r.URL.Path+" "+r.Form.Encode())
	body := ""
	switch {
	case r.URL.Path == "/AuthLogin" && r.TLS != nil:
		if body = s.auth; body == "" {
			body = "Valid=TRUE\nTicket=" + fakeTicket
		}
	case r.URL.Path == "/ShardList/":
		if body = s.shard; body == "" {
			body = fmt.Sprintf(shardBody, s.target.Host)
		}
	case r.URL.Path == "/key":
		body = s.pubKey()
	case r.URL.Path == "/cert":
		body = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.https.Certificate().Raw}))
	case r.URL.Path == "/SubscribeEntry.jsp" && r.Method == http.MethodPost:
		if body = s.form; body == "" {
			body = "<h1>Welcome!</h1>"
		}
	case r.URL.Path == "/SubscribeEntry.jsp":
		body = signUpPage
	default:
		http.NotFound(w, r)
	}
	_, _ = w.Write([]byte(body))
}

func (s *fake) accept(name string, ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go s.serve(name, conn)
	}
}

type (
	opener interface {
		Size([]byte) (int, error)
		Open([]byte) (wire.Frame, error)
		Secure(cipher.SessionKey) error
	}
	sealer interface {
		Seal([]byte, wire.Frame) ([]byte, error)
		Secure(cipher.SessionKey) error
	}
)

func framings(name string) (opener, sealer) {
	switch name {
	case "mail":
		return nps.NewShortOpener(4096), nps.NewShortSealer()
	case "lobby", "room":
		return nps.NewLobbyOpener(16384), nps.NewLobbySealer()
	case "mcots":
		return mcots.NewOpener(65536), mcots.NewSealer()
	default:
		return nps.NewLongOpener(4096), nps.NewLongSealer()
	}
}

// serve answers one connection until the client closes it.
func (s *fake) serve(name string, conn net.Conn) {
	defer conn.Close()
	open, seal := framings(name)
	if name == "lobby" && !s.send(conn, seal, s.answers(name, wire.Frame{Number: 0xFFFF}), wire.Frame{}) {
		return
	}
	var buf []byte
	chunk := make([]byte, 512)
	for {
		n, err := open.Size(buf)
		if err != nil {
			return
		}
		if n == 0 || len(buf) < n {
			m, err := conn.Read(chunk)
			if err != nil {
				return
			}
			buf = append(buf, chunk[:m]...)
			continue
		}
		f, err := open.Open(bytes.Clone(buf[:n]))
		if err != nil {
			return
		}
		buf = buf[n:]
		if !s.send(conn, seal, s.answers(name, f), f) {
			return
		}
		if name != "persona" && name != "login" && name != "mail" && (f.Number == 0x100 || f.Number == 438) {
			_ = open.Secure(s.sessionKey())
			_ = seal.Secure(s.sessionKey())
		}
	}
}

func (s *fake) sessionKey() cipher.SessionKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key
}

// answers logs a message and finds what to say to it.
func (s *fake) answers(name string, f wire.Frame) []reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Number != 0xFFFF {
		form := "%s %04x %x"
		if name == "mcots" {
			form = "%s %d %x"
			s.sequence = append(s.sequence, f.Seq)
		}
		s.log = append(s.log, fmt.Sprintf(form, name, f.Number, f.Body))
	}
	key := fmt.Sprintf("%s %X", name, f.Number)
	if name == "mcots" {
		key = fmt.Sprintf("%s %d", name, f.Number)
	}
	if h := s.override[key]; h != nil {
		return h(f)
	}
	switch name {
	case "login":
		return s.login(f)
	case "persona":
		return s.persona(f)
	case "mail":
		return packets(nps.NoMail())
	case "mcots":
		return s.mcots(f)
	default:
		return s.lobby(f)
	}
}

// send writes answers; it reports false when the connection is to end.
func (s *fake) send(conn net.Conn, seal sealer, list []reply, request wire.Frame) bool {
	for _, r := range list {
		out := r.raw
		if r.packet.Message != nil {
			body, err := r.packet.AppendBody(nil)
			if err != nil {
				s.t.Errorf("fake server: %v", err)
				return false
			}
			f := wire.Frame{
				Number: r.packet.Message.Number, Body: body, Seq: request.Seq + r.skew, Short: r.packet.Message.Short,
				Plain: r.plain || r.packet.Message == nps.Heartbeat.Message,
			}
			if out, err = seal.Seal(nil, f); err != nil {
				s.t.Errorf("fake server: %v", err)
				return false
			}
		}
		if _, err := conn.Write(out); err != nil || r.hangUp {
			return false
		}
	}
	return true
}

// received returns the log of one service.
func (s *fake) received(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, line := range s.log {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			lines = append(lines, rest)
		}
	}
	return lines
}

// client makes a client that is logged in as the captured player.
func (s *fake) client(o bot.Options) *bot.Client {
	s.personas = []nps.PersonaRecord{{Customer: fakeCustomer, Persona: 21, Shard: 44, Name: "Dr Brown"}}
	s.cars = []mcots.OwnedVehicle{{VehicleID: 1, BrandedPartID: 104}}
	c := bot.New(s.target, o)
	s.t.Cleanup(c.Close)
	ctx := context.Background()
	require.NoError(s.t, c.Auth(ctx, bot.Account{Name: "bot", Password: "secret"}))
	_, err := c.Shards(ctx)
	require.NoError(s.t, err)
	_, err = c.Login(ctx)
	require.NoError(s.t, err)
	c.Assume(s.personas[0])
	return c
}

// recorder remembers the writes of all connections to one port.
type recorder struct {
	port   int
	mu     sync.Mutex
	writes [][]byte
}

func (r *recorder) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil && strings.HasSuffix(addr, ":"+strconv.Itoa(r.port)) {
		return recorded{conn, r}, nil
	}
	return conn, err
}

func (r *recorder) all() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.writes)
}

type recorded struct {
	net.Conn
	r *recorder
}

func (c recorded) Write(b []byte) (int, error) {
	c.r.mu.Lock()
	c.r.writes = append(c.r.writes, bytes.Clone(b))
	c.r.mu.Unlock()
	return c.Conn.Write(b)
}
