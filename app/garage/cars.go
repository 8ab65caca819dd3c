package garage

import (
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// replyBrand stands in the answer to 141. It is the brand id that the create
// dialog is known to take; no brand of the catalog has it (mcots-1 5.7).
const replyBrand = 105

// highestID is above the number of every dealer and every make ("data-model 2.2",
// "data-model 2.13").
const highestID = 999

// stockCars answers 141 with a dealer's cars. Before 438 nobody is known to sit
// here, and the starter dealer shows the starter cars; they come in all brands. The
// 438 may follow on the same connection, when the player has chosen one of them,
// which takes longer than a login: somebody of this address has logged in, so he may
// take his time (DECISIONS 36).
func (s *Service) stockCars(c *gateway.Call, req *mcots.GenericRequest) error {
	if c.State() == gateway.Connected && s.Known(c.Remote()) {
		c.Welcome()
	}
	// Between 438 and 105 it is allowed as well, encrypted (mcots-1 1.5). Bytes by
	// chance do not name a dealer and a make, so the sender has the key.
	if c.Claimed() != nil && !c.Frame.Plain && req.Data <= highestID && req.Data2 <= highestID {
		if err := c.Prove(); err != nil {
			return err
		}
	}
	dealer, brand := req.Data, req.Data2
	hasCar := false
	if seat := c.Seat(); seat != nil {
		err := s.Store.View(func(tx storage.ReadTx) error {
			cars, err := tx.VehiclesOf(seat.Persona)
			hasCar = len(cars) > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	offers := s.Rules.Stock(dealer, hasCar)
	if brand != 0 && brand != replyBrand {
		offers = slices.DeleteFunc(offers, func(o game.Offer) bool { return !o.Starter && o.Brand != brand })
	}
	if s.cfg.StockCarReplyBrand != "echo" {
		brand = replyBrand
	}
	for first := true; first || len(offers) > 0; first = false {
		n := min(len(offers), mcots.MaxStockCars)
		list := &mcots.StockCars{
			StarterCash: s.Rules.StartingCash(), DealerID: dealer, Brand: brand, More: n < len(offers),
		}
		for _, o := range offers[:n] {
			list.Cars = append(list.Cars, mcots.StockCar{BrandedPartID: o.Car, RetailPrice: o.Price, DealOfTheDay: o.DealOfTheDay})
		}
		c.Reply(mcots.MsgStockCars.With(list))
		offers = offers[n:]
	}
	return nil
}

// bought is the result code of a successful car purchase (mcots-1 5.8).
const bought = 101

// purchaseCar sells a car from a dealer's lot (142).
func (s *Service) purchaseCar(c *gateway.Call, req *mcots.PurchaseCar) error {
	var vehicle uint32
	var old []uint32
	if req.TradeInCarID != 0 {
		old = append(old, req.TradeInCarID)
	}
	err := s.work(c, func(tx storage.Tx, persona uint32) (err error) {
		vehicle, err = s.Rules.BuyCar(tx, persona, req.DealerID, req.BrandedPartID, req.SkinID, req.TradeInCarID)
		return err
	}, old...)
	if err != nil {
		return refusal(err, game.ErrNotOffered)
	}
	c.Log().WithFields(logrus.Fields{"car": req.BrandedPartID, "vehicle": vehicle, "traded_in": req.TradeInCarID}).Info("car sold")
	reply := &mcots.GenericReply{Request: c.Message.Number, Result: bought, Data: vehicle}
	if s.cfg.PurchaseReplyNumber == 103 {
		c.Reply(mcots.MsgGenericReply.With(reply))
	} else {
		c.Reply(mcots.MsgSuccess.With(reply))
	}
	return nil
}

// maxVehicles is what the one-byte count of 173 can say.
const maxVehicles = 255

// ownedVehicles answers 172 for any live persona (DECISIONS 24).
func (s *Service) ownedVehicles(c *gateway.Call, req *mcots.GenericRequest) error {
	list := &mcots.OwnedVehicles{}
	err := s.Store.View(func(tx storage.ReadTx) error {
		if err := live(tx, req.Data); err != nil {
			return err
		}
		cars, err := tx.VehiclesOf(req.Data)
		for _, v := range cars[:min(len(cars), maxVehicles)] {
			list.Vehicles = append(list.Vehicles, mcots.OwnedVehicle{VehicleID: v.ID, BrandedPartID: v.BrandedPart})
		}
		return err
	})
	if err != nil {
		return err
	}
	list.PadEmpty()
	c.Reply(mcots.MsgOwnedVehicles.With(list))
	return nil
}

// live checks that a persona exists and has not been deleted.
func live(tx storage.ReadTx, id uint32) error {
	p, err := tx.Persona(id)
	if err != nil {
		return fmt.Errorf("persona %d: %w", id, err)
	}
	if !p.Live() {
		return fmt.Errorf("persona %d: %w", id, game.ErrDeleted)
	}
	return nil
}

// vehicleInfo answers 145 with a whole car, whatever copy of it the client has
// (mcots-1 5.2). Cars are sent without body damage: its format is unknown, and
// what a length above 0 does to the client too (mcots-1 5.3).
func (s *Service) vehicleInfo(c *gateway.Call, req *mcots.GenericRequest) error {
	var v storage.Vehicle
	var parts []storage.Part
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		if v, err = tx.Vehicle(req.Data); err != nil {
			return fmt.Errorf("vehicle %d: %w", req.Data, err)
		}
		if err = live(tx, v.Owner); err != nil {
			return err
		}
		parts, err = s.Rules.Assembly(tx, v.Owner, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	if s.cfg.VehicleDelta == "zero" {
		v.Delta = 0
	}
	records := make([]mcots.Part, 0, len(parts))
	for _, p := range parts[1:] { // the car itself is not in the list
		records = append(records, s.record(p))
	}
	if s.cfg.VehicleDamageField == "length" {
		c.Reply(mcots.MsgVehicleInfoExact.With(&mcots.VehicleInfoExact{
			PlayerID: v.Owner, Parts: records,
			Vehicle: mcots.VehicleExact{VehicleID: v.ID, SkinID: v.Skin, Flags: v.Flags, Delta: v.Delta},
		}))
		return nil
	}
	c.Reply(mcots.MsgVehicleInfo.With(&mcots.VehicleInfo{
		PlayerID: v.Owner, Parts: records,
		Vehicle: mcots.Vehicle{VehicleID: v.ID, SkinID: v.Skin, Flags: v.Flags, Delta: v.Delta},
	}))
	return nil
}

// record is a part as the client sees it.
func (s *Service) record(p storage.Part) mcots.Part {
	return mcots.Part{
		PartID: p.ID, ParentID: p.Parent, BrandedPartID: p.BrandedPart,
		RepairPrice: s.Rules.RepairPrice(p), JunkPrice: s.Rules.JunkPrice(p),
		Wear: p.Wear, Attachment: mcots.AttachmentPoint(p.Attachment), Damage: p.Damage,
	}
}
