package nps

import "mcos/protocol/wire"

// named is a message of which nobody knows more than its name.
type named struct {
	number uint16
	name   string
}

// nameOnly declares the remaining names, so that a message that has a name never
// looks unknown. The 0x5xx numbers were never seen, so their port is not known
// either: each of the three small services knows them.
var nameOnly = declareNames()

// NameOnly returns the messages of the family that clients may send and of which
// only the name is known, without those that have a handle of their own. The
// slice must not be changed.
func NameOnly(f wire.Family) []wire.Msg[wire.Raw] { return nameOnly[f] }

func declareNames() map[wire.Family][]wire.Msg[wire.Raw] {
	all := map[wire.Family][]wire.Msg[wire.Raw]{}
	add := func(f wire.Family, section string, names []named) {
		for _, n := range names {
			all[f] = append(all[f], unknown(f, wire.ToServer, n.number, n.name, section))
		}
	}
	for _, f := range []wire.Family{wire.Login, wire.Mail, wire.Persona} {
		add(f, "nps-login-persona 5.1", loginNames)
	}
	add(wire.Lobby, "nps-lobby-rooms 7.1", relayNames)
	add(wire.Lobby, "nps-lobby-rooms 11", lobbyRequestNames)
	for _, n := range lobbyReplyNames {
		unknown(wire.Lobby, wire.ToClient, n.number, n.name, "nps-lobby-rooms 11")
	}
	return all
}

// loginNames are the 0x5xx of nps-login-persona 5.1 without a known port.
var loginNames = []named{
	{0x502, "GAME_LOGIN"},
	{0x504, "SET_GAME_BLOB"},
	{0x505, "GET_NEXT_SERVER"},
	{0x506, "NEW_EA_ACCOUNT"},
	{0x508, "UPDATE_EA_ACCOUNT"},
	{0x509, "UPDATE_GAME_ACCOUNT"},
	{0x50A, "LOCATE_PLAYER"},
	{0x510, "GET_GENERIC_HS_DATA"},
	{0x511, "PUT_GENERIC_HS_DATA"},
	{0x513, "READ_SERVER_DATA_LIST"},
	{0x514, "DELETE_GENERIC_HS_DATA"},
	{0x515, "GET_PLAYER_RANK"},
	{0x516, "GET_TOP_PLAYERS"},
	{0x51A, "GET_LEADER_BOARD"},
	{0x51B, "SRP_USERNAME"},
	{0x51C, "SRP_NGS"},
	{0x51D, "SRP_A"},
	{0x51E, "SRP_B"},
	{0x51F, "SRP_USER_VERIFY"},
	{0x520, "SRP_SERVER_VERIFY"},
	{0x521, "FILE_BUG_REPORT"},
	{0x522, "GET_GENERIC_FIELD_RANKING"},
	{0x530, "AAI_REQUEST"},
	{0x531, "AAI_CRACK"},
	{0x535, "GET_USER_STATUS"},
}

// relayNames are the relays of nps-lobby-rooms 7.1 of which not even the addressing
// is known.
var relayNames = []named{
	{0x88, "GAME_MESSAGE"},
	{0x99, "unknown relay"},
	{0x9A, "unknown relay"},
}

// lobbyRequestNames are the requests of nps-lobby-rooms 11 that nobody has seen.
var lobbyRequestNames = []named{
	{0x107, "GET_CLIENT_COUNT"},
	{0x10B, "SET_SLEEP_STATE"},
	{0x10F, "SEND_SERVER_LIST"},
	{0x110, "SET_COMM_CHANNEL_RATE"},
	{0x111, "SET_HEARTBEAT_TIMEOUT"},
	{0x112, "GET_HEARTBEAT_TIMEOUT"},
	{0x114, "FILE_START"},
	{0x115, "FILE_DATA"},
	{0x116, "FILE_COMPLETED"},
	{0x118, "LOCATE_USER"},
	{0x119, "ENABLE_FILTER"},
	{0x11A, "DISABLE_FILTER"},
	{0x11B, "SLEEP_SERVER"},
	{0x11C, "WAKE_SERVER"},
	{0x11E, "SEND_SKU_REGISTRY"},
	{0x121, "SOCKET_RECONNECT"},
	{0x127, "GET_MASTER_LIST"},
	{0x129, "UDP_FAILURE"},
	{0x1001, "CRYPTO_PUB_KEY"},
	{0x1201, "CRYPTO_DES_CBC_ID"},
}

// lobbyReplyNames are the answers of nps-lobby-rooms 11 that no server sends.
var lobbyReplyNames = []named{
	{0x203, "USER_JOINED"},
	{0x206, "CLIENT_COUNT"},
	{0x207, "ACK"},
	{0x212, "SERVER_LIST"},
	{0x218, "HEARTBEAT_TIMEOUT"},
	{0x21B, "USER_LOCATION"},
	{0x21F, "SEND_VERSION_STRING"},
	{0x220, "GAME_SKU_REGISTRY_KEY"},
	{0x221, "PLUGIN_ACK"},
	{0x222, "SERVER_CRASHED"},
	{0x223, "OPEN_COMM_CHANNEL_ACK"},
	{0x225, "SLOT_UPDATE"},
	{0x226, "SLOT_LIST"},
	{0x227, "CHANNEL_MASTER"},
	{0x228, "CHANNEL_MASTER_LIST"},
	{0x22C, "INC_MINI_USER_LIST"},
	{0x22D, "DEC_MINI_USER_LIST"},
}
