package bot_test

import (
	"context"
	"encoding/hex"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func raw(t *testing.T, text string) []reply {
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return []reply{{raw: b}}
}

// shaped makes a message of the server with any bytes as its body.
func shaped(family wire.Family, number uint16, body string) []reply {
	m := wire.Declare[wire.Raw](wire.NewRegistry(wire.BigEndian), wire.Message{Family: family, Dir: wire.ToClient, Number: number})
	b, err := hex.DecodeString(body)
	if err != nil {
		panic(err)
	}
	return packets(m.With(&wire.Raw{Data: b}))
}

// Malformed and unexpected answers of the small services.
func TestSmallServiceErrors(t *testing.T) {
	type action = func(context.Context, *bot.Client) error
	login := func(ctx context.Context, c *bot.Client) error { _, err := c.Login(ctx); return err }
	personas := func(ctx context.Context, c *bot.Client) error { _, err := c.Personas(ctx); return err }
	create := func(ctx context.Context, c *bot.Client) error { _, err := c.CreatePersona(ctx, "Marty"); return err }
	for name, c := range map[string]struct {
		key    string
		answer []reply
		do     action
		is     error
		want   string
	}{
		"login refused": {"login 501", packets(nps.UserInvalid.With(&wire.Empty{})), login, bot.ErrRefused,
			"expected 0x601 USER_VALID, received 0x602 USER_INVALID with 0 bytes"},
		"login legacy form": {"login 501", raw(t, "0601002601010000000000260054b46c00000002000000336239363735656132393336000000"), login,
			bot.ErrMalformed, "UserValidBody.Ban"},
		"login other message": {"login 501", packets(nps.PersonaAck.With(&wire.Empty{})), login, bot.ErrUnexpected,
			"login at login 127.0.0.1:"},
		"list legacy form": {"persona 532", raw(t, "060700420101000000000000"+"00010054b46c0d0d000000150000002c00000000000844722042726f776e"+
			"000000000000000000000000000000000000000000000000"), personas, bot.ErrMalformed, "PersonaListBody.Personas"},
		"list with surplus":  {"persona 532", raw(t, "0607001001010000000000000000"+"0500"), personas, bot.ErrMalformed, "1 bytes behind the last field"},
		"list without limit": {"persona 532", raw(t, "0607000e01010000000000000000"), personas, bot.ErrMalformed, "PersonaListBody.Limit"},
		"list refused":       {"persona 532", packets(nps.PersonaRefused.With(&wire.Empty{})), personas, bot.ErrRefused, "received 0x602"},
		"unknown message":    {"persona 532", raw(t, "0999000c0101000000000000"), personas, bot.ErrUnexpected, "received 0x999 of unknown name"},
		"length 3":           {"persona 532", raw(t, "06070003"), personas, bot.ErrMalformed, "says 3 bytes"},
		"hang up": {"persona 532", []reply{{hangUp: true}}, personas, bot.ErrClosed,
			"expected 0x607 GAME_ACCOUNT_INFO, received nothing: the connection is closed by the server"},
		"torn": {"persona 532", []reply{{raw: []byte{6, 7, 0, 15, 1, 1}, hangUp: true}}, personas, bot.ErrClosed, "inside a message, 6 bytes of it"},
		"created somebody else": {"persona 507", packets(nps.PersonaCreated.With(&nps.GamePersonaBody{Persona: 7, Name: "Other", Shard: 44})), create,
			bot.ErrMalformed, `it is about persona 7 "Other" on shard 44`},
		"created, no record": {"persona 507", packets(nps.NameUsable.With(&wire.Empty{})), create, bot.ErrMalformed, "GamePersonaBody.Customer"},
		"plate acked wrongly": {"persona 534", packets(nps.NameUsable.With(&wire.Empty{})),
			func(ctx context.Context, c *bot.Client) error { return c.CheckPlate(ctx, "A") }, bot.ErrUnexpected, "expected 0x207 ACK"},
		"deleted": {"persona 512", packets(nps.DeletedTooSoon.With(&wire.Raw{Data: []byte{0, 0, 0, 9}})),
			func(ctx context.Context, c *bot.Client) error { return c.DeletePersona(ctx, 21) }, bot.ErrRefused, "too soon"},
		"mail": {"mail 526", raw(t, "061b000600050000"), func(ctx context.Context, c *bot.Client) error { _, err := c.Mails(ctx); return err },
			bot.ErrMalformed, "MailListBody.IDs"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			client := s.client(bot.Options{})
			s.mu.Lock()
			s.override[c.key] = func(wire.Frame) []reply { return c.answer }
			s.mu.Unlock()
			err := c.do(context.Background(), client)
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.want)
			var e *bot.Error
			require.ErrorAs(t, err, &e)
			assert.NotEmpty(t, e.Step)
		})
	}
}

func TestSilence(t *testing.T) {
	s := newFake(t)
	c := s.client(bot.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	s.override["persona 532"] = func(wire.Frame) []reply {
		cancel()
		return nil
	}
	s.mu.Unlock()
	_, err := c.Personas(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "list personas at persona 127.0.0.1:")
	assert.ErrorContains(t, err, "expected 0x607 GAME_ACCOUNT_INFO, received nothing")
	_, err = c.Personas(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestTimeout(t *testing.T) {
	c := bot.New(bot.Target{Host: "127.0.0.1"}, bot.Options{
		Timeout: time.Millisecond,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	defer c.Close()
	c.UseShard(bot.Shard{MCOTSHost: "127.0.0.1"})
	_, err := c.StarterCars(context.Background())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "starter cars at mcots 127.0.0.1:43300")
	_, err = c.Shards(context.Background())
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestNobodyListens(t *testing.T) {
	s := newFake(t)
	c := s.client(bot.Options{})
	shard := *c.Shard()
	shard.LobbyPort = 1 // nobody listens there
	c.UseShard(shard)
	_, err := c.Lobby(context.Background())
	require.ErrorContains(t, err, "lobby login at lobby 127.0.0.1:1: cannot connect")
}

func TestOrderOfSteps(t *testing.T) {
	c := bot.New(bot.Target{Host: "127.0.0.1"}, bot.Options{})
	defer c.Close()
	ctx := context.Background()
	for _, do := range []func() error{
		func() error { _, err := c.Login(ctx); return err },
		func() error { _, err := c.Personas(ctx); return err },
		func() error { _, err := c.StarterCars(ctx); return err },
		func() error { _, err := c.Lobby(ctx); return err },
		func() error { _, err := c.Transactions(ctx); return err },
		func() error { return c.LogoutPersona(ctx) },
	} {
		require.ErrorIs(t, do(), bot.ErrOrder)
	}
}

func TestLobbyLoginErrors(t *testing.T) {
	for name, c := range map[string]struct {
		key    string
		answer []reply
		is     error
		want   string
	}{
		"no greeting but an answer": {"lobby FFFF", []reply{{packet: nps.LoginResp.With(&nps.LoginRespBody{User: 21, Name: "Dr Brown"}), plain: true}},
			bot.ErrUnexpected, "lobby greeting at lobby 127.0.0.1:"},
		"greeting hangs up": {"lobby FFFF", []reply{{hangUp: true}}, bot.ErrClosed, "expected 0x230 OK_TO_LOGIN, received nothing"},
		"invalid key": {"lobby 100", []reply{{packet: nps.InvalidKey.With(&wire.Empty{}), plain: true}}, bot.ErrRefused,
			"expected 0x120 LOGIN_RESP, received 0x22A INVALID_KEY"},
		"somebody else": {"lobby 100", []reply{{packet: nps.LoginResp.With(&nps.LoginRespBody{User: 22, Name: "Marty"}), plain: true}},
			bot.ErrMalformed, `it logs in user 22 "Marty"`},
		"garbage in an envelope": {"lobby 100", raw(t, "1101000c0102030405060708"), bot.ErrMalformed, "bad cipher envelope"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			client := s.client(bot.Options{})
			s.mu.Lock()
			s.override[c.key] = func(wire.Frame) []reply { return c.answer }
			s.mu.Unlock()
			_, err := client.Lobby(context.Background())
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// inLobby makes a lobby connection of a logged-in client.
func inLobby(t *testing.T, o bot.Options) (*fake, *bot.LobbyConn) {
	s := newFake(t)
	lobby, err := s.client(o).Lobby(context.Background())
	require.NoError(t, err)
	t.Cleanup(lobby.Close)
	return s, lobby
}

func (s *fake) on(key string, answer []reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.override[key] = func(wire.Frame) []reply { return answer }
}

func TestLobbyAnswerErrors(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		answer []reply
		is     error
		want   string
	}{
		"in clear":      {[]reply{{packet: nps.UserList.With(&nps.UserListBody{}), plain: true}}, bot.ErrMalformed, "in clear: true"},
		"other answer":  {packets(nps.MiniUserList.With(&nps.MiniUserListBody{})), bot.ErrUnexpected, "expected 0x211 USER_LIST, received 0x229 MINI_USER_LIST"},
		"cut short":     {shaped(wire.Lobby, 0x211, "0000000200000001000000150000"), bot.ErrMalformed, "UserListBody.Users"},
		"huge count":    {shaped(wire.Lobby, 0x211, "00000002ffffffff"), bot.ErrMalformed, "UserListBody.Users"},
		"hang up later": {append(packets(nps.Heartbeat.With(&wire.Empty{})), reply{hangUp: true}), bot.ErrClosed, "received nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			s, lobby := inLobby(t, bot.Options{})
			s.on("lobby 101", c.answer)
			_, err := lobby.Users(ctx, 2)
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestServerInfoErrors(t *testing.T) {
	for name, body := range map[string]nps.ServerInfoBody{
		"IPv6":    {Comm: 1, IP: "::1", Port: 9001},
		"name":    {Comm: 1, IP: "mco.example.org", Port: 9001},
		"port 0":  {Comm: 1, IP: "127.0.0.1"},
		"no port": {Comm: 1, IP: "127.0.0.1", Port: 70000},
	} {
		t.Run(name, func(t *testing.T) {
			s, lobby := inLobby(t, bot.Options{})
			s.on("lobby 10C", packets(nps.ServerInfo.With(&body)))
			_, err := lobby.ServerInfo(context.Background(), 1)
			require.ErrorIs(t, err, bot.ErrMalformed)
			assert.ErrorContains(t, err, "server at")
		})
	}
}

// What nobody waits for comes as an event, also in the middle of an answer, and in order.
func TestEvents(t *testing.T) {
	ctx := context.Background()
	s, lobby := inLobby(t, bot.Options{})
	relay, _ := nps.Delivered(0x97, &nps.RelayBody{Comm: 0, Sender: 88, Blob: []byte("hello")})
	s.on("lobby 10C", append(raw(t, "09990005ff"), packets(
		relay,
		nps.UserJoined.With(&nps.UserJoinedBody{User: 88, Name: "Marty", Comm: 2, Persona: 88}),
		nps.ServerInfo.With(&nps.ServerInfoBody{Riff: "RACE", Comm: 70000, IP: "127.0.0.1", Port: 9000}), // a race starts
		nps.ServerInfo.With(&nps.ServerInfoBody{Riff: "MCC9001", Comm: 1, IP: "127.0.0.1", Port: 9001}),
	)...))
	info, err := lobby.ServerInfo(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, "MCC9001", info.Riff)

	unknown := <-lobby.Events()
	assert.Nil(t, unknown.Message)
	assert.EqualValues(t, 0x999, unknown.Frame.Number)
	assert.Contains(t, unknown.String(), "message 0x999 at lobby 127.0.0.1:")
	said := <-lobby.Events()
	assert.Equal(t, &nps.RelayBody{Sender: 88, Blob: []byte("hello")}, said.Body)
	assert.Contains(t, said.String(), "SEND_NOT_SINGLE_LONG")
	joined := <-lobby.Events()
	require.IsType(t, &nps.UserJoinedBody{}, joined.Body)
	assert.Equal(t, "Marty", joined.Body.(*nps.UserJoinedBody).Name)
	race := <-lobby.Events()
	assert.EqualValues(t, 70000, race.Body.(*nps.ServerInfoBody).Comm)

	require.NoError(t, lobby.Heartbeat(ctx))
	lobby.Close()
	_, open := <-lobby.Events()
	assert.False(t, open)
	require.ErrorIs(t, lobby.Err(), bot.ErrClosed)
	_, err = lobby.Channels(ctx)
	require.ErrorIs(t, err, bot.ErrClosed)
}

// A client that does not look at its events loses the oldest and goes on.
func TestEventsOverflow(t *testing.T) {
	ctx := context.Background()
	s, lobby := inLobby(t, bot.Options{})
	var flood []reply
	for i := range 1030 {
		flood = append(flood, packets(nps.UserLeft.With(&nps.UserCommBody{User: uint32(i)}))...)
	}
	s.on("lobby 30C", append(flood, packets(nps.MiniRiffList.With(&nps.MiniRiffListBody{}))...))
	_, err := lobby.Channels(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 6, lobby.LostEvents())
	first := <-lobby.Events()
	assert.EqualValues(t, 6, first.Body.(*nps.UserCommBody).User)
}

func TestLoginUsesTheNewestKey(t *testing.T) {
	s := newFake(t)
	old := s.client(bot.Options{})
	s.client(bot.Options{})
	_, err := old.Lobby(context.Background())
	require.ErrorIs(t, err, bot.ErrRefused)
}
