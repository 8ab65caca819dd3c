// Package buddy serves the buddy lists: the requests of TCP 8228 that keep a
// persona's list ("nps-login-persona 4.5, 5.1"), and those of the lobby family by
// which a player hears when a buddy comes and goes ("nps-lobby-rooms 6.7").
//
// Nobody has seen any of it but an empty list being fetched. So buddies are off by
// default, and every list is empty. On, all forms but that of the request for the
// list are guesses.
package buddy

import (
	"sync"
	"time"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/storage"
)

// Config is what an operator can choose.
type Config struct {
	On    bool
	Limit int // entries on one list
	// InfoByID reads 0x518 as two numbers only, never by name (DECISIONS 38).
	InfoByID bool
}

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store storage.Store
	// Own returns a live persona of the peer, or an error when it is not his.
	Own func(c *gateway.Call, persona uint32) (storage.Persona, error)
	// Asking returns a live persona of the peer named by its own number or by that of
	// the customer who plays it.
	Asking func(c *gateway.Call, number uint32) (storage.Persona, error)
	// Online reports whether somebody plays the persona.
	Online func(persona uint32) bool
	Now    func() time.Time
}

// Service answers for the buddy lists and knows who watches whom.
type Service struct {
	cfg Config
	Deps

	mu       sync.Mutex
	present  map[uint32]map[*gateway.Conn]string   // persona to its lobby connections, with its name
	watching map[*gateway.Conn]map[uint32]struct{} // connection to the personas it watches
	watchers map[uint32]map[*gateway.Conn]struct{} // the same the other way round
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	return &Service{
		cfg: cfg, Deps: deps,
		present:  map[uint32]map[*gateway.Conn]string{},
		watching: map[*gateway.Conn]map[uint32]struct{}{},
		watchers: map[uint32]map[*gateway.Conn]struct{}{},
	}
}

// PersonaRows is the table for TCP 8228.
func (s *Service) PersonaRows() []gateway.Row {
	if !s.cfg.On {
		return []gateway.Row{
			gateway.On(nps.GetBuddyList, gateway.Connected, s.nobody),
			gateway.Decline(nps.AddBuddy, gateway.Connected),
			gateway.Decline(nps.DeleteBuddy, gateway.Connected),
			gateway.Decline(nps.ClearBuddies, gateway.Connected),
			gateway.Decline(nps.AddBuddyByName, gateway.Connected),
			gateway.Decline(nps.GetBuddyInfo, gateway.Connected),
		}
	}
	return []gateway.Row{
		gateway.On(nps.GetBuddyList, gateway.Connected, s.list),
		gateway.On(nps.AddBuddyOn, gateway.Connected, s.add).Writes(),
		gateway.On(nps.DeleteBuddyOn, gateway.Connected, s.remove).Writes(),
		gateway.On(nps.ClearBuddiesOn, gateway.Connected, s.clear).Writes(),
		gateway.On(nps.AddBuddyByNameOn, gateway.Connected, s.addByName).Writes(),
		gateway.On(nps.GetBuddyInfo, gateway.Connected, s.info),
	}
}

// LobbyRows is the table for the ports of the lobby family.
func (s *Service) LobbyRows() []gateway.Row {
	if !s.cfg.On {
		return []gateway.Row{
			gateway.Ignore(nps.BuddyRefresh, gateway.LoggedIn),
			gateway.Ignore(nps.BuddyAddUsers, gateway.LoggedIn),
			gateway.Ignore(nps.BuddyRemoveUsers, gateway.LoggedIn),
		}
	}
	return []gateway.Row{
		gateway.On(nps.BuddyRefreshOn, gateway.LoggedIn, s.refresh),
		gateway.On(nps.BuddyAddUsersOn, gateway.LoggedIn, s.watchUsers),
		gateway.On(nps.BuddyRemoveUsersOn, gateway.LoggedIn, s.unwatchUsers),
	}
}
