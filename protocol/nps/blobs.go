package nps

// UserData is what a user shows of driver and car, 64 bytes, little-endian
// (nps-lobby-rooms 5.1). The server repeats it without looking at it. Colours are
// ARGB.
type UserData struct {
	Car         uint32 // owned vehicle, may be 0
	Model       uint32 // branded part of the car
	Skin        uint32
	Driver      uint8 // driver model
	Pad1        [3]byte
	SkinColor   uint32
	HairColor   uint32
	ShirtColor  uint32
	PantsColor  uint32
	CarFlags    uint8 // not 0: receivers load the car again
	SkinFlags   uint8
	Pad2        [2]byte
	Decal       [4]byte // background, foreground, colour 0, colour 1
	Lobby       uint32
	Club        uint32
	State       uint8   // UserInLobby and the others
	Performance [4]byte // speed, acceleration, handling, unknown
	Points      uint32
	Level       uint16
	Tail        [5]byte
}

// Bits of UserData.State (nps-lobby-rooms 5.1).
const (
	UserInLobby      = 0x01
	UserInTransition = 0x02
	UserIsRacing     = 0x04
	UserDataValid    = 0x08 // set in all real data
)

// ChannelData is the client's record of a race room, 256 bytes, little-endian; all
// zero for a chat room (nps-lobby-rooms 5.2). Names are NUL-terminated: see Text
// and PutText.
type ChannelData struct {
	Race           int32    // race id of MCOTS 223
	RaceName       [64]byte // name of the pit
	EntryFee       int32
	BonusPerPlayer int32
	BonusPerRace   int32
	Racers         uint8 // low nibble most, high nibble fewest racers
	Laps           uint8 // low nibble rounds, high nibble laps
	Options        uint8 // bits: backward, mirrored, night, weather, damage mode (2), traffic, handicap
	Pad1           uint8
	Mode           int32  // 0 open, 1 sponsored, 2 club, 3 pink slip, 4 team trial
	Sponsor        uint32 // branded part
	MinLevel       uint8
	MaxLevel       uint8
	BodyClass      uint8
	PowerClass     uint8
	NoNOS          uint32
	Progress       uint8 // bit 0 race in progress, bits 1 to 4 connected players
	Pad2           [3]byte
	Host           uint32 // user id
	HostName       [30]byte
	Pad3           [2]byte
	Users          [6]uint32
	Cars           [6]int32
	Models         [6]int32 // branded parts of the cars
	Major          uint32   // version of the client
	Minor          uint32
	Revision       uint32
	Tail           [32]byte
}

// MaxRacers is the number of racers that the room admits.
func (d *ChannelData) MaxRacers() int { return int(d.Racers & 0x0F) }

// Text returns a NUL-terminated field as a string; the bytes are Latin-1.
func Text(field []byte) string {
	runes := make([]rune, 0, len(field))
	for _, c := range field {
		if c == 0 {
			break
		}
		runes = append(runes, rune(c))
	}
	return string(runes)
}

// PutText fills a NUL-terminated field. It cuts what does not fit and puts a
// question mark for what is outside Latin-1.
func PutText(field []byte, text string) {
	clear(field)
	n := 0
	for _, r := range text {
		if n == len(field)-1 {
			return
		}
		if r > 0xFF {
			r = '?'
		}
		field[n] = byte(r)
		n++
	}
}
