package bot_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// What the real client sent in the recorded session, decrypted: the numbers and bodies that the bot must send as well. The
// player is persona 21 "Dr Brown" of customer 0x54b46c.
const (
	driverFirst  = "000000150000000944722042726f776e0001000000680000000000000005000000a5ceffff0d45acffffffffff00d8ffff0000000000000000010000000000000008000000000000000001000000000000"
	driverLoaded = "000000150000000944722042726f776e0001000000680000002f00000005000000a5ceffff0d45acffffffffff00d8ffff0200000000000000010000000000000008000000000000000001000000000000"
	driverRoom   = "000000150000000944722042726f776e0001000000680000002f00000005000000a5ceffff0d45acffffffffff00d8ffff0200000000000000000000000000000008000000000000000001000000000000"
)

func TestCapturedBytes(t *testing.T) {
	s := newFake(t)
	ctx := context.Background()
	now := time.Date(2026, 1, 11, 12, 41, 7, 0, time.UTC)
	login := &recorder{port: s.target.Ports.Actual(bot.PortLogin)}
	persona := &recorder{port: s.target.Ports.Actual(bot.PortPersona)}
	options := bot.Options{Now: func() time.Time { return now }, Dial: login.dial}
	s.client(options)

	require.Len(t, login.all(), 1)
	packet := hex.EncodeToString(login.all()[0])
	assert.Len(t, packet, 2*318)
	assert.True(t, strings.HasPrefix(packet, "0501013e010100000000013e0022"+hex.EncodeToString([]byte(fakeTicket))+"00000100"))
	assert.True(t, strings.HasSuffix(packet, "000432313736fea31c19"))
	key := string(login.all()[0][52:308])
	assert.Equal(t, strings.ToUpper(key), key)

	options.Dial = persona.dial
	p := s.client(options)
	_, err := p.Personas(ctx)
	require.NoError(t, err)
	require.NoError(t, p.Select(ctx, s.personas[0]))
	_, err = p.Buddies(ctx)
	require.NoError(t, err)
	require.NoError(t, p.LogoutPersona(ctx))
	var sent []string
	for _, b := range persona.all() {
		sent = append(sent, hex.EncodeToString(b))
	}
	assert.Equal(t, []string{
		"0532001000000000000000100054b46c",
		"0503001801010000000000180054b46c000000150000002c",
		"050b0010010100000000001000000015",
		"050f001801010000000000180054b46c000000150000002c",
	}, sent)

	c := s.client(bot.Options{Now: options.Now}) // the newest login's key counts
	_, err = c.Mails(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"0526 00000015000000000001fdfe"}, s.received("mail"))

	lobby, err := c.Lobby(ctx)
	require.NoError(t, err)
	defer lobby.Close()
	transactions, err := c.Transactions(ctx)
	require.NoError(t, err)
	defer transactions.Close()
	_, err = transactions.Login(ctx, nil)
	require.NoError(t, err)
	home, err := transactions.Home(ctx)
	require.NoError(t, err)
	_, err = lobby.Channels(ctx)
	require.NoError(t, err)
	_, err = lobby.Names(ctx, 0)
	require.NoError(t, err)
	room, err := c.EnterRoom(ctx, lobby, 1, home.DriverData())
	require.NoError(t, err)
	require.NoError(t, room.Exit(ctx))
	require.NoError(t, transactions.Screen(ctx, "ExitToSystem"))
	require.NoError(t, transactions.Logout(ctx))

	assert.Equal(t, []string{
		"438 6cb45400150000000000000000000000000000000044722042726f776e000000000071170000",
		"105 6cb454001500000000000000000000000000000044722042726f776e000000000071170000",
		"324 0000000000000000", "322 0000000000000000", "363 0000000000000000", "389 0000000000000000",
		"172 1500000000000000", "108 1500000000000000", "264 1500000000000000", "174 0000000000000000", "145 0100000000000000",
	}, s.received("mcots")[:11])
	rest := s.received("mcots")[11:]
	require.Len(t, rest, 5)
	assert.True(t, strings.HasPrefix(rest[0], "440 0100322c492c312c302c313533362c22"), rest[0])
	assert.Equal(t, "440 00002232362f30312f31312031323a34313a3037222c486f6d652c30"+strings.Repeat("00", 230), rest[1])
	assert.Equal(t, "361 1500000000000000", rest[2])
	assert.Equal(t, "440 00002232362f30312f31312031323a34313a3037222c45786974546f53797374656d2c30"+strings.Repeat("00", 222), rest[3])
	assert.Equal(t, "106 0000000000000000", rest[4])

	onLobby := s.received("lobby")
	require.Len(t, onLobby, 6)
	hello := onLobby[0]
	assert.True(t, strings.HasPrefix(hello, "0100 000000150000000944722042726f776e00"+strings.Repeat("00", 64)+
		"0054b46c0000000000000008342e352e302e3000000000046d636f000000000a3132372e302e302e3100"), hello)
	hash := c.SessionKeyHash()
	assert.True(t, strings.HasSuffix(hello, hex.EncodeToString(hash[:])), hello)
	assert.Equal(t, []string{"030c ", "0128 00000000", "010c 00000001", "0103 " + driverFirst, "0103 " + driverLoaded}, onLobby[1:])

	inRoom := s.received("room")
	require.Len(t, inRoom, 7)
	assert.Equal(t, hello, inRoom[0])
	assert.Equal(t, []string{
		"030c ", "0128 00000000", "0103 " + driverRoom,
		"0106 00000002000000064c4f42425900ffffffff000000010000232900000021000000150000000000010000000000020000000100000001cdcd" +
			strings.Repeat("00", 266) + "00000002",
		"0101 00000002", "0105 00000002",
	}, inRoom[1:])
	assert.Equal(t, []nps.UserInfoBody{{User: 21, Name: "Dr Brown"}}, room.Members)
}

func TestPlay(t *testing.T) {
	requests := map[bot.Segments][]string{}
	for _, segments := range []bot.Segments{bot.Whole, bot.Bytes, bot.Glued, bot.Random} {
		t.Run(fmt.Sprint(segments), func(t *testing.T) {
			s := newFake(t)
			var steps []string
			var events atomic.Int32
			c := bot.New(s.target, bot.Options{Segments: segments, PinCertificate: true, Seed: 1955})
			defer c.Close()
			sum, err := c.Play(context.Background(), bot.Script{
				Account: account, SignUp: true, Persona: "Marty", Starter: bot.Car{BrandedPart: 104},
				SecondCar: &bot.Car{BrandedPart: 104, Skin: 41}, Chat: "hello",
				OnStep: func(s bot.Step) {
					steps = append(steps, s.Name)
					assert.Equal(t, len(steps), s.Number)
				},
				InRoom:  func(_ context.Context, p *bot.Player) error { return p.Lobby.Err() },
				OnEvent: func(bot.Event) { events.Add(1) },
			})
			require.NoError(t, err)
			assert.Equal(t, []string{
				"sign up", "auth login", "shard list", "auth login again", "pub.key", "login",
				"personas", "validate name", "check plate", "starter cars", "create persona", "personas again",
				"transactions of the new driver", "first login", "plate and look", "end of the dialog", "select persona",
				"lobby", "transactions", "transaction login", "home screen", "cars", "buddies", "mail",
				"room", "second car", "own program", "idle",
				"leave room", "transaction logout", "persona logout", "leave lobby",
			}, steps)
			assert.Len(t, sum.Steps, len(steps))
			assert.True(t, sum.Created)
			assert.EqualValues(t, 1000, sum.PersonaID)
			assert.Equal(t, "Marty", sum.Persona)
			assert.EqualValues(t, fakeCustomer, sum.Customer)
			assert.Equal(t, "The Clocktower", sum.Shard)
			assert.Contains(t, bot.Paints(104), sum.Cars[0].Skin)
			assert.EqualValues(t, 1955, sum.Seed)
			assert.Equal(t, []bot.CarSummary{
				{Vehicle: 5000, BrandedPart: 104, Skin: sum.Cars[0].Skin, Parts: 2}, {Vehicle: 6000, BrandedPart: 104, Skin: 47, Parts: 2},
			}, sum.Cars)
			assert.EqualValues(t, 20000-7394-6495, sum.Balance)
			assert.EqualValues(t, 6, events.Load(), "3 data pushes, 2 joins or leaves, a relay")
			assert.Equal(t, []string{"Dr Brown"}, sum.Present)
			assert.Contains(t, sum.Seen, bot.Sighting{User: 88, Name: "Marty", What: "joined"})
			assert.Contains(t, sum.Seen, bot.Sighting{User: 88, Name: "Marty", What: "left"})
			assert.Equal(t, 3, sum.Events["USER_INFO"])
			assert.Equal(t, 2, sum.Lobbies)
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, line := range s.log {
				// The sealed key, its hash and the clock differ from session to session.
				if !strings.HasPrefix(line, "login 0501") && !strings.Contains(line, " 0100 ") && !strings.HasPrefix(line, "mcots 440") {
					requests[segments] = append(requests[segments], line)
				}
			}
		})
	}
	assert.NotEmpty(t, requests[bot.Whole])
	assert.Equal(t, requests[bot.Whole], requests[bot.Bytes])
	assert.Equal(t, requests[bot.Whole], requests[bot.Glued])
	assert.Equal(t, requests[bot.Whole], requests[bot.Random])
}

// The dialog that makes a driver is played as it was recorded, with sequence numbers that count on over the connections
// (mcots-1 1.3, 6.1).
func TestPlayCreates(t *testing.T) {
	skins := map[uint32]bool{}
	for seed := range uint64(60) {
		s := newFake(t)
		c := bot.New(s.target, bot.Options{Seed: seed + 1})
		sum, err := c.Play(context.Background(), bot.Script{Account: account, Persona: "Marty"})
		c.Close()
		require.NoError(t, err)
		skins[sum.Cars[0].Skin] = true

		var numbers []string
		for _, line := range s.received("mcots")[:10] {
			number, _, _ := strings.Cut(line, " ")
			numbers = append(numbers, number)
		}
		assert.Equal(t, []string{"141", "438", "105", "109", "266", "106", "438", "105", "324", "322"}, numbers)
		assert.Equal(t, []uint32{1, 3, 5, 7, 9, 11, 13, 15, 17}, s.sequence[:9])
		again := s.received("mcots")[7]
		assert.True(t, strings.HasPrefix(again, "105 6cb45400e8030000"+strings.Repeat("00", 12)), "no car in the second login: %s", again)
		persona := s.received("persona")
		assert.Equal(t, "0503 0054b46c000003e80000002c", persona[len(persona)-3], "selected once, behind the dialog")
	}
	assert.Greater(t, len(skins), 12, "any paint that fits, not the same one each time")
	for skin := range skins {
		assert.Contains(t, bot.Paints(113), skin)
	}
}

func TestPlayAgain(t *testing.T) {
	s := newFake(t)
	s.client(bot.Options{}) // fills in a persona with a car
	for _, name := range []string{"", "Dr Brown"} {
		c := bot.New(s.target, bot.Options{})
		defer c.Close()
		sum, err := c.Play(context.Background(), bot.Script{Account: account, Persona: name})
		require.NoError(t, err)
		assert.False(t, sum.Created)
		assert.EqualValues(t, 21, sum.PersonaID)
		assert.Equal(t, []bot.CarSummary{{Vehicle: 1, BrandedPart: 104, Skin: 47, Parts: 2}}, sum.Cars)
	}
}

func TestPlayStopsAtFailure(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*fake)
		script  bot.Script
		step    string
		is      error
		want    string
	}{
		"auth": {
			prepare: func(s *fake) { s.auth = "reasoncode=INV-110\nreasontext=no\nreasonurl=u" },
			step:    "auth login", is: bot.ErrRefused, want: `INV-110 "no"`,
		},
		"name taken": {
			prepare: func(s *fake) {
				s.override["persona 533"] = func(wire.Frame) []reply { return packets(nps.NameTaken.With(&wire.Empty{})) }
			},
			step: "validate name", is: bot.ErrNameTaken,
			want: "expected 0x601 name usable, received 0x20A DUP_USER with 0 bytes: the server refuses: the name is taken",
		},
		"plate": {
			prepare: func(s *fake) {
				s.override["persona 534"] = func(wire.Frame) []reply { return packets(nps.TextNotAllowed.With(&wire.Empty{})) }
			},
			step: "check plate", is: bot.ErrText, want: "received 0x635",
		},
		"limit": {
			prepare: func(s *fake) {
				s.override["persona 507"] = func(wire.Frame) []reply { return packets(nps.PersonaLimit.With(&nps.PersonaLimitBody{Limit: 5})) }
			},
			step: "create persona", is: bot.ErrPersonaLimit, want: "received 0x612",
		},
		"closed": {
			prepare: func(s *fake) {
				s.override["persona 507"] = func(wire.Frame) []reply { return packets(nps.ShardClosed.With(&wire.Empty{})) }
			},
			step: "create persona", is: bot.ErrShardClosed, want: "received 0x641",
		},
		"starter not offered": {
			script: bot.Script{Starter: bot.Car{BrandedPart: 999}},
			step:   "starter cars", is: bot.ErrRefused, want: "car 999 is not among the 2 offered",
		},
		"no paint": {
			prepare: func(s *fake) {
				s.override["mcots 141"] = func(wire.Frame) []reply {
					return []reply{{plain: true, packet: mcots.MsgStockCars.With(&mcots.StockCars{Cars: []mcots.StockCar{{BrandedPartID: 7}}})}}
				}
			},
			step: "starter cars", is: bot.ErrRefused, want: "none of the 1 cars offered has a known paint",
		},
		"another paint": {
			prepare: func(s *fake) {
				s.override["mcots 145"] = func(f wire.Frame) []reply { s.skins[5000] = 40; return s.mcots(f) }
			},
			script: bot.Script{Starter: bot.Car{BrandedPart: 104, Skin: 880}},
			step:   "cars", is: bot.ErrMalformed, want: "chosen was car 104 in skin 880, sold was car 104 in skin 40",
		},
		"starter not sold": {
			prepare: func(s *fake) {
				s.override["mcots 172"] = func(wire.Frame) []reply { return packets(mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{})) }
			},
			step: "cars", is: bot.ErrRefused, want: "the starter car 113 was not sold",
		},
		"car too dear": {
			prepare: func(s *fake) {
				s.override["mcots 142"] = func(f wire.Frame) []reply {
					return packets(mcots.Refuse(f.Number, mcots.ReasonInsufficientFunds))
				}
			},
			script: bot.Script{SecondCar: &bot.Car{BrandedPart: 113}},
			step:   "second car", is: bot.ErrRefused, want: "request 142 refused with reason 133 MC_INSUFFICIENT_FUNDS",
		},
		"wrong price": {
			prepare: func(s *fake) {
				s.override["mcots 142"] = func(wire.Frame) []reply {
					return packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: 142, Result: 101, Data: 9}))
				}
			},
			script: bot.Script{SecondCar: &bot.Car{BrandedPart: 113}},
			step:   "second car", is: bot.ErrMalformed, want: "the balance went from 12606 to 12606 for a car of 7394",
		},
		"room denied": {
			prepare: func(s *fake) {
				s.override["room 106"] = func(wire.Frame) []reply {
					return packets(nps.ChannelDenied.With(&nps.CommPortBody{Comm: 2, Port: 9001}))
				}
			},
			step: "room", is: bot.ErrRefused, want: "open channel at room 127.0.0.1:",
		},
		"room ends": {
			prepare: func(s *fake) {
				s.override["room 89"] = func(wire.Frame) []reply { return []reply{{hangUp: true}} }
			},
			script: bot.Script{Chat: "bye", Idle: time.Hour},
			step:   "idle", is: bot.ErrClosed, want: "closed by the server",
		},
		"own program": {
			script: bot.Script{InRoom: func(context.Context, *bot.Player) error { return assert.AnError }},
			step:   "own program", is: assert.AnError,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFake(t)
			if c.prepare != nil {
				c.prepare(s)
			}
			client := bot.New(s.target, bot.Options{})
			defer client.Close()
			c.script.Account = account
			sum, err := client.Play(context.Background(), c.script)
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "hush")
			last := sum.Steps[len(sum.Steps)-1]
			assert.Equal(t, c.step, last.Name)
			assert.Equal(t, err, last.Err)
			assert.Equal(t, err.Error(), last.Error)
		})
	}
}

// A session that is called off while idle still logs out.
func TestPlayCalledOff(t *testing.T) {
	s := newFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	c := bot.New(s.target, bot.Options{})
	defer c.Close()
	sum, err := c.Play(ctx, bot.Script{Account: account, Idle: time.Hour, InRoom: func(context.Context, *bot.Player) error {
		cancel()
		return nil
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "leave lobby", sum.Steps[len(sum.Steps)-1].Name)
	got := s.received("mcots")
	assert.Equal(t, "106 0000000000000000", got[len(got)-1])
}

// A whole session of a returning player, with the fake server's own work in it: what the bot costs at least when it puts load
// on a server.
func BenchmarkPlay(b *testing.B) {
	s := newFake(b)
	s.client(bot.Options{})
	c := bot.New(s.target, bot.Options{})
	defer c.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Play(context.Background(), bot.Script{Account: account}); err != nil {
			b.Fatal(err)
		}
	}
}
