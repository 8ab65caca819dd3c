package mcots

import "mcos/protocol/wire"

// The lists that the client fetches once after the login.
var (
	// MsgGetLobbies asks for MsgLobbies and MsgPurseInfo; both parameters are 0.
	MsgGetLobbies = request[GenericRequest](324, "MC_GET_LOBBIES", "mcots-1 4.1", wire.Captured)
	// MsgLobbies lists the lobbies, the first answer to MsgGetLobbies.
	MsgLobbies = reply[Lobbies](325, "MC_LOBBIES", "mcots-1 4.2", wire.Captured)
	// MsgPurseInfo lists entry fees and purses, the second answer to MsgGetLobbies.
	MsgPurseInfo = reply[PurseInfo](408, "MC_ENTRYFEE_PURSE_INFO", "mcots-1 4.4", wire.Captured)
	// MsgGetArcadeCars asks for MsgArcadeCars; both parameters are 0.
	MsgGetArcadeCars = request[GenericRequest](322, "MC_GET_ARCADE_CARS", "mcots-1 4.5", wire.Captured)
	// MsgArcadeCars lists the cars that the game lends.
	MsgArcadeCars = reply[ArcadeCars](323, "MC_ARCADE_CARS", "mcots-1 4.5", wire.Captured)
	// MsgGetGameURLs asks for MsgGameURLs; both parameters are 0.
	MsgGetGameURLs = request[GenericRequest](363, "MC_GET_GAME_URLS", "mcots-1 4.7", wire.Captured)
	// MsgGameURLs lists the addresses of the game's web pages.
	MsgGameURLs = reply[GameURLs](364, "MC_GAME_URLS", "mcots-1 4.7", wire.Captured)
	// MsgGetTunables asks for MsgTunables; both parameters are 0.
	MsgGetTunables = request[GenericRequest](389, "MC_GET_MCO_TUNABLES", "mcots-1 4.8", wire.Captured)
	// MsgTunables carries the constants of the game's economy.
	MsgTunables = reply[Tunables](390, "MC_MCO_TUNABLES", "mcots-1 4.8", wire.Captured)
)

// MaxLobbiesPerFrame bounds the entries of one Lobbies message; more go into
// further messages with More set before the last (mcots-1 4.2).
const MaxLobbiesPerFrame = 100

// Lobbies is MsgLobbies, 5 bytes and 569 for each lobby (mcots-1 4.2).
type Lobbies struct {
	Count   uint16
	More    bool        // another message with more lobbies follows
	Lobbies []LobbyInfo `wire:"count=Count"`
}

// PurseInfo is MsgPurseInfo, 5 bytes and 8 for each entry (mcots-1 4.4).
type PurseInfo struct {
	Count   uint16
	More    bool         // another message with more entries follows
	Entries []PurseEntry `wire:"count=Count"`
}

// PurseEntry is an entry fee that a client may offer and what the winner gets for it.
type PurseEntry struct {
	EntryFee uint32
	Purse    uint32
}

// ArcadeCars is MsgArcadeCars, 5 bytes and 8 for each car (mcots-1 4.5).
type ArcadeCars struct {
	Count uint16
	More  bool        // another message with more cars follows
	Cars  []ArcadeCar `wire:"count=Count"`
}

// ArcadeCar says which lent car may be used in which lobby.
type ArcadeCar struct {
	BrandedPartID uint32
	LobbyID       uint32 // 0 = any
}

// GameURLs is MsgGameURLs, 5 bytes and 516 for each address (mcots-1 4.7).
type GameURLs struct {
	Count uint16
	More  bool      // another message with more addresses follows
	URLs  []GameURL `wire:"count=Count"`
}

// GameURL is one web page of the game. Only id 58, the parts catalogue, is known.
type GameURL struct {
	ID  uint32
	URL string `wire:"char=512"`
}

// TunablesTail is the number of unknown bytes at the end of the 124-byte form of
// Tunables; the 118-byte form has none (mcots-1 4.8).
const TunablesTail = 6

// Tunables is MsgTunables, 124 or 118 bytes (mcots-1 4.8). Costs are cash.
type Tunables struct {
	ClubCreationCost             uint32
	ClubCreationRequiredLevel    uint32
	ClubOfficerRequiredLevel     uint32
	InventorySizePerLevel        uint32 // part slots
	CarsPerLevel                 uint32
	MaxEZStreetLevel             uint32
	ClubSwitchCooldown           uint32 // days, presumably
	RepairCostModifier           float64
	ScrapValueModifier           float64
	AdCost                       [7]uint32 // for 1 to 7 days
	TradeInModifier              float64
	SimStreetMaxWager            uint32
	SalaryPerLevel               uint32 // a week
	ClubMaxMembers               uint32
	ClubRegistrationCost         uint32
	ClubReRegistrationCost       uint32
	ClassifiedAdRate             uint32
	ClassifiedAdMaxDuration      uint32 // days
	ClassifiedAdMaxSize          uint32 // characters
	ClassifiedAdMaxCountPerOwner uint32
	Tail                         []byte `wire:"rest"` // TunablesTail zeros, or nothing (tunables_size)
}
