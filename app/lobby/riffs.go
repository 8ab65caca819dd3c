package lobby

import "fmt"

const (
	lobbyPort = 7003
	mc100     = 10001
)

// riff is one entry of the channel list: a name, its number, and the room port
// behind it (0: none).
type riff struct {
	name string
	comm uint32
	port int
	info string // name in the server info
}

// chatRooms are MCC01 to MCC20 on 9001 to 9020.
const chatRooms = 20

// riffs is the captured channel list (nps-lobby-rooms 8.1).
func riffs() []riff {
	list := []riff{
		{name: "CTRL", comm: 0}, {name: "LOBBY", comm: 33}, {name: "LOBBY1", comm: 3}, {name: "MCCHAT", comm: 191},
		{name: "MC100", comm: 10001, port: mc100, info: "MC100"},
	}
	for n := 1; n <= chatRooms; n++ {
		list = append(list, chatRoom(n))
	}
	return list
}

func chatRoom(n int) riff {
	return riff{
		name: fmt.Sprintf("MCC%02d", n), comm: uint32(n), port: 9000 + n,
		info: fmt.Sprintf("MCC90%02d", n), // the port in the name is captured
	}
}

// findRiff finds the server behind a channel number: the rooms' own numbers, or
// 221 to 240, which newer servers use for them (nps-lobby-rooms 6.3).
func findRiff(comm uint32) (riff, bool) {
	switch {
	case comm >= 1 && comm <= chatRooms:
		return chatRoom(int(comm)), true
	case comm > 220 && comm <= 220+chatRooms:
		return chatRoom(int(comm - 220)), true
	case comm == mc100:
		return riff{name: "MC100", comm: mc100, port: mc100, info: "MC100"}, true
	}
	return riff{}, false
}

// instance is the documented port of a room, with MC100 where it is configured.
func (s *Service) instance(r riff) int {
	if r.port == mc100 {
		return s.cfg.MC100Port
	}
	return r.port
}
