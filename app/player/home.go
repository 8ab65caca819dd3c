package player

import (
	"fmt"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// lobbies answers 324 with the lobby list and the fees, in this order and with one
// sequence number (mcots-1 4.1).
func (s *Service) lobbies(c *gateway.Call, _ *mcots.GenericRequest) error {
	best, err := s.bests()
	if err != nil {
		return err
	}
	list := mcots.Lobbies{Lobbies: make([]mcots.LobbyInfo, 0, len(s.cfg.Lobbies))}
	for _, l := range s.cfg.Lobbies {
		list.Lobbies = append(list.Lobbies, mcots.LobbyInfo{
			LobbyID: l.ID, RaceType: mcots.RaceType(l.Type), RiffName: l.Riff, TurfName: l.Name,
			ElementID: l.Track, NightDefault: l.Night, MinLevel: l.MinLevel,
			PlayersMin: l.MinPlayers, PlayersMax: l.MaxPlayers, PlayersDefault: l.MaxPlayers,
			LapsMin: min(1, l.Laps), LapsMax: max(8, l.Laps) * min(1, l.Laps), LapsDefault: l.Laps, LapsEnabled: l.Laps > 0,
			TopDog: best[l.ID].topDog, BestLapTime: best[l.ID].lap,
			RacePointsFactor: float32(l.PointsFactor), RaceCashFactor: float32(l.CashFactor), QualifyingTime: Ticks(l.Par),
			TrialPoints: l.QualifyPoints, TrialCash: l.QualifyCash, TrialStep: Ticks(l.Increment),
			TrialPointsPerStep: l.IncrementPoints, TrialCashPerStep: l.IncrementCash,
		})
	}
	purses := mcots.PurseInfo{}
	for _, p := range s.cfg.Purses {
		purses.Entries = append(purses.Entries, mcots.PurseEntry{EntryFee: p.Fee, Purse: p.Purse})
	}
	c.Reply(mcots.MsgLobbies.With(&list), mcots.MsgPurseInfo.With(&purses))
	return nil
}

// best is the record of a lobby as the lobby list shows it.
type best struct {
	topDog string // who drove it
	lap    uint32 // ticks
}

// bests reads the records of all lobbies.
func (s *Service) bests() (map[uint32]best, error) {
	list := map[uint32]best{}
	err := s.Store.View(func(tx storage.ReadTx) error {
		return tx.LobbyBests(func(b storage.LobbyBest) error {
			if b.Lap == 0 {
				return nil
			}
			p, err := tx.Persona(b.LapBy)
			if err != nil {
				return fmt.Errorf("record of lobby %d: %w", b.Lobby, err)
			}
			list[b.Lobby] = best{p.Name, b.Lap}
			return nil
		})
	})
	return list, err
}

func (s *Service) arcadeCars(c *gateway.Call, _ *mcots.GenericRequest) error {
	list := mcots.ArcadeCars{}
	for _, a := range s.cfg.ArcadeCars {
		list.Cars = append(list.Cars, mcots.ArcadeCar{BrandedPartID: a.Car, LobbyID: a.Lobby})
	}
	c.Reply(mcots.MsgArcadeCars.With(&list))
	return nil
}

func (s *Service) gameURLs(c *gateway.Call, _ *mcots.GenericRequest) error {
	host := s.WebHost(c.Arrival())
	list := mcots.GameURLs{}
	for id := range s.cfg.GameURLs {
		list.URLs = append(list.URLs, mcots.GameURL{ID: uint32(id), URL: fmt.Sprintf("http://%s/urls?id=%d", host, id)})
	}
	c.Reply(mcots.MsgGameURLs.With(&list))
	return nil
}

func (s *Service) tunables(c *gateway.Call, _ *mcots.GenericRequest) error {
	t, e := s.cfg.Tunables, s.Economy
	body := &mcots.Tunables{
		ClubCreationCost: t.ClubCreationCost, ClubCreationRequiredLevel: t.ClubCreationLevel,
		ClubOfficerRequiredLevel: t.ClubOfficerLevel, ClubSwitchCooldown: t.ClubSwitchDays,
		ClubMaxMembers: t.ClubMembers, ClubRegistrationCost: t.ClubRegistration,
		ClubReRegistrationCost: t.ClubReRegistration,
		InventorySizePerLevel:  e.PartsPerLevel, CarsPerLevel: e.CarsPerLevel,
		RepairCostModifier: e.Repair, ScrapValueModifier: e.Scrap, TradeInModifier: e.TradeIn,
		MaxEZStreetLevel: t.MaxEZStreetLevel, SimStreetMaxWager: t.MaxWager, SalaryPerLevel: t.SalaryPerLevel,
		ClassifiedAdRate: t.ClassifiedRate, ClassifiedAdMaxDuration: t.ClassifiedDays,
		ClassifiedAdMaxSize: t.ClassifiedSize, ClassifiedAdMaxCountPerOwner: t.ClassifiedPerPlayer,
	}
	for day := range body.AdCost {
		body.AdCost[day] = t.AdCost * uint32(day+1)
	}
	if s.cfg.TunablesSize == 124 {
		body.Tail = make([]byte, mcots.TunablesTail)
	}
	c.Reply(mcots.MsgTunables.With(body))
	return nil
}
