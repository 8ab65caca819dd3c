package race

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/sirupsen/logrus"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Reports are the newest bodies that a racer's game has sent and whose layout
// nobody knows yet, for those who want to find out ("mcots-2 4, 10").
type Reports struct {
	BodyDamage []byte // 202
	PreRace    []byte // 434, behind its known head
	PostRace   []byte // 435
	TravelMap  []byte // the tail of 234
}

// reportKind selects one field of Reports.
type reportKind func(*Reports) (field *[]byte, most int)

func bodyDamage(r *Reports) (*[]byte, int) { return &r.BodyDamage, 16 << 10 }
func preRace(r *Reports) (*[]byte, int)    { return &r.PreRace, 16 << 10 }
func postRace(r *Reports) (*[]byte, int)   { return &r.PostRace, 16 << 10 }
func travelMap(r *Reports) (*[]byte, int)  { return &r.TravelMap, 64 << 10 }

// reportBook keeps Reports of a limited number of personas.
type reportBook struct {
	mu     sync.Mutex
	of     map[uint32]*Reports
	oldest []uint32 // personas in the order of their first report
}

const maxReporters = 256

// keep stores a copy of a body in the place of the last one, cut to size.
func (b *reportBook) keep(persona uint32, kind reportKind, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[uint32]*Reports{}
	}
	if b.of[persona] == nil {
		if len(b.oldest) == maxReporters {
			delete(b.of, b.oldest[0])
			b.oldest = append(b.oldest[:0], b.oldest[1:]...)
		}
		b.of[persona] = &Reports{}
		b.oldest = append(b.oldest, persona)
	}
	field, most := kind(b.of[persona])
	*field = bytes.Clone(body[:min(len(body), most)])
}

// Reports returns what is kept of a persona.
func (s *Service) Reports(persona uint32) Reports {
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	if r := s.reports.of[persona]; r != nil {
		return *r
	}
	return Reports{}
}

// inRaceDamage stores the damage so far, so that quitting saves no car (mcots-2
// 4.1).
func (s *Service) inRaceDamage(c *gateway.Call, req *mcots.InRaceDamage) error {
	parts, ok := req.Parts()
	if !ok {
		return fmt.Errorf("%d parts in %d bytes", req.Count, len(req.Slots))
	}
	reports := make([]game.PartState, len(parts))
	for i, p := range parts {
		reports[i] = game.PartState{Part: p.PartID, Damage: p.Damage}
	}
	return s.wear(c, req.RaceID, reports)
}

// postRaceDamage stores damage and wear after a race (mcots-2 4.2).
func (s *Service) postRaceDamage(c *gateway.Call, req *mcots.PostRaceDamage) error {
	parts := req.Parts()
	reports := make([]game.PartState, len(parts))
	for i, p := range parts {
		reports[i] = game.PartState{Part: p.PartID, Damage: p.Damage, Wear: p.Wear}
	}
	return s.wear(c, req.RaceID, reports)
}

var errNoCar = errors.New("no own car in such a race")

// wear stores what a race has done to the sender's car.
func (s *Service) wear(c *gateway.Call, id uint32, reports []game.PartState) error {
	if len(reports) == 0 {
		return nil
	}
	persona := c.Seat().Persona
	vehicle := s.vehicle(c, id)
	if vehicle == 0 {
		return errNoCar
	}
	var news bool
	err := s.view(func(tx storage.ReadTx) (err error) {
		news, err = s.deps.Rules.Worsens(tx, persona, vehicle, reports)
		return err
	})
	if err != nil || !news {
		return err
	}
	var refused int
	err = s.deps.Store.Update(func(tx storage.Tx) (err error) {
		_, refused, err = s.deps.Rules.Wear(tx, persona, vehicle, reports)
		return err
	})
	if refused > 0 {
		c.Log().WithFields(logrus.Fields{"race": id, "vehicle": vehicle, "parts": refused}).Info("odd reports of damage")
	}
	return err
}

// vehicle is the own car with which the sender is, or was a short while ago, in a
// race that can damage it, or 0 (mcots-2 7, 8.2).
func (s *Service) vehicle(c *gateway.Call, id uint32) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.await(s.races[id])
	if r == nil || r.lobby.Type == mcots.RaceTestDrive {
		return 0
	}
	if r.state != closed {
		s.here(r, c.Conn)
	} else if s.deps.Now().Sub(r.closedAt) > s.cfg.LateReports {
		return 0
	}
	racer := r.heat.racer(c.Seat().Persona)
	if racer == nil || !racer.Human || r.lent(racer.Vehicle) {
		return 0
	}
	return racer.Vehicle
}

// bodyDamage is of unknown layout; the newest is kept (mcots-2 4.4).
func (s *Service) bodyDamage(c *gateway.Call, req *wire.Raw) error {
	return s.record(c, bodyDamage, req.Data)
}

// preRaceChecks are check values that nobody can compute; they are logged
// (mcots-2 4.5).
func (s *Service) preRaceChecks(c *gateway.Call, req *mcots.CRCPreRace) error {
	if p, ok := req.FirstPlayer(); ok {
		c.Log().WithFields(logrus.Fields{
			"race": req.RaceID, "track": req.TrackCheck, "slice": req.SliceCheck, "tire": req.TireCheck,
			"player": p.PersonaID, "vehicle_check": p.VehicleCheck, "model_check": p.ModelCheck,
		}).Debug("check values before a race")
	}
	return s.record(c, preRace, req.Players)
}

// postRaceChecks are of unknown layout (mcots-2 4.6).
func (s *Service) postRaceChecks(c *gateway.Call, req *wire.Raw) error {
	return s.record(c, postRace, req.Data)
}

func (s *Service) record(c *gateway.Call, kind reportKind, body []byte) error {
	c.Record("layout unknown, kept")
	s.reports.keep(c.Seat().Persona, kind, body)
	return nil
}

// testDrive is always allowed: nobody knows what a refusal would look like
// (mcots-2 4.7).
func (s *Service) testDrive(c *gateway.Call, _ *wire.Raw) error {
	c.Accept()
	return nil
}
