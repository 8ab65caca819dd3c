package storage

import "time"

// Account is one customer of the server: a login name with its password.
//
// ID is the customer id of the wire messages (u32). Names are unique ignoring
// case. PasswordHash is an argon2id hash in PHC text form; storage treats it as
// opaque text. It implements "nps-login-persona 8.1".
type Account struct {
	ID           uint32    `json:"id"`
	Name         string    `json:"name"`
	PasswordHash string    `json:"password_hash"`
	Created      time.Time `json:"created"`
	LastLogin    time.Time `json:"last_login,omitzero"`
	Banned       bool      `json:"banned,omitempty"`
	BanReason    string    `json:"ban_reason,omitempty"`
}

// Persona is one driver of an account: the profile that NPS lists and the player
// data that MCOTS reads, two rows with one id in the game's own model
// ("nps-login-persona 8.4", "data-model 2.13").
//
// ID is the persona id of the wire messages (GameUserId, player id). A persona
// with a Deleted time is dead: its row stays, its name is free again.
type Persona struct {
	ID        uint32    `json:"id"`
	Account   uint32    `json:"account"`
	Name      string    `json:"name"`
	Shard     uint32    `json:"shard"`
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login,omitzero"`
	Deleted   time.Time `json:"deleted,omitzero"`

	// Balance is the bank balance in game dollars, never negative. It equals
	// the sum of the persona's ledger entries; only package game changes it.
	Balance int64 `json:"balance"`
	// StarterSold records that MCOTS 105 has sold the starter car (once, for
	// ever: a repeated login must not buy twice).
	StarterSold bool `json:"starter_sold,omitempty"`
	// Rescued is when the persona was last given the starter choice once more, having
	// neither a car nor the money for one.
	Rescued time.Time `json:"rescued,omitzero"`
	// Muted says that the operator lets nobody hear what the player writes.
	Muted bool `json:"muted,omitempty"`

	Look        Look       `json:"look"`
	Plate       Plate      `json:"plate"`
	CarSetting  uint32     `json:"car_setting,omitempty"`
	CarNumbers  [6]string  `json:"car_numbers"`
	Description string     `json:"description,omitempty"`
	Stats       Stats      `json:"stats"`
	History     []RaceStat `json:"history,omitempty"`
}

// Live reports whether the persona has not been deleted.
func (p Persona) Live() bool { return p.Deleted.IsZero() }

// Look is the driver's appearance: body type and ARGB colours, kept exactly as
// the client sent them ("mcots-1 4.10").
type Look struct {
	Body  int32  `json:"body"`
	Hair  uint32 `json:"hair"`
	Skin  uint32 `json:"skin"`
	Shirt uint32 `json:"shirt"`
	Pants uint32 `json:"pants"`
}

// Plate is the licence plate: Code is region x 256 + locale, Text at most seven
// characters ("mcots-1 6.2").
type Plate struct {
	Code uint16 `json:"code"`
	Text string `json:"text"`
}

// Stats are a player's race totals as MCOTS 108 shows them ("mcots-1 4.9").
// Level is 1 for a new player; Points stay below 65536 (u16 on the wire).
type Stats struct {
	Level     uint32 `json:"level"`
	Points    uint32 `json:"points"`
	Entered   uint32 `json:"entered"`
	Won       uint32 `json:"won"`
	Completed uint32 `json:"completed"`
	Winnings  uint32 `json:"winnings"`
	CarsWon   uint16 `json:"cars_won"`
	CarsLost  uint16 `json:"cars_lost"`
}

// RaceStat is one record of the racing history: totals for one race type
// ("mcots-1 4.11").
type RaceStat struct {
	RaceType      int32 `json:"race_type"`
	Entered       int32 `json:"entered"`
	Finished      int32 `json:"finished"`
	Won           int32 `json:"won"`
	CarsWon       int32 `json:"cars_won"`
	CarsLost      int32 `json:"cars_lost"`
	Championships int32 `json:"championships"`
	CashWon       int32 `json:"cash_won"`
}

// Vehicle is one car. ID is the part id of its root part, which exists with the
// same owner ("data-model 2.14"). Delta counts the changes of the car for the
// client's cache ("mcots-2 5.6"). Damage is the opaque body damage blob, at most
// 2000 bytes.
type Vehicle struct {
	ID          uint32 `json:"id"`
	Owner       uint32 `json:"owner"`
	BrandedPart uint32 `json:"branded_part"`
	Skin        uint32 `json:"skin"`
	Flags       uint32 `json:"flags,omitempty"`
	Delta       uint32 `json:"delta,omitempty"`
	Damage      []byte `json:"damage,omitempty"`
}

// Part is one physical part owned by a persona. Parent is the part it is mounted
// on, 0 for the root part of a car and for a loose part. Vehicle is the car it
// belongs to, directly or through other parts (the root part carries its own
// id), 0 when it is loose or mounted below a loose part. Wear counts up from 0,
// Damage is percent 0..100 ("data-model 2.14").
type Part struct {
	ID          uint32 `json:"id"`
	Parent      uint32 `json:"parent,omitempty"`
	Vehicle     uint32 `json:"vehicle,omitempty"`
	Owner       uint32 `json:"owner"`
	BrandedPart uint32 `json:"branded_part"`
	Wear        uint32 `json:"wear,omitempty"`
	Attachment  uint8  `json:"attachment,omitempty"`
	Damage      uint8  `json:"damage,omitempty"`
}

// LedgerKind says why money moved.
type LedgerKind string

// The reasons for which money moves. Positive amounts come in, negative ones go
// out; every movement is one entry.
const (
	StarterCash LedgerKind = "starter-cash" // a new persona's first money
	CarPurchase LedgerKind = "car"          // a car bought from a dealer
	CarTradeIn  LedgerKind = "trade-in"     // a car that a dealer took in payment
	PartBuy     LedgerKind = "part"         // a part bought new
	PartRepair  LedgerKind = "repair"       // one or more parts repaired
	PartScrap   LedgerKind = "scrap"        // a part scrapped for cash
	Rescue      LedgerKind = "rescue"       // towards another first car for a driver without car and money
	Grant       LedgerKind = "grant"        // given or taken by the operator

	EntryFee  LedgerKind = "entry-fee"  // taken at the start of a race, in escrow until its end
	FeeReturn LedgerKind = "fee-return" // an entry fee that came back
	Prize     LedgerKind = "prize"      // won in a race
	RankBonus LedgerKind = "rank-bonus" // paid for a rank reached in a race
)

// LedgerEntry is one movement of money of one persona. ID grows with every
// entry of the whole store; Balance is the persona's balance after it; Ref is
// the car, part or race it was for.
type LedgerEntry struct {
	ID      uint64     `json:"id"`
	Time    time.Time  `json:"time"`
	Persona uint32     `json:"persona"`
	Kind    LedgerKind `json:"kind"`
	Amount  int64      `json:"amount"`
	Balance int64      `json:"balance"`
	Ref     uint32     `json:"ref,omitempty"`
	Note    string     `json:"note,omitempty"`
}
