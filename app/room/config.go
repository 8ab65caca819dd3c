package room

import "time"

// Config is the `rooms` section of the configuration: how the rooms behave where
// nobody knows how the original ones did.
type Config struct {
	ChatCapacity       int           `yaml:"chat_capacity" help:"Most players in one chat room; the next one is denied." min:"1" max:"500" ref:"nps-lobby-rooms 8.5"`
	RaceCapacity       int           `yaml:"race_capacity" help:"Most players in one race room, whatever its host asks for." min:"1" max:"6" ref:"nps-lobby-rooms 8.3"`
	RoomsPerPlayer     int           `yaml:"rooms_per_player" help:"Most rooms that one player may have open at the same time, and most race rooms he may sit in." min:"1" max:"100"`
	PasswordCheck      bool          `yaml:"room_password_check" help:"Ask for the password of a private room." ref:"nps-lobby-rooms 8.3"`
	Send20EToJoiner    bool          `yaml:"send_20e_to_joiner" help:"Announce a race room also to those who join it, not only to its creator." ref:"DECISIONS 2"`
	RoomPushes         bool          `yaml:"room_pushes" help:"Send the notices whose layout is a guess: left channel, channel deleted, channel update, forced to leave." ref:"DECISIONS 3"`
	ChatRoomJoinPush   bool          `yaml:"chat_room_join_push" help:"Tell the others in a chat room about a newcomer." ref:"DECISIONS 3"`
	RacePorts          int           `yaml:"race_ports" help:"Over how many ports races are spread: 9000 and the ones behind it, which stay chat rooms as well. With 1 all races share 9000, which is enough." min:"1" max:"15" ref:"nps-lobby-rooms 8.6"`
	CommID             string        `yaml:"room_commid" help:"Number of a new race room: the one the client asks for when it is free, or always a fresh one." values:"client|allocate" ref:"README 6 no. 4"`
	ListRaces          string        `yaml:"list_races" help:"Race rooms that a client on a room port is shown: those of that port, or all. On the lobby port it is always all." values:"instance|all" ref:"README 6 no. 4"`
	RaceStartForm      string        `yaml:"race_start_form" help:"Form of the message that tells the start of the race server." values:"short|long" ref:"nps-lobby-rooms 6.5"`
	RelayEcho          bool          `yaml:"relay_echo" help:"Send a message for all back to its sender too." ref:"README 6 no. 5"`
	ShortRelays        string        `yaml:"relay_short" help:"Relays of the short forms, whose layout nobody knows: forward them when the layout of the long ones fits, or write them to the log only. Their bytes are recorded either way." values:"forward|log" ref:"nps-lobby-rooms 7.1"`
	RelayModerationLog bool          `yaml:"relay_moderation_log" help:"Write a line for each relay that the client marks for the moderation log, as far as one player's share of the log goes." ref:"nps-lobby-rooms 7.1"`
	RelayLogUnknown    bool          `yaml:"relay_log_unknown" help:"Record the head of forwarded data of unknown kinds when log.level is debug; chat is among them." ref:"nps-lobby-rooms 7.6"`
	RaceBuffer         bool          `yaml:"race_buffer" help:"Keep what racers send before the start for those who are still connecting." ref:"nps-lobby-rooms 9.3"`
	LoadTimeout        time.Duration `yaml:"race_load_timeout" help:"How long racers may take to come to the race. A race that nobody has come to by then, or that all have left again, is over; its room opens for the next one, or closes when its host has left." min:"10s" ref:"DECISIONS 55"`
	Send224            bool          `yaml:"send_224" help:"Send the change of state before the start of the race server." ref:"nps-lobby-rooms 6.5"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		ChatCapacity: 100, RaceCapacity: 6, RoomsPerPlayer: 3, RacePorts: 1, PasswordCheck: true, ChatRoomJoinPush: true,
		ShortRelays: "forward", RelayModerationLog: true, RelayLogUnknown: true, RaceBuffer: true,
		CommID: "client", ListRaces: "instance", RaceStartForm: "short", LoadTimeout: 90 * time.Second,
	}
}
