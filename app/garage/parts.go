package garage

import (
	"errors"
	"fmt"
	"slices"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// ownedParts answers 174 with the loose parts of the connection's persona.
func (s *Service) ownedParts(c *gateway.Call, _ *mcots.GenericRequest) error {
	owner := c.Seat().Persona
	var loose []storage.Part
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		loose, err = tx.LoosePartsOf(owner)
		return err
	})
	if err != nil {
		return err
	}
	if !s.cfg.LoosePartsChildren {
		loose = slices.DeleteFunc(loose, func(p storage.Part) bool { return p.Parent != 0 })
	}
	c.Reply(s.list(c, mcots.OwnedParts, owner, loose))
	return nil
}

// assembly answers 183 with a part and everything on it. Loose parts of others
// read as an empty list (DECISIONS 24).
func (s *Service) assembly(c *gateway.Call, req *mcots.GenericRequest) error {
	var owner uint32
	var parts []storage.Part
	err := s.Store.View(func(tx storage.ReadTx) error {
		root, err := tx.Part(req.Data)
		if err != nil {
			return fmt.Errorf("part %d: %w", req.Data, err)
		}
		owner = root.Owner
		parts, err = s.Rules.Assembly(tx, c.Seat().Persona, req.Data)
		return err
	})
	if err != nil && !errors.Is(err, game.ErrNotOwner) {
		return err
	}
	if len(parts) > 0 {
		parts[0].Parent = 0 // the root of the list (mcots-1 5.6)
	}
	c.Reply(s.list(c, mcots.AssemblyParts, owner, parts))
	return nil
}

// partsHead is the size of a parts list before its records (mcots-1 5.5).
const partsHead = 8

// list makes a list of parts with one of the two messages for it. There is no
// second message: what does not fit is left out.
func (s *Service) list(
	c *gateway.Call, form func(int, uint32, []mcots.Part34) wire.Packet, owner uint32, parts []storage.Part,
) wire.Packet {
	if room := (mcots.MaxBody - partsHead) / s.cfg.PartRecordSize; len(parts) > room {
		c.Log().WithField("parts", len(parts)).WithField("sent", room).Warn("too many parts for one message")
		parts = parts[:room]
	}
	records := make([]mcots.Part34, len(parts))
	for i, p := range parts {
		records[i] = mcots.Part34{Part: s.record(p), RetailPrice: s.Rules.ListPrice(p), MaxWear: s.Rules.MaxWear(p)}
	}
	return form(s.cfg.PartRecordSize, owner, records)
}

// buyPart sells a new part (176). Every dealer sells every part: who sold what is
// not known.
func (s *Service) buyPart(c *gateway.Call, req *mcots.GenericRequest) error {
	var part uint32
	err := s.Store.Update(func(tx storage.Tx) (err error) {
		part, err = s.Rules.BuyPart(tx, c.Seat().Persona, req.Data)
		return err
	})
	if err != nil {
		return refusal(err)
	}
	c.Log().WithField("item", req.Data).WithField("part", part).Info("part sold")
	reply := &mcots.GenericReply{Request: c.Message.Number, Data: part}
	if s.cfg.NewPartIDWord == "result" {
		reply.Result, reply.Data = part, 0
	}
	c.Reply(mcots.MsgSuccess.With(reply))
	return nil
}

// repairPart repairs one part (177).
func (s *Service) repairPart(c *gateway.Call, req *mcots.GenericRequest) error {
	return s.repair(c, func(tx storage.Tx, persona uint32) error {
		return s.Rules.RepairParts(tx, persona, []uint32{req.Data})
	}, req.Data)
}

// repairParts repairs a car, an assembly or a list of parts: the length tells
// (178, mcots-2 5.5).
func (s *Service) repairParts(c *gateway.Call, req *mcots.RepairParts) error {
	root, ids, ok := req.Targets()
	if !ok {
		c.Record("repair request of unknown form")
		return errors.New("a repair request that is neither a vehicle nor a list of parts")
	}
	if root != 0 || len(ids) == 0 {
		return s.repair(c, func(tx storage.Tx, persona uint32) error {
			return s.Rules.RepairVehicle(tx, persona, root)
		}, root)
	}
	return s.repair(c, func(tx storage.Tx, persona uint32) error {
		return s.Rules.RepairParts(tx, persona, ids)
	}, ids...)
}

func (s *Service) repair(c *gateway.Call, do func(storage.Tx, uint32) error, parts ...uint32) error {
	if err := s.work(c, do, parts...); err != nil {
		return refusal(err)
	}
	c.Accept()
	return nil
}

// unfit are the refusals of install and remove that count as an invalid part
// (mcots-2 5.6).
var unfit = []error{
	game.ErrNotOwner, game.ErrRoot, game.ErrMounted, game.ErrLoose, game.ErrCycle, game.ErrNoFit, game.ErrTaken, errRacing,
}

// installPart mounts a loose part (181).
func (s *Service) installPart(c *gateway.Call, req *mcots.InstallPart) error {
	err := s.work(c, func(tx storage.Tx, persona uint32) error {
		return s.Rules.InstallPart(tx, persona, req.PartID, req.ParentID, req.Attachment())
	}, req.ParentID)
	if err != nil {
		return refusal(err, unfit...)
	}
	c.Accept()
	return nil
}

// removePart takes a part off what it is mounted on (182).
func (s *Service) removePart(c *gateway.Call, req *mcots.GenericRequest) error {
	err := s.work(c, func(tx storage.Tx, persona uint32) error {
		return s.Rules.RemovePart(tx, persona, req.Data)
	}, req.Data)
	if err != nil {
		return refusal(err, unfit...)
	}
	c.Accept()
	return nil
}

// destroyPart scraps a part for cash (214), which is never answered.
func (s *Service) destroyPart(c *gateway.Call, req *mcots.GenericRequest) error {
	err := s.work(c, func(tx storage.Tx, persona uint32) error {
		return s.Rules.ScrapPart(tx, persona, req.Data)
	}, req.Data)
	if err == nil {
		c.Log().WithField("part", req.Data).Info("part scrapped")
	}
	return err
}

var errRacing = errors.New("the car is in a race")

// work runs an operation of the connection's persona in one transaction, unless
// one of the parts is on a car in a race.
func (s *Service) work(c *gateway.Call, do func(tx storage.Tx, persona uint32) error, parts ...uint32) error {
	return s.Store.Update(func(tx storage.Tx) error {
		for _, id := range parts {
			part, err := tx.Part(id)
			if err == nil && part.Vehicle != 0 && s.Racing(part.Vehicle) {
				return fmt.Errorf("part %d of vehicle %d: %w", id, part.Vehicle, errRacing)
			}
			// A part that is not there is a matter of the rules.
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		return do(tx, c.Seat().Persona)
	})
}
