package example

import (
	"errors"
	"fmt"
	"sync"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store storage.Store
}

// Service collects what drivers think of each other.
type Service struct {
	Deps

	mu    sync.Mutex
	stars map[uint32]map[uint32]uint8 // by driver and by who says so
}

// New makes the service.
func New(deps Deps) *Service { return &Service{Deps: deps, stars: map[uint32]map[uint32]uint8{}} }

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	return []gateway.Row{gateway.On(MsgRateDriver, gateway.LoggedIn, s.rate)}
}

// rate takes one opinion: the newest of a driver counts, and nobody rates himself.
func (s *Service) rate(c *gateway.Call, req *RateDriver) error {
	me := c.Seat().Persona
	switch {
	case req.Stars < 1 || req.Stars > 5:
		return fmt.Errorf("%d stars from persona %d", req.Stars, me)
	case req.Driver == me:
		return fmt.Errorf("persona %d rates itself", me)
	}
	if err := s.exists(req.Driver); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stars[req.Driver] == nil {
		s.stars[req.Driver] = map[uint32]uint8{}
	}
	s.stars[req.Driver][me] = req.Stars
	sum := 0
	for _, n := range s.stars[req.Driver] {
		sum += int(n)
	}
	count := len(s.stars[req.Driver])
	c.Reply(MsgDriverRating.With(&DriverRating{Driver: req.Driver, Ratings: uint16(count), Average: uint16(100 * sum / count)}))
	return nil
}

// exists refuses a driver who is not there with the reason that the game can show.
func (s *Service) exists(driver uint32) error {
	return s.Store.View(func(tx storage.ReadTx) error {
		p, err := tx.Persona(driver)
		if err == nil && !p.Live() {
			err = storage.ErrNotFound
		}
		if errors.Is(err, storage.ErrNotFound) {
			return gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("driver %d: %w", driver, err))
		}
		return err
	})
}
