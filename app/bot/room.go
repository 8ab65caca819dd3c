package bot

import (
	"context"

	"mcos/protocol/nps"
)

// The channel that the client enters in every room (nps-lobby-rooms 1.3).
const (
	lobbyChannel = 2
	lobbyRiff    = "LOBBY"
)

// Room is a seat in a chat room: a connection to its server, inside its LOBBY channel.
type Room struct {
	*LobbyConn
	Info    nps.ServerInfoBody  // as the lobby told it
	Channel uint32              // of the LOBBY in this room
	Members []nps.UserInfoBody  // who was there on arrival, oneself included
	Titles  []nps.MiniRiffEntry // channel list as this room sent it
}

// EnterRoom goes from the lobby into a chat room (1 = MCC01, 10001 = MC100) exactly as recorded (nps-lobby-rooms 1.3): ask
// where it is, log in there, show the car on both connections, fetch the lists, enter the LOBBY channel and ask who is in it.
// data is what others will see; see DriverData.
func (c *Client) EnterRoom(ctx context.Context, lobby *LobbyConn, comm uint32, data nps.UserData) (*Room, error) {
	info, err := lobby.ServerInfo(ctx, comm)
	if err != nil {
		return nil, err
	}
	conn, err := c.ConnectRoom(ctx, info.IP, int(info.Port))
	if err != nil {
		return nil, err
	}
	room := &Room{LobbyConn: conn, Info: *info, Channel: lobbyChannel}
	if err := room.arrive(ctx, lobby, data); err != nil {
		conn.Close()
		return nil, err
	}
	return room, nil
}

func (r *Room) arrive(ctx context.Context, lobby *LobbyConn, data nps.UserData) error {
	first, loaded, here := data, data, data
	first.Skin, first.CarFlags, first.Lobby = 0, 0, 1 // the car is not loaded yet
	loaded.Lobby = 1
	here.Lobby = 0
	if err := lobby.SetUserData(ctx, first); err != nil {
		return err
	}
	list, err := r.LobbyConn.Channels(ctx)
	if err != nil {
		return err
	}
	r.Titles = list.Riffs
	if _, err := r.Names(ctx, 0); err != nil {
		return err
	}
	if err := lobby.SetUserData(ctx, loaded); err != nil {
		return err
	}
	// The client does not wait between these two.
	show, open := r.userData(here), r.openCall(r.ChatChannel(r.Channel, lobbyRiff))
	if err := r.link.do(ctx, show, open); err != nil {
		return err
	}
	granted, err := r.granted(open)
	if err != nil {
		return err
	}
	r.Channel = granted.Comm
	users, err := r.Users(ctx, r.Channel)
	if err != nil {
		return err
	}
	r.Members = users.Users
	return nil
}

// Exit leaves the channel and closes the connection, as the client does on its way out.
func (r *Room) Exit(ctx context.Context) error {
	err := r.Leave(ctx, r.Channel)
	r.Close()
	return err
}
