package example

import "mcos/protocol/wire"

// messages is a registry of this example's own; a real message goes into
// mcots.Registry or nps.Registry, with the helpers of those packages.
var messages = wire.NewRegistry(wire.LittleEndian)

var (
	// MsgRateDriver says what the player thinks of another driver.
	MsgRateDriver = wire.Declare[RateDriver](messages, wire.Message{
		Family: wire.MCOTS, Dir: wire.ToServer, Number: 9001, Name: "EX_RATE_DRIVER",
		Section: "made up", Confidence: wire.Guess,
	})
	// MsgDriverRating answers MsgRateDriver.
	MsgDriverRating = wire.Declare[DriverRating](messages, wire.Message{
		Family: wire.MCOTS, Dir: wire.ToClient, Number: 9002, Name: "EX_DRIVER_RATING",
		Section: "made up", Confidence: wire.Guess,
	})
)

// RateDriver is the body of MsgRateDriver, 17 bytes.
type RateDriver struct {
	Driver  uint32 // persona id
	Stars   uint8  // 1 to 5
	Comment string `wire:"char=12"`
}

// DriverRating is the body of MsgDriverRating, 8 bytes.
type DriverRating struct {
	Driver  uint32
	Ratings uint16 // how many there are
	Average uint16 // stars times 100
}
