// Package lobby serves the way into the lobby family (7003, the chat rooms, the
// race port): greeting, login, the channel list, who is there, where a room is,
// and what a user says about itself ("nps-lobby-rooms 4, 6").
package lobby

import (
	"errors"
	"fmt"
	"net/netip"

	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/session"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Config is the `lobby` section of the configuration.
type Config struct {
	FrameCap       int    `yaml:"frame_cap" help:"Largest message accepted from a client." unit:"bytes" min:"512" max:"65535" ref:"DECISIONS 31"`
	Greeting       bool   `yaml:"lobby_greeting" help:"Greet every client on the lobby port. The debug client waits for it; an older one lived without." ref:"DECISIONS 40"`
	LoginRespNUL   bool   `yaml:"login_resp_nul" help:"End the name in the login answer with a NUL." ref:"DECISIONS 1"`
	HeartbeatReply bool   `yaml:"heartbeat_reply" help:"Answer heartbeats." ref:"nps-lobby-rooms 6.6"`
	RiffListFill   bool   `yaml:"riff_list_fill" help:"Fill the channel list with zeros up to 40 bytes an entry, as captured." ref:"nps-lobby-rooms 6.1"`
	ServerInfoEnd  string `yaml:"server_info_end" help:"Character behind the texts of the server info." values:"nul|newline" ref:"nps-lobby-rooms 6.3"`
	MC100LoginResp string `yaml:"mc100_login_resp" help:"Number of the login answer on port 10001, in hex." values:"120|308" ref:"nps-lobby-rooms 4.4"`
	MC100Port      int    `yaml:"mc100_port" help:"Port of the room MC100: 10001, or one of the room ports 9000 to 9020." min:"9000" max:"10001" ref:"web-and-client 10"`
	UsersPerPort   int    `yaml:"users_per_port" help:"Most users on one lobby or room port." min:"1" max:"10000" ref:"nps-lobby-rooms 10.4"`
	CheckAddress   bool   `yaml:"check_address" help:"Accept a lobby or room connection only from the address that logged in." ref:"DECISIONS 45"`
	PushPlain      bool   `yaml:"push_plain" help:"Send messages that answer no request unencrypted." ref:"nps-lobby-rooms 3.2"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		FrameCap: nps.DefaultLobbyCap, HeartbeatReply: true, ServerInfoEnd: "nul", MC100LoginResp: "120",
		MC100Port: mc100, UsersPerPort: 500, CheckAddress: true, Greeting: true,
	}
}

// Rooms are the instances with their users.
type Rooms interface {
	// Enter registers a connection.
	Enter(c *gateway.Conn, user nps.UserInfoBody)
	Leave(c *gateway.Conn)
	Population(port int) int
	Users(c *gateway.Conn, comm uint32) []nps.UserInfoBody
	SetData(c *gateway.Conn, data nps.UserData) (nps.UserInfoBody, error)
	// StartedRace tells the documented race port of a room, its owner and how many
	// players it has.
	StartedRace(c *gateway.Conn, comm uint32) (port int, owner uint32, players int, ok bool)
}

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store    storage.Store
	Sessions *session.Manager
	Rooms    Rooms
	// Port tells the number under which a documented port is reached here.
	Port func(documented int) int
	// IPv4 tells the address at which a client reaches us. It must not wait for
	// anything.
	IPv4 func(netaddr.Arrival) netip.Addr
	// Arrived hears of every connection that has entered, Left of every one that
	// has ended, entered or not. nil means that nobody wants to know.
	Arrived, Left func(*gateway.Conn)
}

// Service answers for the lobby and all rooms.
type Service struct {
	cfg Config
	Deps
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	if deps.Arrived == nil {
		deps.Arrived = func(*gateway.Conn) {}
	}
	if deps.Left == nil {
		deps.Left = func(*gateway.Conn) {}
	}
	return &Service{cfg, deps}
}

// Port makes the description of one port of the family, with the rows of this
// service and the others that share the port. Only 7003 greets
// (nps-lobby-rooms 4.1).
func Port(s *Service, number int, others []gateway.Row, t gateway.Timeouts) *gateway.Port {
	p := &gateway.Port{
		Name: "rooms", Number: number, Family: wire.Lobby,
		Framing: func() (gateway.Opener, gateway.Sealer) {
			return nps.NewLobbyOpener(s.cfg.FrameCap), nps.NewLobbySealer()
		},
		Rows:   append(s.Rows(), others...),
		Refuse: refuse,
		Closed: func(c *gateway.Conn) {
			s.Rooms.Leave(c)
			s.Left(c)
		},
		Timeouts: t,
		Push:     func(*gateway.Conn) wire.Frame { return wire.Frame{Plain: s.cfg.PushPlain} },
		Plain:    plainAfterLogin,
	}
	if number == lobbyPort {
		p.Name = "lobby"
		if s.cfg.Greeting {
			p.Opened = func(c *gateway.Conn) { c.Push(nps.OKToLogin.With(&wire.Empty{})) }
		}
	}
	return p
}

// plainAfterLogin obeys the messages that a logged-in client may send outside the
// envelope, and those that end the connection in whatever form they come
// (nps-lobby-rooms 2.1, 3.3, 10.1). A room is opened for somebody who has proved the
// key only.
func plainAfterLogin(c *gateway.Conn, number uint16) gateway.Verdict {
	switch number {
	case nps.Heartbeat.Number, nps.UDPStatus.Number, nps.Login.Number:
		return gateway.Obey
	case nps.OpenChannel.Number:
		if c.Claimed() == nil {
			return gateway.Obey
		}
	}
	if otherCrypto(number) {
		return gateway.Obey
	}
	return gateway.Skip
}

// otherCrypto are the key exchanges by which a client would ask for a cipher that
// we do not speak (nps-lobby-rooms 3.3).
func otherCrypto(number uint16) bool { return number == 0x1001 || number == 0x1201 }

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	rows := []gateway.Row{
		gateway.On(nps.Login, gateway.Connected, s.login).Tells(),
		gateway.On(nps.MiniRiffListReq, gateway.LoggedIn, s.channelList),
		gateway.On(nps.MiniUserListReq, gateway.LoggedIn, s.userList),
		gateway.On(nps.GameServersReq, gateway.LoggedIn, s.gameServers),
		gateway.On(nps.ServerInfoReq, gateway.LoggedIn, s.serverInfo),
		gateway.On(nps.SetUserData, gateway.LoggedIn, s.setUserData).Tells(),
		gateway.On(nps.GetMyUserData, gateway.LoggedIn, s.getMyUserData),
		gateway.On(nps.GetUserInfo, gateway.LoggedIn, s.getUserInfo),
		gateway.On(nps.Heartbeat, gateway.LoggedIn, s.heartbeat),
		gateway.On(nps.LogOff, gateway.LoggedIn, s.logOff).Tells(),

		gateway.Ignore(nps.UDPStatus, gateway.LoggedIn),
	}
	for _, m := range nps.NameOnly(wire.Lobby) {
		if otherCrypto(m.Number) {
			rows = append(rows, gateway.On(m, gateway.LoggedIn, s.otherCrypto))
			continue
		}
		rows = append(rows, gateway.Ignore(m, gateway.LoggedIn))
	}
	return rows
}

func (s *Service) otherCrypto(c *gateway.Call, _ *wire.Raw) error {
	c.Record("cipher not spoken here")
	c.Close("unknown cipher")
	return nil
}

// refuse never answers: before login, and when the first encrypted message makes
// no sense because the keys differ, the connection ends; afterwards the client
// just gets no reply (nps-lobby-rooms 3.4).
func refuse(c *gateway.Call, err error) {
	switch {
	case errors.Is(err, errLogin):
		c.Reply(nps.InvalidKey.With(&wire.Empty{}))
		c.Close("login refused")
	case c.State() == gateway.Connected:
		c.Close("not logged in")
	case c.Claimed() != nil && !c.Frame.Plain:
		c.Close("wrong key")
	}
}

var errLogin = errors.New("lobby login refused")

// login finds the session by the hash of its key, which tells old and new logins of
// one account apart (nps-lobby-rooms 4.3). The hash stands in the message for
// everybody on the line to read, so it proves nothing: the player enters with the
// first message in the envelope (DECISIONS 45, 46).
func (s *Service) login(c *gateway.Call, req *nps.LoginBody) error {
	if c.State() != gateway.Connected {
		c.Close("logged in twice")
		return nil
	}
	sess := s.Sessions.ByHash(req.Customer, req.KeyHash)
	switch {
	case sess == nil:
		return fmt.Errorf("%w: customer %d has no session with this key", errLogin, req.Customer)
	case s.cfg.CheckAddress && sess.Addr != c.Remote():
		return fmt.Errorf("%w: the game logged in from %s (lobby.check_address)", errLogin, sess.Addr)
	}
	p, err := s.persona(sess.Account, req)
	if err != nil {
		return fmt.Errorf("%w: %w", errLogin, err)
	}
	if err := s.room(c.Conn); err != nil {
		return err
	}
	seat, data := gateway.Seat{Session: sess, Persona: p.ID, Name: p.Name}, req.Data
	if err := c.Claim(seat, func() error { return s.enter(c.Conn, data) }); err != nil {
		return fmt.Errorf("%w: %w", errLogin, err)
	}
	c.SetState(gateway.LoggedIn)
	resp := &nps.LoginRespBody{User: p.ID, Name: p.Name, Data: req.Data}
	if s.cfg.LoginRespNUL {
		resp.Name += "\x00"
	}
	answer := nps.LoginResp
	if c.Port().Number == mc100 && s.cfg.MC100LoginResp == "308" {
		answer = nps.LoginRespMC100
	}
	c.Reply(answer.With(resp))
	return c.Secure(sess.Key)
}

// enter lets in a player who has proved the key: from now on he is known to the
// others, and an older connection of his on this port ends (nps-lobby-rooms 10.3).
func (s *Service) enter(c *gateway.Conn, data nps.UserData) error {
	if err := s.room(c); err != nil {
		return err
	}
	if err := c.Prove(); err != nil {
		return fmt.Errorf("%w: %w", errLogin, err)
	}
	seat := c.Seat()
	s.Rooms.Enter(c, nps.UserInfoBody{User: seat.Persona, Name: seat.Name, Data: data})
	s.Arrived(c)
	c.Log().Info("entered")
	return nil
}

// room refuses a user whom the port has no room for.
func (s *Service) room(c *gateway.Conn) error {
	if s.Rooms.Population(c.Port().Number) >= s.cfg.UsersPerPort {
		return fmt.Errorf("%w: port %d is full", errLogin, c.Port().Number)
	}
	return nil
}

// persona finds the persona that logs in and checks that it may (nps-lobby-rooms
// 4.3).
func (s *Service) persona(account uint32, req *nps.LoginBody) (p storage.Persona, err error) {
	var owner storage.Account
	err = s.Store.View(func(tx storage.ReadTx) error {
		if p, err = tx.Persona(req.User); err != nil {
			return fmt.Errorf("persona %d: %w", req.User, err)
		}
		owner, err = tx.Account(account)
		return err
	})
	switch {
	case err != nil:
		return p, err
	case owner.Banned:
		return p, fmt.Errorf("account %d is banned", account)
	case req.Customer != account || p.Account != account:
		return p, fmt.Errorf("persona %d or customer %d does not belong to the session", req.User, req.Customer)
	case !p.Live():
		return p, fmt.Errorf("persona %d has been deleted", req.User)
	}
	return p, nil
}

// channelList answers with the list that the client is known to accept
// (nps-lobby-rooms 8.1).
func (s *Service) channelList(c *gateway.Call, _ *wire.Empty) error {
	body := &nps.MiniRiffListBody{}
	for _, r := range riffs() {
		e := nps.MiniRiffEntry{Name: r.name, Comm: r.comm}
		if r.port != 0 {
			e.Population = uint16(min(s.Rooms.Population(s.instance(r)), 0xFFFF))
		}
		body.Riffs = append(body.Riffs, e)
	}
	if s.cfg.RiffListFill {
		body.Pad()
	}
	c.Reply(nps.MiniRiffList.With(body))
	return nil
}

func (s *Service) userList(c *gateway.Call, req *nps.CommBody) error {
	body := &nps.MiniUserListBody{Comm: req.Comm}
	for _, u := range s.Rooms.Users(c.Conn, req.Comm) {
		if len(body.Users) == nps.MaxListUsers {
			break
		}
		body.Users = append(body.Users, nps.MiniUserEntry{User: u.User, Name: u.Name})
	}
	c.Reply(nps.MiniUserList.With(body))
	return nil
}

// gameServers answers with our one address (nps-lobby-rooms 6.1).
func (s *Service) gameServers(c *gateway.Call, _ *wire.Empty) error {
	ip := s.IPv4(c.Arrival())
	c.Reply(nps.GameServers.With(nps.NewGameServers([]nps.GameServerEntry{{Group: "0", Name: "RACE", IP: ip.String()}})))
	return nil
}

// serverInfo tells where a room of the channel list is, or a race that has been
// started; an unknown one gets no answer (nps-lobby-rooms 6.3).
func (s *Service) serverInfo(c *gateway.Call, req *nps.CommBody) error {
	info := &nps.ServerInfoBody{Comm: req.Comm}
	if r, ok := findRiff(req.Comm); ok {
		port := s.instance(r)
		info.Riff, info.Port = r.info, uint32(s.Deps.Port(port))
		info.User, info.Players = c.Seat().Persona, uint32(max(1, s.Rooms.Population(port)))
	} else if port, owner, players, ok := s.Rooms.StartedRace(c.Conn, req.Comm); ok {
		info.Riff, info.Port = "RACE", uint32(s.Deps.Port(port))
		info.User, info.Players = owner, uint32(players)
	} else {
		return fmt.Errorf("no server for channel %d", req.Comm)
	}
	info.IP = s.IPv4(c.Arrival()).String()
	if s.cfg.ServerInfoEnd == "newline" {
		info.End("\n")
	} else {
		info.End("\x00")
	}
	c.Reply(nps.ServerInfo.With(info))
	return nil
}

// setUserData stores what the user says about itself. A message in somebody
// else's name is ignored (nps-lobby-rooms 6.2).
func (s *Service) setUserData(c *gateway.Call, req *nps.UserInfoBody) error {
	if seat := c.Seat(); req.User != seat.Persona || req.Name != seat.Name {
		return fmt.Errorf("user data for user %d %q from user %d %q", req.User, req.Name, seat.Persona, seat.Name)
	}
	info, err := s.Rooms.SetData(c.Conn, req.Data)
	if err != nil {
		return err
	}
	c.Reply(nps.UserInfo.With(&info))
	return nil
}

func (s *Service) getMyUserData(c *gateway.Call, _ *wire.Raw) error {
	return s.tellAbout(c, c.Seat().Persona)
}

// getUserInfo reads the first word of an unknown layout as the user asked for.
func (s *Service) getUserInfo(c *gateway.Call, req *wire.Raw) error {
	c.Record("layout a guess")
	about, err := nps.MiniUserListReq.Decode(req.Data)
	if err != nil {
		return err
	}
	return s.tellAbout(c, about.Comm)
}

func (s *Service) tellAbout(c *gateway.Call, user uint32) error {
	for _, u := range s.Rooms.Users(c.Conn, 0) {
		if u.User == user {
			c.Reply(nps.UserInfo.With(&u))
			return nil
		}
	}
	return fmt.Errorf("no user %d on this port", user)
}

func (s *Service) heartbeat(c *gateway.Call, _ *wire.Empty) error {
	if s.cfg.HeartbeatReply {
		c.ReplyPlain(nps.Heartbeat.With(&wire.Empty{}))
	}
	return nil
}

func (s *Service) logOff(c *gateway.Call, _ *wire.Empty) error {
	s.Rooms.Leave(c.Conn)
	c.Close("logged off")
	return nil
}
