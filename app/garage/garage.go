// Package garage serves the MCOTS messages about cars and parts: what a dealer
// sells, buying, what a player owns, and working on it ("mcots-1 5", "mcots-2 5").
//
// The rules are package game's; here is how they are asked for and answered. A
// request acts for the persona of its connection, whatever ids it names.
package garage

import (
	"errors"
	"net/netip"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// Config is the `garage` section of the configuration: the forms of the messages
// about cars and parts where the reference leaves a choice.
type Config struct {
	StockCarReplyBrand  string `yaml:"stock_car_reply_brand" help:"Brand in the list of a dealer's cars: 105, which the create dialog is known to take, or the brand that was asked for." values:"105|echo" ref:"mcots-1 5.7"`
	PurchaseReplyNumber int    `yaml:"purchase_reply_number" help:"Message number of the answer to a car purchase." values:"101|103" ref:"mcots-1 5.8"`
	VehicleDamageField  string `yaml:"vehicle_damage_field" help:"Size of the damage field of a car: always 2000 bytes, as captured, or as long as it says." values:"fixed2000|length" ref:"mcots-1 5.3"`
	VehicleDelta        string `yaml:"vehicle_delta" help:"What the game is told about changes of a car: their number, or always 0." values:"counter|zero" ref:"mcots-2 5.6"`
	PartRecordSize      int    `yaml:"part_record_size" help:"Size of a part in the lists of loose parts and assemblies." values:"26|28|34" unit:"bytes" ref:"mcots-2 5.1"`
	NewPartIDWord       string `yaml:"new_part_id_word" help:"Which word of the answer to a part purchase holds the id of the part." values:"data|result" ref:"mcots-2 5.4"`
	LoosePartsChildren  bool   `yaml:"loose_parts_children" help:"List parts that are mounted on a loose assembly among the loose parts too." ref:"mcots-1 5.5"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		StockCarReplyBrand: "105", PurchaseReplyNumber: 101, VehicleDamageField: "fixed2000",
		VehicleDelta: "counter", PartRecordSize: 26, NewPartIDWord: "data",
	}
}

// Deps are what the service works with.
type Deps struct {
	Store storage.Store
	Rules *game.Rules
	// Known reports whether somebody has logged in from an address. nil knows nobody.
	Known func(netip.Addr) bool
	// Racing reports whether a car is in a race: nobody works on it then. nil
	// means that none ever is.
	Racing func(vehicle uint32) bool
}

// Service answers for cars and parts.
type Service struct {
	cfg Config
	Deps
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	if deps.Racing == nil {
		deps.Racing = func(uint32) bool { return false }
	}
	if deps.Known == nil {
		deps.Known = func(netip.Addr) bool { return false }
	}
	return &Service{cfg: cfg, Deps: deps}
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	return []gateway.Row{
		// The create dialog asks on a connection of its own, before there is a
		// persona.
		gateway.On(mcots.MsgStockCarRequest, gateway.Connected, s.stockCars),
		gateway.On(mcots.MsgPurchaseCar, gateway.LoggedIn, s.purchaseCar).Writes(),

		gateway.On(mcots.MsgGetOwnedVehicles, gateway.LoggedIn, s.ownedVehicles),
		gateway.On(mcots.MsgGetVehicleInfo, gateway.LoggedIn, s.vehicleInfo),
		gateway.On(mcots.MsgGetOwnedParts, gateway.LoggedIn, s.ownedParts),
		gateway.On(mcots.MsgGetAssembly, gateway.LoggedIn, s.assembly),
		gateway.Ignore(mcots.MsgUpdateCachedVehicle, gateway.LoggedIn),

		gateway.On(mcots.MsgBuyPart, gateway.LoggedIn, s.buyPart).Writes(),
		gateway.On(mcots.MsgRepairPart, gateway.LoggedIn, s.repairPart).Writes(),
		gateway.On(mcots.MsgRepairParts, gateway.LoggedIn, s.repairParts).Writes(),
		gateway.On(mcots.MsgInstallPart, gateway.LoggedIn, s.installPart).Writes(),
		gateway.On(mcots.MsgRemovePart, gateway.LoggedIn, s.removePart).Writes(),
		gateway.On(mcots.MsgDestroyPart, gateway.LoggedIn, s.destroyPart).Writes(),
	}
}

// refusal gives an error the reason that the client may show: 133 for lack of
// money, 191 for the errors in invalid, none for all others ("mcots-1 2.3",
// "mcots-2 3.14").
func refusal(err error, invalid ...error) error {
	if errors.Is(err, game.ErrFunds) {
		return gateway.Refused(mcots.ReasonInsufficientFunds, err)
	}
	for _, i := range invalid {
		if errors.Is(err, i) {
			return gateway.Refused(mcots.ReasonInvalidVehicle, err)
		}
	}
	return err
}
