package bot

import (
	"context"
	"fmt"

	"mcos/protocol/mcots"
	"mcos/protocol/wire"
)

// StarterDealer is the dealer that the create dialog asks (mcots-1 5.7).
const StarterDealer = 8

// Vehicles lists the persona's cars (172, mcots-1 5.1).
func (t *Transactions) Vehicles(ctx context.Context) ([]mcots.OwnedVehicle, error) {
	body, err := read(ctx, t, "owned vehicles", generic(mcots.MsgGetOwnedVehicles, t.persona.Persona), mcots.MsgOwnedVehicles)
	if err != nil {
		return nil, err
	}
	return body.Vehicles, nil
}

func vehicleCall(vehicle uint32) *call {
	return &call{step: "vehicle", packet: generic(mcots.MsgGetVehicleInfo, vehicle, 0), want: []*wire.Message{mcots.MsgVehicleInfo.Message}}
}

// Vehicle asks for a car with all its parts (145, mcots-1 5.2).
func (t *Transactions) Vehicle(ctx context.Context, vehicle uint32) (*mcots.VehicleInfo, error) {
	a, err := transact(ctx, t.link, vehicleCall(vehicle))
	if err != nil {
		return nil, err
	}
	return vehicleInfo(a, vehicle)
}

// vehicleInfo reads a 123 in either form of its damage field; the form is the one that fits the length (mcots-1 5.3).
func vehicleInfo(a answer, vehicle uint32) (*mcots.VehicleInfo, error) {
	info := new(mcots.VehicleInfo)
	n, err := mcots.MsgVehicleInfo.Layout().Decode(a.frame.Body, info)
	if err != nil || n != len(a.frame.Body) {
		short, err := exact(a, mcots.MsgVehicleInfoExact)
		if err != nil {
			return nil, err
		}
		info = &mcots.VehicleInfo{PlayerID: short.PlayerID, Vehicle: mcots.Vehicle(short.Vehicle), Count: short.Count, Parts: short.Parts}
	}
	if info.Vehicle.VehicleID != vehicle {
		return nil, a.fail(mcots.MsgVehicleInfo.String(),
			fmt.Errorf("%w: it is about vehicle %d, asked was %d", ErrMalformed, info.Vehicle.VehicleID, vehicle))
	}
	return info, checkParts(a, vehicle, info.Parts)
}

// checkParts checks that each part of a car hangs on the car or on another of its parts: the client builds a tree of them.
func checkParts(a answer, vehicle uint32, parts []mcots.Part) error {
	known := map[uint32]bool{vehicle: true}
	for _, p := range parts {
		if known[p.PartID] {
			return a.fail(mcots.MsgVehicleInfo.String(), fmt.Errorf("%w: part %d comes twice", ErrMalformed, p.PartID))
		}
		known[p.PartID] = true
	}
	for _, p := range parts {
		if !known[p.ParentID] {
			return a.fail(mcots.MsgVehicleInfo.String(), fmt.Errorf("%w: part %d hangs on %d, which is not in the car", ErrMalformed, p.PartID, p.ParentID))
		}
	}
	return nil
}

// Parts lists the persona's loose parts (174, mcots-1 5.5).
func (t *Transactions) Parts(ctx context.Context) ([]mcots.Part, error) {
	a, err := transact(ctx, t.link, &call{
		step: "owned parts", packet: generic(mcots.MsgGetOwnedParts), want: []*wire.Message{mcots.MsgOwnedParts.Message},
	})
	if err != nil {
		return nil, err
	}
	return partsList(a, mcots.MsgOwnedParts, t.persona.Persona)
}

// Assembly lists a part with everything mounted on it (183, mcots-2 5.3).
func (t *Transactions) Assembly(ctx context.Context, part uint32) ([]mcots.Part, error) {
	a, err := transact(ctx, t.link, &call{
		step: "assembly", packet: generic(mcots.MsgGetAssembly, part), want: []*wire.Message{mcots.MsgAssembly.Message},
	})
	if err != nil {
		return nil, err
	}
	return partsList(a, mcots.MsgAssembly, t.persona.Persona)
}

// partsList reads a 175 or 184 with records of any of the known sizes; the size is the one that fits the length
// (mcots-1 5.4).
func partsList(a answer, m wire.Msg[mcots.PartsList], owner uint32) ([]mcots.Part, error) {
	head, err := partsHead(a.frame.Body)
	if err != nil {
		return nil, a.fail(m.String(), fmt.Errorf("%w: %w", ErrMalformed, err))
	}
	if head.OwnerID != owner {
		return nil, a.fail(m.String(), fmt.Errorf("%w: it lists parts of persona %d", ErrMalformed, head.OwnerID))
	}
	size := 0
	if head.Count > 0 {
		size = (len(a.frame.Body) - partsHeadSize) / int(head.Count)
	}
	switch size {
	case 28:
		body, err := exact(a, wire.Msg[mcots.PartsList28]{Message: mcots.MsgOwnedParts28.Message})
		if err != nil {
			return nil, err
		}
		return plainParts(body.Parts, func(p mcots.Part28) mcots.Part { return p.Part }), nil
	case 34:
		body, err := exact(a, wire.Msg[mcots.PartsList34]{Message: mcots.MsgOwnedParts34.Message})
		if err != nil {
			return nil, err
		}
		return plainParts(body.Parts, func(p mcots.Part34) mcots.Part { return p.Part }), nil
	default:
		body, err := exact(a, m)
		if err != nil {
			return nil, err
		}
		return body.Parts, nil
	}
}

func plainParts[T any](from []T, part func(T) mcots.Part) []mcots.Part {
	parts := make([]mcots.Part, len(from))
	for i, p := range from {
		parts[i] = part(p)
	}
	return parts
}

// partsHeadSize is the size of what stands before the records: u32 owner, u16 count.
const partsHeadSize = 6

// partsHead reads owner and count only.
func partsHead(body []byte) (*mcots.PartsList, error) {
	if len(body) < partsHeadSize {
		return nil, fmt.Errorf("%d bytes, at least %d are needed", len(body), partsHeadSize)
	}
	owner := uint32(body[0]) | uint32(body[1])<<8 | uint32(body[2])<<16 | uint32(body[3])<<24
	return &mcots.PartsList{OwnerID: owner, Count: uint16(body[4]) | uint16(body[5])<<8}, nil
}

// StockCars asks what a dealer sells; brand 0 stands for all (141, mcots-1 5.7).
func (t *Transactions) StockCars(ctx context.Context, dealer, brand uint32) (*mcots.StockCars, error) {
	return stockCars(ctx, t.link, "dealer stock", dealer, brand, false)
}

func stockCars(ctx context.Context, l *link, step string, dealer, brand uint32, plain bool) (*mcots.StockCars, error) {
	var all *mcots.StockCars
	c := &call{step: step, packet: generic(mcots.MsgStockCarRequest, dealer, brand), plain: plain}
	err := list(ctx, l, c, mcots.MsgStockCars, moreInStock, func(b *mcots.StockCars) {
		if all == nil {
			all = b
			return
		}
		all.Cars = append(all.Cars, b.Cars...)
		all.Count, all.More = uint16(len(all.Cars)), b.More
	})
	return all, err
}

// BuyCar buys a new car and returns its vehicle id (142, mcots-1 5.8).
func (t *Transactions) BuyCar(ctx context.Context, car Car) (uint32, error) {
	const step = "buy car"
	p := mcots.MsgPurchaseCar.With(&mcots.PurchaseCar{DealerID: car.Dealer, BrandedPartID: car.BrandedPart, SkinID: car.Skin})
	r, err := accepted(ctx, t.link, step, p, false, mcots.MsgGenericReply.Message)
	if err != nil {
		return 0, err
	}
	if r.Data == 0 {
		return 0, &Error{Step: step, Where: t.link.where, Err: fmt.Errorf("%w: the answer names no vehicle", ErrMalformed)}
	}
	return r.Data, nil
}

// BuyPart buys a part and returns its id, whichever word of the answer carries it (176, mcots-2 5.4).
func (t *Transactions) BuyPart(ctx context.Context, brandedPart, dealer uint32) (uint32, error) {
	r, err := accepted(ctx, t.link, "buy part", generic(mcots.MsgBuyPart, brandedPart, dealer), false)
	if err != nil {
		return 0, err
	}
	if r.Data == 0 {
		return r.Result, nil
	}
	return r.Data, nil
}

// RepairPart repairs one part (177, mcots-2 5.5).
func (t *Transactions) RepairPart(ctx context.Context, part uint32) error {
	_, err := accepted(ctx, t.link, "repair part", generic(mcots.MsgRepairPart, part), false)
	return err
}

// RepairVehicle repairs all parts of a car (178, mcots-2 5.5).
func (t *Transactions) RepairVehicle(ctx context.Context, vehicle uint32) error {
	body := make([]byte, 8)
	for i := range 4 {
		body[i] = byte(vehicle >> (8 * i))
	}
	_, err := accepted(ctx, t.link, "repair vehicle", mcots.MsgRepairParts.With(&mcots.RepairParts{Data: body}), false)
	return err
}

// InstallPart mounts a loose part on a part or car (181, mcots-2 5.6).
func (t *Transactions) InstallPart(ctx context.Context, part, parent uint32, at mcots.AttachmentPoint) error {
	body := mcots.InstallPart{PartID: part, ParentID: parent, Point: []byte{byte(at), 0, 0, 0}}
	_, err := accepted(ctx, t.link, "install part", mcots.MsgInstallPart.With(&body), false)
	return err
}

// RemovePart takes a part off (182, mcots-2 5.6).
func (t *Transactions) RemovePart(ctx context.Context, part uint32) error {
	_, err := accepted(ctx, t.link, "remove part", generic(mcots.MsgRemovePart, part), false)
	return err
}

// ScrapPart sells a part for scrap; it is not answered (214, mcots-2 5.7).
func (t *Transactions) ScrapPart(ctx context.Context, part uint32) error {
	_, err := t.Ask(ctx, "scrap part", generic(mcots.MsgDestroyPart, part))
	return err
}
