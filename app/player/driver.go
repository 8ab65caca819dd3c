package player

import (
	"fmt"
	"strings"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// playerInfo answers 108. Somebody else's bank balance and loose parts read as 0
// (DECISIONS 24).
func (s *Service) playerInfo(c *gateway.Call, req *mcots.GenericRequest) error {
	p, err := s.livePersona(req.Data)
	if err != nil {
		return err
	}
	var vehicles []storage.Vehicle
	var slots uint32
	err = s.Store.View(func(tx storage.ReadTx) error {
		if vehicles, err = tx.VehiclesOf(p.ID); err != nil {
			return err
		}
		slots, err = s.Rules.SlotsUsed(tx, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	own := p.ID == c.Seat().Persona
	body := s.describe(p, uint16(len(vehicles)))
	body.IsLoggedOn = own || s.Sessions.Online(p.ID)
	if own {
		body.BankBalance = uint32(p.Balance)
		body.InventorySlotsUsed = slots
	}
	if s.cfg.PlayerInfoNumber == 122 {
		c.Reply(mcots.MsgPlayerInfo122.With(body))
	} else {
		c.Reply(mcots.MsgPlayerInfo.With(body))
	}
	return nil
}

// describe fills what anybody may know about a driver.
func (s *Service) describe(p storage.Persona, cars uint16) *mcots.PlayerInfo {
	_, slots := s.Rules.Capacity(p.Stats.Level)
	toLevel, toRank, rank := s.Rules.ToNext(p.Stats)
	return &mcots.PlayerInfo{
		PlayerID: p.ID, PlayerName: p.Name, Vehicles: cars,
		CarNumbers: p.CarNumbers, PlateCode: p.Plate.Code, PlateText: p.Plate.Text, CarInfoSetting: p.CarSetting,
		RacesEntered: p.Stats.Entered, RacesWon: p.Stats.Won, RacesCompleted: p.Stats.Completed,
		TotalWinnings: p.Stats.Winnings, CarsWon: p.Stats.CarsWon, CarsLost: p.Stats.CarsLost,
		Points: p.Stats.Points, Level: p.Stats.Level, Rank: rank,
		PointsToNextLevel: toLevel, PointsToNextRank: toRank,
		MaxInventorySlots: slots, Description: p.Description,
	}
}

func (s *Service) playerPhysical(c *gateway.Call, req *mcots.GenericRequest) error {
	p, err := s.livePersona(req.Data)
	if err != nil {
		return err
	}
	c.Reply(mcots.MsgPlayerPhysical.With(&mcots.PlayerPhysical{
		PlayerID: p.ID, BodyType: p.Look.Body, HairColor: p.Look.Hair, SkinColor: p.Look.Skin,
		ShirtColor: p.Look.Shirt, PantsColor: p.Look.Pants,
	}))
	return nil
}

func (s *Service) racingHistory(c *gateway.Call, req *mcots.GenericRequest) error {
	p, err := s.livePersona(req.Data)
	if err != nil {
		return err
	}
	body := &mcots.RacingHistory{PersonaID: p.ID}
	for _, h := range p.History {
		body.Records = append(body.Records, mcots.HistoryRecord{
			RaceType: h.RaceType, RacesEntered: h.Entered, RacesFinished: h.Finished, RacesWon: h.Won,
			CarsWon: h.CarsWon, CarsLost: h.CarsLost, ChampionshipsWon: h.Championships, CashWon: h.CashWon,
		})
	}
	if s.cfg.HistoryPadding {
		body.PadEmpty()
	}
	c.Reply(mcots.MsgRacingHistory.With(body))
	return nil
}

// setOptions stores plate and racing numbers (mcots-1 6.2).
func (s *Service) setOptions(c *gateway.Call, req *mcots.SetOptions) error {
	if req.PlateText != "" {
		if err := s.Rules.ValidPlate(req.PlateText); err != nil {
			return err
		}
	}
	for _, n := range req.CarNumbers {
		if err := s.Rules.ValidCarNumber(n); err != nil {
			return err
		}
	}
	if err := s.prove(c); err != nil { // bytes by chance do not pass the checks above
		return err
	}
	err := s.change(c, func(p *storage.Persona) {
		p.Plate = storage.Plate{Code: req.PlateCode, Text: req.PlateText}
		p.CarSetting, p.CarNumbers = req.CarInfoSetting, req.CarNumbers
	})
	if err != nil {
		return err
	}
	c.Accept()
	return nil
}

func (s *Service) updatePhysical(c *gateway.Call, req *mcots.PlayerPhysical) error {
	if seat := driver(c); req.PlayerID != seat.Persona {
		return fmt.Errorf("the look of persona %d on the connection of persona %d", req.PlayerID, seat.Persona)
	}
	if err := s.prove(c); err != nil {
		return err
	}
	err := s.change(c, func(p *storage.Persona) {
		p.Look = storage.Look{
			Body: req.BodyType, Hair: req.HairColor, Skin: req.SkinColor,
			Shirt: req.ShirtColor, Pants: req.PantsColor,
		}
	})
	if err != nil {
		return err
	}
	c.Accept()
	return nil
}

// setDescription stores the text of the Edit Persona dialog; a text with a banned
// word is answered with 493 (mcots-1 6.4).
func (s *Service) setDescription(c *gateway.Call, req *mcots.SetDescription) error {
	lower := strings.ToLower(req.Description)
	for _, word := range s.cfg.BannedWords {
		if word != "" && strings.Contains(lower, strings.ToLower(word)) {
			c.Reply(mcots.MsgFilthyText.With(&mcots.GenericReply{Request: mcots.MsgSetDescription.Number}))
			return nil
		}
	}
	if err := s.change(c, func(p *storage.Persona) { p.Description = req.Description }); err != nil {
		return err
	}
	c.Accept()
	return nil
}
