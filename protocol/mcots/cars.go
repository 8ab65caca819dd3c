package mcots

import "mcos/protocol/wire"

// The messages about cars and the dealers that sell them.
var (
	// MsgGetOwnedVehicles asks for MsgOwnedVehicles; Data is the persona id.
	MsgGetOwnedVehicles = request[GenericRequest](172, "MC_GET_OWNED_VEHICLES", "mcots-1 5.1", wire.Captured)
	// MsgOwnedVehicles lists a persona's cars.
	MsgOwnedVehicles = reply[OwnedVehicles](173, "MC_OWNED_VEHICLES_LIST", "mcots-1 5.1", wire.Captured)
	// MsgGetVehicleInfo asks for MsgVehicleInfo; Data is the vehicle id, Data2 the
	// delta of the copy that the client has, 0 = none.
	MsgGetVehicleInfo = request[GenericRequest](145, "MC_GET_COMPLETE_VEHICLE_INFO", "mcots-1 5.2", wire.Captured)
	// MsgVehicleInfo describes one car with all its parts.
	MsgVehicleInfo = reply[VehicleInfo](123, "MC_VEHICLE_INFO", "mcots-1 5.2", wire.Captured)
	// MsgVehicleInfoExact has as many damage bytes as it says, not always 2000
	// (vehicle_damage_field = length).
	MsgVehicleInfoExact = variant[VehicleInfoExact](MsgVehicleInfo.Message, "exact damage length", wire.Reference)
	// MsgStockCarRequest asks for MsgStockCars; Data is the dealer, Data2 the
	// brand, 0 = any. The create dialog sends it in clear.
	MsgStockCarRequest = request[GenericRequest](141, "MC_STOCK_CAR_INFO", "mcots-1 5.7", wire.Reference)
	// MsgStockCars lists what a dealer sells; it has the number of its request.
	MsgStockCars = reply[StockCars](141, "MC_STOCK_CAR_INFO", "mcots-1 5.7", wire.Reference)
	// MsgPurchaseCar buys a car; answered with MsgSuccess, Result 101 and the new
	// vehicle id in Data.
	MsgPurchaseCar = request[PurchaseCar](142, "MC_PURCHASE_STOCK_CAR", "mcots-1 5.8", wire.Reference)
	// MsgUpdateCachedVehicle is of unknown layout and never answered.
	MsgUpdateCachedVehicle = unknownSilent(163, "MC_UPDATE_CACHED_VEHICLE", "mcots-1 3.6")
	// MsgGetPlayersVehicles is known by name only.
	MsgGetPlayersVehicles = unknown(wire.ToServer, 161, "MC_GET_PLAYERS_VEHICLES", "mcots-2 1.1")
)

// OwnedVehicles is MsgOwnedVehicles, 3 bytes and 8 for each car (mcots-1 5.1); at
// most 255 cars, there is no second message.
type OwnedVehicles struct {
	Count    uint8
	Vehicles []OwnedVehicle `wire:"count=Count"`
	Tail     []byte         `wire:"rest"` // see PadEmpty
}

// PadEmpty appends the surplus zero byte that the captured server sent; we send
// it for a persona without a car only.
func (v *OwnedVehicles) PadEmpty() {
	v.Tail = nil
	if len(v.Vehicles) == 0 {
		v.Tail = make([]byte, 1)
	}
}

// OwnedVehicle is one car of OwnedVehicles.
type OwnedVehicle struct {
	VehicleID     uint32
	BrandedPartID uint32
}

// MaxVehicleDamage is the size of the body-damage field of a car (mcots-1 5.3).
const MaxVehicleDamage = 2000

// VehicleInfo is MsgVehicleInfo with a damage field of fixed size, 2027 bytes and
// 26 for each part (mcots-1 5.2). The car itself is not among the parts.
type VehicleInfo struct {
	PlayerID uint32 // owner
	Vehicle  Vehicle
	Count    uint16
	Parts    []Part `wire:"count=Count"`
}

// Vehicle is one car, 19 bytes and 2000 of damage (mcots-1 5.3). Send it with
// DamageLength 0 and nil Damage: the format of the damage is unknown.
type Vehicle struct {
	VehicleID    uint32 // part id of the car's root part
	SkinID       uint32
	Flags        uint32 // default flag of the skin, 0 or 1
	Delta        uint32 // change counter for the client's cache
	CarClass     uint8
	DamageLength uint16
	Damage       []byte `wire:"size=2000"`
}

// VehicleInfoExact is MsgVehicleInfo with a damage field of variable size, 27
// bytes, the damage and 26 for each part (mcots-1 5.2).
type VehicleInfoExact struct {
	PlayerID uint32 // owner
	Vehicle  VehicleExact
	Count    uint16
	Parts    []Part `wire:"count=Count"`
}

// VehicleExact is one car, 19 bytes and as much damage as it says (mcots-1 5.3).
type VehicleExact struct {
	VehicleID    uint32 // part id of the car's root part
	SkinID       uint32
	Flags        uint32 // default flag of the skin, 0 or 1
	Delta        uint32 // change counter for the client's cache
	CarClass     uint8
	DamageLength uint16
	Damage       []byte `wire:"count=DamageLength"`
}

// MaxStockCars bounds the cars of one StockCars message (mcots-1 5.7).
const MaxStockCars = 100

// StockCars is MsgStockCars, 17 bytes and 10 for each car (mcots-1 5.7).
type StockCars struct {
	StarterCash uint32 // cash of a new persona
	DealerID    uint32 // as asked
	Brand       uint32 // 105, or as asked (stock_car_reply_brand)
	Count       uint16
	More        bool       // another message with more cars follows
	Cars        []StockCar `wire:"count=Count"`
}

// StockCar is one car on offer, 10 bytes.
type StockCar struct {
	BrandedPartID uint32
	RetailPrice   uint32
	DealOfTheDay  bool `wire:"size=2"`
}

// PurchaseCar is MsgPurchaseCar, 18 bytes (mcots-1 5.8).
type PurchaseCar struct {
	DealerID      uint32
	BrandedPartID uint32
	SkinID        uint32
	TradeInCarID  uint32 // 0 = none
}
