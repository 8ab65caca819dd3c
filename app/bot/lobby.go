package bot

import (
	"context"
	"fmt"
	"net"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// What the client says about itself when it logs in to the lobby (nps-lobby-rooms 4.3).
const (
	libraryVersion = "4.5.0.0"
	computerName   = "mco"
)

// LobbyConn is a connection of the lobby family: 7003, or a room. It may be used from several goroutines.
type LobbyConn struct {
	link *link
	user uint32
	name string
	told int // port of this connection as the server told it
}

// Lobby connects to the lobby server, waits to be greeted and logs the selected persona in (nps-lobby-rooms 4).
func (c *Client) Lobby(ctx context.Context) (*LobbyConn, error) {
	const step = "lobby login"
	if err := c.needs(step, true, true, true); err != nil {
		return nil, err
	}
	s := service{name: "lobby", host: c.shard.LobbyHost, port: c.target.Ports.Told(c.shard.LobbyPort), framing: lobbyFraming}
	greeting := &call{step: "lobby greeting", plain: true, want: []*wire.Message{nps.OKToLogin.Message}}
	return c.enter(ctx, step, s, c.shard.LobbyPort, greeting)
}

// ConnectRoom connects to a room server or the race server and logs in there; host and port are as the server told them in
// 0x20D. No greeting is awaited (nps-lobby-rooms 4.1).
func (c *Client) ConnectRoom(ctx context.Context, host string, port int) (*LobbyConn, error) {
	const step = "room login"
	if err := c.needs(step, true, true, true); err != nil {
		return nil, err
	}
	s := service{name: "room", host: host, port: c.target.Ports.Told(port), framing: lobbyFraming}
	return c.enter(ctx, step, s, port)
}

func (c *Client) enter(ctx context.Context, step string, s service, told int, first ...*call) (*LobbyConn, error) {
	secured := lobbyFraming()
	if err := secured.secure(c.key); err != nil {
		return nil, &Error{Step: step, Err: err}
	}
	s.framing = func() framing { return secured }
	l, err := c.open(ctx, step, s, first...)
	if err != nil {
		return nil, err
	}
	conn := &LobbyConn{link: l, user: c.persona.Persona, name: c.persona.Name, told: told}
	if err := conn.login(ctx, step, c.customer, c.key.Hash(), first); err != nil {
		l.close()
		return nil, err
	}
	return conn, nil
}

func (l *LobbyConn) login(ctx context.Context, step string, customer uint32, hash [16]byte, first []*call) error {
	ctx, cancel := context.WithTimeout(ctx, l.link.timeout)
	defer cancel()
	for _, c := range first {
		if err := l.link.wait(ctx, c); err != nil {
			return err
		}
	}
	body := nps.LoginBody{
		User: l.user, Name: l.name, Customer: customer, Version: libraryVersion, Host: computerName,
		IP: ownAddress(l.link.conn.LocalAddr()), KeyHash: hash,
	}
	c := &call{step: step, packet: nps.Login.With(&body), plain: true, want: []*wire.Message{
		nps.LoginResp.Message, nps.LoginRespMC100.Message, nps.InvalidKey.Message, nps.DupUser.Message,
		nps.ServerFull.Message, nps.ServerRedirect.Message, nps.VersionsDifferent.Message, nps.NoValidationServer.Message,
	}}
	if err := l.link.do(ctx, c); err != nil {
		return err
	}
	a := l.link.answer(c)
	if a.frame.Number != nps.LoginResp.Number && a.frame.Number != nps.LoginRespMC100.Number {
		return a.fail(c.wanted(), ErrRefused)
	}
	in, err := decode(a, nps.LoginResp)
	if err != nil {
		return err
	}
	if name := trim(in.Name); in.User != l.user || name != l.name {
		return a.fail(c.wanted(), fmt.Errorf("%w: it logs in user %d %q", ErrMalformed, in.User, name))
	}
	return nil
}

// ownAddress is the client's idea of its address.
func ownAddress(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.IP.String()
	}
	return "127.0.0.1"
}

// trim removes what some servers put behind a text instead of a NUL (nps-lobby-rooms 6.3).
func trim(text string) string {
	for len(text) > 0 && (text[len(text)-1] == 0 || text[len(text)-1] == '\n') {
		text = text[:len(text)-1]
	}
	return text
}

// Where names the connection.
func (l *LobbyConn) Where() string { return l.link.where }

// Events gives what the server sends on its own. The channel is closed when the connection ends; when it is not read, the
// oldest events are dropped after 1024 (see LostEvents).
func (l *LobbyConn) Events() <-chan Event { return l.link.events }

// LostEvents counts the events that were dropped because nobody read them.
func (l *LobbyConn) LostEvents() uint64 { return l.link.lost.Load() }

// Done is closed when the connection has ended, whoever ended it.
func (l *LobbyConn) Done() <-chan struct{} { return l.link.ended }

// Err returns why the connection has ended, and nil while it has not.
func (l *LobbyConn) Err() error { return l.link.reason(nil) }

// Close ends the connection without a message, as the client does.
func (l *LobbyConn) Close() { l.link.close() }

// Ask sends a request and returns the first frame that is one of the wanted answers. It serves tests and bots that need more
// than the other methods; a nil want sends without waiting.
func (l *LobbyConn) Ask(ctx context.Context, step string, p wire.Packet, want ...*wire.Message) (wire.Frame, error) {
	c := &call{step: step, packet: p, want: want}
	if err := l.link.do(ctx, c); err != nil || len(want) == 0 {
		return wire.Frame{}, err
	}
	return c.frames[0], nil
}

// Send sends messages that are not answered; with Options.Segments Glued they share a segment.
func (l *LobbyConn) Send(ctx context.Context, step string, packets ...wire.Packet) error {
	calls := make([]*call, len(packets))
	for i, p := range packets {
		calls[i] = &call{step: step, packet: p}
	}
	return l.link.do(ctx, calls...)
}

// askFor sends a request and decodes its answer.
func askFor[T any](ctx context.Context, l *link, step string, p wire.Packet, want wire.Msg[T]) (*T, error) {
	a, err := l.ask(ctx, step, p, want.Message)
	if err != nil {
		return nil, err
	}
	return decode(a, want)
}

// Channels asks for the channel list (0x30C, nps-lobby-rooms 6.1).
func (l *LobbyConn) Channels(ctx context.Context) (*nps.MiniRiffListBody, error) {
	return askFor(ctx, l.link, "channel list", nps.MiniRiffListReq.With(&wire.Empty{}), nps.MiniRiffList)
}

// Names asks for the names of the users of a channel; 0 stands for all users of this port (0x128).
func (l *LobbyConn) Names(ctx context.Context, comm uint32) (*nps.MiniUserListBody, error) {
	return askFor(ctx, l.link, "short user list", nps.MiniUserListReq.With(&nps.CommBody{Comm: comm}), nps.MiniUserList)
}

// Users asks for the users of a channel with their data (0x101).
func (l *LobbyConn) Users(ctx context.Context, comm uint32) (*nps.UserListBody, error) {
	return askFor(ctx, l.link, "user list", nps.UserListReq.With(&nps.CommBody{Comm: comm}), nps.UserList)
}

// Races asks for the race rooms (0x302).
func (l *LobbyConn) Races(ctx context.Context) (*nps.RiffListBody, error) {
	return askFor(ctx, l.link, "race room list", nps.RiffListReq.With(&wire.Empty{}), nps.RiffList)
}

// ReadyList asks who in a race room is ready (0x10E).
func (l *LobbyConn) ReadyList(ctx context.Context, comm uint32) (*nps.ReadyListBody, error) {
	return askFor(ctx, l.link, "ready list", nps.ReadyListReq.With(&nps.CommBody{Comm: comm}), nps.ReadyList)
}

// ServerInfo asks where the server of a channel is (0x10C, nps-lobby-rooms 6.3).
func (l *LobbyConn) ServerInfo(ctx context.Context, comm uint32) (*nps.ServerInfoBody, error) {
	c := &call{
		step: "server info", packet: nps.ServerInfoReq.With(&nps.CommBody{Comm: comm}), want: []*wire.Message{nps.ServerInfo.Message},
		mine: func(f wire.Frame) bool {
			info, err := nps.ServerInfo.Decode(f.Body)
			return err != nil || info.Comm == comm // another one is pushed when a race starts
		},
	}
	if err := l.link.do(ctx, c); err != nil {
		return nil, err
	}
	a := l.link.answer(c)
	info, err := decode(a, nps.ServerInfo)
	if err != nil {
		return nil, err
	}
	info.Riff, info.IP = trim(info.Riff), trim(info.IP)
	if net.ParseIP(info.IP).To4() == nil || info.Port < 1 || info.Port > maxPort {
		return nil, a.fail(c.wanted(), fmt.Errorf("%w: server at %q port %d", ErrMalformed, info.IP, info.Port))
	}
	return info, nil
}

// SetUserData shows the other users driver and car (0x103) and waits for the server's echo (0x204, nps-lobby-rooms 6.2).
func (l *LobbyConn) SetUserData(ctx context.Context, data nps.UserData) error {
	c := l.userData(data)
	if err := l.link.do(ctx, c); err != nil {
		return err
	}
	_, err := decode(l.link.answer(c), nps.UserInfo)
	return err
}

func (l *LobbyConn) userData(data nps.UserData) *call {
	return &call{
		step:   "set user data",
		packet: nps.SetUserData.With(&nps.UserInfoBody{User: l.user, Name: l.name, Data: data}),
		want:   []*wire.Message{nps.UserInfo.Message},
		mine: func(f wire.Frame) bool {
			info, err := nps.UserInfo.Decode(f.Body)
			return err != nil || info.User == l.user // others' data is pushed
		},
	}
}

// ChatChannel makes the body of a 0x106 that enters a chat channel of this connection, as captured (nps-lobby-rooms 6.4).
func (l *LobbyConn) ChatChannel(comm uint32, riff string) nps.OpenChannelBody {
	return nps.OpenChannelBody{
		Comm: comm, Riff: riff, Slot: -1, SlotFlags: 1, Port: uint32(l.told), Protocol: nps.ProtocolTCP, User: l.user,
		CanReady: true, Type: nps.ChannelPublic, State: nps.GameNotRunning, Launch: 0xCDCD, Flags: 2,
	}
}

// Open enters or creates a channel (0x106). A denial wraps ErrRefused.
func (l *LobbyConn) Open(ctx context.Context, body nps.OpenChannelBody) (*nps.CommPortBody, error) {
	c := l.openCall(body)
	if err := l.link.do(ctx, c); err != nil {
		return nil, err
	}
	return l.granted(c)
}

func (l *LobbyConn) openCall(body nps.OpenChannelBody) *call {
	return &call{step: "open channel", packet: nps.OpenChannel.With(&body), want: []*wire.Message{
		nps.ChannelGranted.Message, nps.ChannelDenied.Message, nps.ChannelConditional.Message,
	}}
}

// granted reads the answer of an openCall.
func (l *LobbyConn) granted(c *call) (*nps.CommPortBody, error) {
	a := l.link.answer(c)
	if a.frame.Number == nps.ChannelDenied.Number {
		return nil, a.fail(c.wanted(), ErrRefused)
	}
	return decode(a, nps.ChannelGranted)
}

// Leave leaves a channel (0x105).
func (l *LobbyConn) Leave(ctx context.Context, comm uint32) error {
	_, err := askFor(ctx, l.link, "leave channel", nps.CloseChannel.With(&nps.CommBody{Comm: comm}), nps.ChannelClosed)
	return err
}

// Heartbeat sends a keep-alive and waits for its echo, both in clear (0x217, nps-lobby-rooms 6.6).
func (l *LobbyConn) Heartbeat(ctx context.Context) error {
	return l.link.do(ctx, &call{
		step: "heartbeat", packet: nps.Heartbeat.With(&wire.Empty{}), plain: true, want: []*wire.Message{nps.Heartbeat.Message},
	})
}

// Say sends application data to all others in a channel; 0 stands for all users of this port (0x89, nps-lobby-rooms 7). How
// the client packs chat is unknown, so the text travels as it is.
func (l *LobbyConn) Say(ctx context.Context, comm uint32, text string) error {
	body := nps.RelayBody{Comm: comm, Sender: l.user, Blob: append([]byte(text), 0)}
	return l.Send(ctx, "chat", nps.RelayAll.With(&body))
}
