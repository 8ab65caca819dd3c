package bot

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// CreateRace reserves a race as its host (230 -> 223, mcots-2 3.3).
func (t *Transactions) CreateRace(ctx context.Context, race mcots.CreateRace) (*mcots.RaceCreated, error) {
	return read(ctx, t, "create race", mcots.MsgCreateRace.With(&race), mcots.MsgRaceCreated)
}

// JoinRace reserves a place in somebody's race (218 -> 224, mcots-2 3.5).
func (t *Transactions) JoinRace(ctx context.Context, race, vehicle uint32) (*mcots.RaceJoined, error) {
	const step = "join race"
	joined, err := read(ctx, t, step, mcots.MsgJoinRace.With(&mcots.JoinRace{RaceID: race, VehicleID: vehicle}), mcots.MsgRaceJoined)
	if err == nil && joined.RaceID != race {
		return nil, &Error{Step: step, Where: t.link.where, Err: fmt.Errorf("%w: it is about race %d, asked was %d", ErrMalformed, joined.RaceID, race)}
	}
	return joined, err
}

// StartRace sends the line-up as the host (232 -> 233, mcots-2 3.6).
func (t *Transactions) StartRace(ctx context.Context, start mcots.StartRace) (*mcots.RaceStarted, error) {
	return read(ctx, t, "start race", mcots.MsgStartRace.With(&start), mcots.MsgRaceStarted)
}

// tell sends a message that is never answered.
func (t *Transactions) tell(ctx context.Context, step string, p wire.Packet) error {
	_, err := t.Ask(ctx, step, p)
	return err
}

// CheckValues reports check values of track and car before the start, as long as the original's report (434, mcots-2 4.5).
func (t *Transactions) CheckValues(ctx context.Context, race uint32) error {
	const records = 2000
	players := make([]byte, records)
	binary.LittleEndian.PutUint32(players, t.persona.Persona)
	body := mcots.CRCPreRace{RaceID: race, TrackCheck: 0x14b87af3, SliceCheck: 0x9e3ca5af, TireCheck: 0x1df0ea13, Players: players}
	return t.tell(ctx, "check values", mcots.MsgCRCPreRace.With(&body))
}

// Damage reports the damage so far (240, mcots-2 4.1).
func (t *Transactions) Damage(ctx context.Context, race uint32, parts []mcots.PartDamage) error {
	return t.tell(ctx, "damage", mcots.MsgInRaceDamage.With(mcots.NewInRaceDamage(race, parts)))
}

// DamageAfter reports damage and wear after the race (241, mcots-2 4.2).
func (t *Transactions) DamageAfter(ctx context.Context, race uint32, parts []mcots.PartWear) error {
	return t.tell(ctx, "damage after the race", mcots.MsgPostRaceDamage.With(mcots.NewPostRaceDamage(race, parts)))
}

// KeepRaceAlive says that the race is still wanted (448, mcots-2 3.12).
func (t *Transactions) KeepRaceAlive(ctx context.Context, race uint32) error {
	return t.tell(ctx, "keep race alive", generic(mcots.MsgKeepRaceAlive, race))
}

// GiveUpRace leaves a race before its finish (235, mcots-2 3.10).
func (t *Transactions) GiveUpRace(ctx context.Context, race uint32) error {
	return t.tell(ctx, "give up", generic(mcots.MsgRacerLeft, race))
}

// Finish is a racer's own report of how it went.
type Finish struct {
	Time    time.Duration // from start to finish
	BestLap time.Duration
	Top     uint16 // metres per second, as the next
	Average uint16
}

// Finish reports the finish (234, mcots-2 3.8).
func (t *Transactions) Finish(ctx context.Context, race uint32, f Finish) error {
	return t.tell(ctx, "finish", mcots.MsgRacerCompleted.With(&mcots.RacerCompleted{
		RaceID: race, ID: t.persona.Persona, CompletionTime: ticks(f.Time), BestLapTime: ticks(f.BestLap),
		TopSpeed: f.Top, AvgSpeed: f.Average,
	}))
}

// ticks is a time in the unit of races (mcots-2 0.3).
func ticks(d time.Duration) uint32 { return uint32(d * mcots.TicksPerSecond / time.Second) }

// RaceChannel makes the body of a 0x106 that opens or enters the room of a race. To open one, comm is 0 and the server chooses
// a number (nps-lobby-rooms 8.3). The race's eight bytes are its password.
func (l *LobbyConn) RaceChannel(comm uint32, riff string, password mcots.RacePassword, data nps.ChannelData) nps.OpenChannelBody {
	return nps.OpenChannelBody{
		Comm: comm, Riff: riff, Slot: -1, SlotFlags: 1, Port: uint32(l.told), Protocol: nps.ProtocolTCP, User: l.user,
		CanReady: true, Master: comm == 0, Type: nps.ChannelPrivate | nps.ChannelPublic, Password: string(password[:]),
		State: nps.GameNotRunning, MaxReady: uint16(data.MaxRacers()), Data: data, Flags: 2,
	}
}

// FindRace looks for the room of a race in the list of race rooms; nil: it is not there (nps-lobby-rooms 9.1).
func (l *LobbyConn) FindRace(ctx context.Context, race uint32) (*nps.RiffEntry, error) {
	list, err := l.Races(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range list.Riffs {
		if uint32(r.Data.Race) == race {
			return &list.Riffs[i], nil
		}
	}
	return nil, nil
}

// SetReady says in a race room that this player is ready to start, or not any more (0x10D, nps-lobby-rooms 6.4).
func (l *LobbyConn) SetReady(ctx context.Context, comm uint32, ready bool) error {
	flags := uint32(nps.FlagClearReady)
	if ready {
		flags = nps.FlagSetReady
	}
	return l.Send(ctx, "ready", nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: comm, Flags: flags}))
}

// SetChannelData changes what the room's list entry says of the race; for the host only (0x113, nps-lobby-rooms 6.4).
func (l *LobbyConn) SetChannelData(ctx context.Context, comm uint32, data nps.ChannelData) error {
	return l.Send(ctx, "channel data", nps.SetChannelData.With(&nps.ChannelDataBody{Comm: comm, Data: data}))
}

// StartGameServer asks as the host for the race's server; everybody in the room is told where it is (0x10A,
// nps-lobby-rooms 6.5).
func (l *LobbyConn) StartGameServer(ctx context.Context, comm uint32) error {
	return l.Send(ctx, "start game server", nps.StartGameServer.With(&nps.StartGameServerBody{
		Comm: comm, Host: ownAddress(l.link.conn.LocalAddr()),
	}))
}

// Relay sends data to others of the race, who are all that are logged in here (channel 0, nps-lobby-rooms 7): to everybody else
// without users, to the one or the several otherwise.
func (l *LobbyConn) Relay(ctx context.Context, blob []byte, users ...uint32) error {
	return l.Send(ctx, "relay", l.relay(blob, users))
}

func (l *LobbyConn) relay(blob []byte, users []uint32) wire.Packet {
	switch len(users) {
	case 0:
		return nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: l.user, User: l.user, Blob: blob})
	case 1:
		return nps.RelaySingle.With(&nps.RelayUserBody{Sender: l.user, User: users[0], Blob: blob})
	default:
		return nps.RelayList.With(&nps.RelayListBody{Sender: l.user, Users: users, Blob: blob})
	}
}

// relayOpcode is the number under which Relay sends to so many users.
func relayOpcode(users int) uint16 {
	switch users {
	case 0:
		return nps.RelayNotSingle.Number
	case 1:
		return nps.RelaySingle.Number
	default:
		return nps.RelayList.Number
	}
}

// arriveAtRace does what the client does after the login on the race port: lists, and its car (nps-lobby-rooms 9.1).
func (l *LobbyConn) arriveAtRace(ctx context.Context, data nps.UserData) error {
	if _, err := l.Channels(ctx); err != nil {
		return err
	}
	if _, err := l.Names(ctx, 0); err != nil {
		return err
	}
	data.State |= nps.UserIsRacing
	return l.SetUserData(ctx, data)
}

// cut ends the connection as a broken line does, without a word.
func (l *link) cut() {
	if tcp, ok := l.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	l.close()
}
