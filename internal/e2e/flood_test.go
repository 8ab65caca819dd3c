package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/protocol/wire/wiretest"
)

// What BenchmarkFlood does: six drivers race and send positions as the game does, a
// hundred sit in the chat rooms of three ports, two ask, and a player floods the server.
const (
	floodRacers  = 6
	floodSitters = 100
	floodHz      = 20
)

// floodPasses is how many passes without and with the attacker there are, and how long
// each of them is.
func floodPasses() (pairs int, each time.Duration) {
	switch {
	case testing.Short():
		return 1, 5 * time.Second
	case os.Getenv("MCOS_SOAK") != "":
		return 5, time.Minute
	}
	return 5, 15 * time.Second
}

// BenchmarkFlood measures what a player does to the others who sends every message of
// the lobby's and the transaction server's tables as fast as he can, on eight
// connections at once: the time until the other racers have a position, and until
// requests to the lobby and the transaction server are answered. A pass without him and
// one with him take turns, five times; of each figure the median of the five quotients
// is reported, and the aim is 2. The attacker shares this machine with the server, which
// he would not in earnest: his threads have the lowest priority, and his buffers are
// small.
func BenchmarkFlood(b *testing.B) {
	dir := b.TempDir()
	guests, key := populate(b, dir, floodRacers+floodSitters+3)
	for b.Loop() {
		s := run(b, dir)
		w := &floodWorld{b: b, crowd: crowd{server: s, key: key}, key: key}
		w.settle(guests)
		quotients := map[string][]float64{}
		pairs, each := floodPasses()
		for range pairs {
			calm := w.measure(func() { time.Sleep(each) })
			flooded := w.measure(func() { w.flood(guests[len(guests)-1], time.Now().Add(each)) })
			for name, p99 := range flooded {
				quotients[name] = append(quotients[name], float64(p99)/float64(calm[name]))
				b.Logf("%s: 99 %% within %v without him, %v with him", name, calm[name], p99)
			}
		}
		for name, q := range quotients {
			slices.Sort(q)
			b.ReportMetric(q[len(q)/2], name+"-times")
		}
		b.ReportMetric(float64(w.sent.Load()), "messages")
		require.Zero(b, w.gone.Load(), "somebody was thrown out")
		s.kill()
	}
}

// floodWorld is everybody on the server.
type floodWorld struct {
	crowd
	b      *testing.B
	key    *rsa.PublicKey
	racers []*driver
	asker  *driver
	trader *driver

	mu     sync.Mutex
	took   map[string][]time.Duration // nil between the passes
	sent   atomic.Int64
	closed chan struct{}
}

// note keeps a measured time.
func (w *floodWorld) note(name string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.took != nil {
		w.took[name] = append(w.took[name], d)
	}
}

// measure returns the time within which 99 of 100 came while something happened.
func (w *floodWorld) measure(during func()) map[string]time.Duration {
	w.mu.Lock()
	w.took = map[string][]time.Duration{}
	w.mu.Unlock()
	during()
	w.mu.Lock()
	took := w.took
	w.took = nil
	w.mu.Unlock()
	p99 := map[string]time.Duration{}
	for name, list := range took {
		slices.Sort(list)
		p99[name] = list[99*(len(list)-1)/100]
	}
	time.Sleep(2 * time.Second) // what is left over from one pass is not the next one's
	return p99
}

// driver is one logged-in connection of a player.
type driver struct {
	guest
	session cipher.SessionKey
	conn    net.Conn
	seal    sealer
	seq     uint32
}

func (d *driver) say(number uint16, body []byte) error {
	d.seq++
	raw, err := d.seal.Seal(nil, wire.Frame{Number: number, Body: body, Seq: d.seq})
	if err == nil {
		_, err = d.conn.Write(raw)
	}
	return err
}

func (d *driver) tell(p wire.Packet) error {
	body, err := p.AppendBody(nil)
	if err != nil {
		return err
	}
	return d.say(p.Message.Number, body)
}

var nextKey atomic.Uint32

// login opens a session for a guest.
func (w *floodWorld) login(g guest) (cipher.SessionKey, error) {
	n := nextKey.Add(1)
	key := cipher.SessionKey{byte(n), byte(n >> 8), byte(n >> 16), 9}
	sealed, err := cipher.EncryptSessionKey(w.key, key, rand.Reader)
	if err != nil {
		return key, err
	}
	conn, err := w.server.ask(8226, nps.NewLongSealer(), nps.UserLogin.With(&nps.UserLoginBody{Ticket: g.ticket, Key: string(sealed), Game: "2176"}), nps.UserValid.Number)
	if err == nil {
		err = conn.Close()
	}
	return key, err
}

// enter logs a player in to a port of the lobby family.
func (w *floodWorld) enter(g guest, key cipher.SessionKey, port int) (*driver, error) {
	seal := nps.NewLobbySealer()
	conn, err := w.dial(port)
	if err != nil {
		return nil, err
	}
	d := &driver{guest: g, session: key, conn: conn, seal: seal}
	if err := d.tell(nps.Login.With(&nps.LoginBody{User: g.persona, Name: g.name, Customer: g.account, KeyHash: key.Hash()})); err != nil {
		return nil, err
	}
	if err := seal.Secure(key); err != nil {
		return nil, err
	}
	return d, d.tell(nps.MiniRiffListReq.With(&wire.Empty{}))
}

// transact connects a player to the transaction server.
func (w *floodWorld) transact(g guest, key cipher.SessionKey) (*driver, error) {
	conn, err := w.dial(43300)
	if err != nil {
		return nil, err
	}
	seal := mcots.NewSealer()
	d := &driver{guest: g, session: key, conn: conn, seal: seal}
	if err := d.tell(mcots.MsgConnect.With(&mcots.Connect{CustomerID: g.account, PersonaID: g.persona})); err != nil {
		return nil, err
	}
	if err := seal.Secure(key); err != nil {
		return nil, err
	}
	return d, d.tell(mcots.MsgLogin.With(&mcots.Login{CustomerID: g.account, PersonaID: g.persona}))
}

func (w *floodWorld) dial(port int) (net.Conn, error) {
	return net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.server.target.Ports[port])))
}

// settle brings everybody to their places and starts what they do until the end.
func (w *floodWorld) settle(guests []guest) {
	w.closed = make(chan struct{})
	w.b.Cleanup(func() { close(w.closed) })
	must := func(d *driver, err error) *driver {
		require.NoError(w.b, err)
		return d
	}
	keys := make([]cipher.SessionKey, len(guests))
	for i, g := range guests[:len(guests)-1] {
		var err error
		keys[i], err = w.login(g)
		require.NoError(w.b, err)
	}
	const comm = 1000
	var waiting []*driver
	for i, g := range guests[:floodRacers] {
		d := must(w.enter(g, keys[i], 9001))
		open := nps.OpenChannelBody{Comm: comm, Riff: "race", Slot: -1, User: g.persona, Type: nps.ChannelPublic}
		open.Data.Race = 7
		require.NoError(w.b, d.tell(nps.OpenChannel.With(&open)))
		w.read(d, nil)
		waiting = append(waiting, d)
		time.Sleep(100 * time.Millisecond) // the host first
	}
	require.NoError(w.b, waiting[0].tell(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: comm, Host: "127.0.0.1"})))
	time.Sleep(time.Second)
	var sent [floodRacers]positions
	for i, g := range guests[:floodRacers] {
		d := must(w.enter(g, keys[i], 9000))
		w.racers = append(w.racers, d)
		w.read(d, func(f wire.Frame) { w.arrived(f, sent[:], guests[:floodRacers]) })
	}
	for i := range floodSitters {
		g, key := guests[floodRacers+i], keys[floodRacers+i]
		d := must(w.enter(g, key, []int{9002, 9003, 7003}[i%3]))
		require.NoError(w.b, d.tell(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", Slot: -1, User: g.persona, Type: nps.ChannelPublic})))
		w.read(d, nil)
	}
	last := len(guests) - 1
	w.asker = must(w.enter(guests[last-2], keys[last-2], 7003))
	w.trader = must(w.transact(guests[last-1], keys[last-1]))
	w.requests("lobby", w.asker, nps.MiniUserListReq.With(&nps.CommBody{}), nps.MiniUserList.Number, nps.NewLobbyClientOpener(1<<16))
	w.requests("transactions", w.trader, mcots.MsgGetPlayerInfo.With(&mcots.GenericRequest{Data: w.trader.persona}), mcots.MsgPlayerInfo.Number, mcots.NewOpener(mcots.MaxFrame))
	for i, d := range w.racers {
		go w.race(d, &sent[i])
	}
	time.Sleep(time.Second)
}

// positions are the moments at which a racer has sent his.
type positions struct {
	mu   sync.Mutex
	sent []time.Time
}

func (w *floodWorld) race(d *driver, p *positions) {
	tick := time.NewTicker(time.Second / floodHz)
	defer tick.Stop()
	blob := make([]byte, 41)
	blob[0] = nps.BlobPosition
	for {
		select {
		case <-tick.C:
		case <-w.closed:
			return
		}
		p.mu.Lock()
		binary.BigEndian.PutUint32(blob[37:], uint32(len(p.sent)))
		p.sent = append(p.sent, time.Now())
		p.mu.Unlock()
		if d.tell(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: d.persona, User: d.persona, Blob: blob})) != nil {
			return
		}
	}
}

// arrived measures a position of another racer.
func (w *floodWorld) arrived(f wire.Frame, sent []positions, racers []guest) {
	if f.Number != nps.RelayNotSingle.Number {
		return
	}
	body, err := nps.RelayAll.Decode(f.Body)
	if err != nil || len(body.Blob) != 41 {
		return
	}
	now := time.Now()
	i := slices.IndexFunc(racers, func(g guest) bool { return g.persona == body.Sender })
	if i < 0 {
		return
	}
	sent[i].mu.Lock()
	at := sent[i].sent[binary.BigEndian.Uint32(body.Blob[37:])]
	sent[i].mu.Unlock()
	w.note("positions", now.Sub(at))
}

// read takes what comes on a lobby connection until it ends. handle may be nil.
func (w *floodWorld) read(d *driver, handle func(wire.Frame)) {
	opener := nps.NewLobbyClientOpener(1 << 16)
	require.NoError(w.b, opener.Secure(d.session))
	go w.frames(d, opener, func(f wire.Frame) {
		if handle != nil {
			handle(f)
		}
	})
}

type opener interface {
	Size(buf []byte) (int, error)
	Open(raw []byte) (wire.Frame, error)
}

func (w *floodWorld) frames(d *driver, open opener, handle func(wire.Frame)) {
	var buf []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := d.conn.Read(chunk)
		if err != nil {
			select {
			case <-w.closed:
			default:
				w.gone.Add(1)
			}
			return
		}
		for buf = append(buf, chunk[:n]...); ; {
			size, err := open.Size(buf)
			if err != nil || size == 0 || size > len(buf) {
				break
			}
			f, err := open.Open(buf[:size])
			if err == nil {
				handle(f)
			}
			buf = buf[size:]
		}
	}
}

// requests asks the same question again and again and measures the answers.
func (w *floodWorld) requests(name string, d *driver, question wire.Packet, answer uint16, open interface {
	opener
	Secure(cipher.SessionKey) error
}) {
	require.NoError(w.b, open.Secure(d.session))
	asked := make(chan time.Time, 1)
	go w.frames(d, open, func(f wire.Frame) {
		if f.Number != answer {
			return
		}
		select {
		case at := <-asked:
			w.note(name, time.Since(at))
		default:
		}
	})
	go func() {
		tick := time.NewTicker(time.Second / floodHz)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-w.closed:
				return
			}
			select {
			case asked <- time.Now():
				if d.tell(question) != nil {
					return
				}
			default: // the last one has not been answered yet
			}
		}
	}()
}

// stream is what one connection of the attacker sends, one message after the other.
type stream struct {
	port     int
	messages []*wire.Message
}

// streams spread all messages of the tables over eight connections: what waits for its
// pace must not hold up what does not.
func streams() []stream {
	var relays, lists, changes, lobby, reads, writes, transactions []*wire.Message
	for _, m := range nps.Registry.All() {
		if m.Family != wire.Lobby || m.Dir&wire.ToServer == 0 || m.Variant != "" {
			continue
		}
		switch {
		case m.Number >= nps.RelayAllShort.Number && m.Number < 0x100:
			relays = append(relays, m)
		case slices.Contains([]uint16{nps.OpenChannel.Number, nps.CloseChannel.Number, nps.SetCommFlags.Number, nps.SetUserData.Number, nps.SetChannelData.Number, nps.BootUser.Number, nps.StartGameServer.Number, nps.ReadyForGame.Number, nps.SetReadyForGame.Number}, m.Number):
			changes = append(changes, m)
		case slices.Contains([]uint16{nps.UserListReq.Number, nps.RiffListReq.Number, nps.MiniUserListReq.Number, nps.MiniRiffListReq.Number, nps.ReadyListReq.Number, nps.ServerInfoReq.Number}, m.Number):
			lists = append(lists, m)
		}
		lobby = append(lobby, m)
	}
	for _, m := range mcots.Registry.All() {
		if m.Dir&wire.ToServer == 0 || m.Variant != "" {
			continue
		}
		switch {
		case slices.Contains([]uint16{mcots.MsgGetPlayerInfo.Number, mcots.MsgGetOwnedVehicles.Number, mcots.MsgGetLobbies.Number, mcots.MsgGetOwnedParts.Number, mcots.MsgStockCarRequest.Number}, m.Number):
			reads = append(reads, m)
		case slices.Contains([]uint16{mcots.MsgSetDescription.Number, mcots.MsgUpdatePlayerPhysical.Number, mcots.MsgCreateRace.Number, mcots.MsgSetOptions.Number}, m.Number):
			writes = append(writes, m)
		}
		transactions = append(transactions, m)
	}
	return []stream{
		{9002, relays}, {9003, changes}, {7003, lists}, {9001, lobby}, {9000, relays},
		{43300, reads}, {43300, writes}, {43300, transactions},
	}
}

// floodBody makes a body that does as much harm as the message can do.
func floodBody(m *wire.Message) func(g guest) []byte {
	sample := make([]byte, 64)
	if !m.Unknown {
		if s, err := wiretest.Sample(m.Layout()); err == nil {
			sample = s
		}
	}
	encode := func(p wire.Packet) []byte {
		body, err := p.AppendBody(nil)
		if err != nil {
			return sample
		}
		return body
	}
	blob := make([]byte, 1000)
	blob[0] = 200
	var n atomic.Uint32 // so that no two of them are the same
	return func(g guest) []byte {
		switch m.Number {
		case nps.RelayAll.Number, nps.RelayAllLogged.Number, nps.RelayReady.Number, nps.RelayReadyLogged.Number:
			return encode(nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: g.persona, Blob: blob}))
		case nps.RelayNotSingle.Number, nps.RelayNotSingleLogged.Number, nps.RelaySingle.Number, nps.RelaySingleLogged.Number, nps.RelayBuddy.Number, nps.RelayBuddyLogged.Number:
			return encode(nps.RelayNotSingle.With(&nps.RelayUserBody{Comm: 2, Sender: g.persona, User: g.persona, Blob: blob}))
		case nps.RelayNotList.Number, nps.RelayNotListLogged.Number, nps.RelayList.Number, nps.RelayListLogged.Number:
			return encode(nps.RelayNotList.With(&nps.RelayListBody{Comm: 2, Sender: g.persona, Count: 1, Users: []uint32{g.persona}, Blob: blob}))
		case nps.SetUserData.Number:
			return encode(nps.SetUserData.With(&nps.UserInfoBody{User: g.persona, Name: g.name}))
		case nps.OpenChannel.Number:
			room := n.Add(1) % 4
			body := nps.OpenChannelBody{Comm: 5000 + room, Riff: fmt.Sprint("R", room), Slot: -1, User: g.persona, Type: nps.ChannelPublic}
			body.Data.Race = 1
			return encode(nps.OpenChannel.With(&body))
		case nps.CloseChannel.Number:
			return encode(nps.CloseChannel.With(&nps.CommBody{Comm: 2}))
		case nps.UserListReq.Number, nps.MiniUserListReq.Number, nps.ReadyListReq.Number, nps.ServerInfoReq.Number:
			return encode(nps.UserListReq.With(&nps.CommBody{Comm: 2}))
		case nps.SetCommFlags.Number:
			return encode(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 2, Flags: nps.FlagSetReady << (n.Add(1) % 2)}))
		}
		if m.Family != wire.MCOTS {
			return sample
		}
		switch m.Number {
		case mcots.MsgSetDescription.Number:
			return encode(mcots.MsgSetDescription.With(&mcots.SetDescription{Description: fmt.Sprint("text ", n.Add(1))}))
		case mcots.MsgUpdatePlayerPhysical.Number:
			count := n.Add(1)
			return encode(mcots.MsgUpdatePlayerPhysical.With(&mcots.PlayerPhysical{PlayerID: g.persona, BodyType: int32(count)}))
		case mcots.MsgGetPlayerInfo.Number, mcots.MsgGetPlayerPhysical.Number, mcots.MsgGetRacingHistory.Number:
			return encode(mcots.MsgGetPlayerInfo.With(&mcots.GenericRequest{Data: g.persona}))
		case mcots.MsgBuyPart.Number:
			return encode(mcots.MsgBuyPart.With(&mcots.GenericRequest{Data: 101}))
		}
		return sample
	}
}

// flood is one pass of the attacker.
func (w *floodWorld) flood(g guest, end time.Time) {
	key, err := w.login(g)
	require.NoError(w.b, err)
	var wg sync.WaitGroup
	for _, s := range streams() {
		wg.Go(func() {
			background()
			w.pour(g, key, s, end)
		})
	}
	wg.Wait()
}

// pour sends the messages of a stream as fast as they are taken. A connection that the
// server ends is opened again.
func (w *floodWorld) pour(g guest, key cipher.SessionKey, s stream, end time.Time) {
	var bodies []func(guest) []byte
	for _, m := range s.messages {
		bodies = append(bodies, floodBody(m))
	}
	for next := 0; time.Now().Before(end); {
		d, err := w.attackerOn(g, key, s.port)
		if err != nil {
			continue
		}
		go func() { // takes what comes, as a client does
			background()
			_, _ = io.Copy(io.Discard, d.conn)
		}()
		if tcp, ok := d.conn.(*net.TCPConn); ok {
			// Filling the buffers of this computer is no attack on the server, but takes its
			// processor.
			_ = tcp.SetWriteBuffer(16 << 10)
		}
		_ = d.conn.SetWriteDeadline(end)
		for ; time.Now().Before(end); next++ {
			i := next % len(bodies)
			if d.say(s.messages[i].Number, bodies[i](g)) != nil {
				break
			}
			w.sent.Add(1)
		}
		_ = d.conn.Close()
	}
}

// attackerOn is a connection of the attacker to a port.
func (w *floodWorld) attackerOn(g guest, key cipher.SessionKey, port int) (*driver, error) {
	if port == 43300 {
		return w.transact(g, key)
	}
	d, err := w.enter(g, key, port)
	if err != nil {
		return nil, err
	}
	return d, d.tell(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", Slot: -1, User: g.persona, Type: nps.ChannelPublic}))
}
