package race

import (
	"mcos/app/game"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// results makes the message that ends a race (mcots-2 3.9).
func (s *Service) results(r *race, end game.Settlement, again bool) *mcots.FinalResults {
	body := &mcots.FinalResults{RaceID: r.id, TeamCombinedPar: end.TeamPar}
	for i, racer := range end.Race.Racers {
		body.Racers[i] = s.result(racer, end.Results[i])
	}
	if again {
		body.Flags |= mcots.FinalRaceAgain
	}
	switch {
	case end.Cheated:
		body.Flags |= mcots.FinalInvalidCheating
	case !end.Valid:
		body.Flags |= mcots.FinalInvalidError
	}
	if r.lobby.Type == mcots.RaceSimDrag && end.Valid {
		body.RoundsCompleted = 1
		if winner := end.Race.Racers[0]; winner.ID != r.heat.racers[0].ID {
			body.RoundWinners = 1 // bit 0: the second racer of the line-up won
		}
	}
	return body
}

// result is one racer in the message.
func (s *Service) result(racer storage.Racer, res game.Result) mcots.RacerResult {
	return mcots.RacerResult{
		ID: racer.ID, RaceTime: racer.Time, BestLapTime: racer.BestLap, TopSpeed: racer.TopSpeed, AvgSpeed: racer.AvgSpeed,
		RacePoints: racer.Points, TotalPoints: uint16(res.Stats.Points), PointsToNextLevel: res.ToLevel, PointsToNextRank: res.ToRank,
		OldLevel: uint8(res.OldLevel), OldRank: uint8(res.OldRank), PrizeID: racer.Prize, CashWon: uint32(res.Cash),
		NewLevel: uint8(res.Stats.Level), NewRank: uint8(res.NewRank), Flags: s.flags(racer, res),
	}
}

// flags are the result flags of a racer (mcots-2 2.5).
func (s *Service) flags(racer storage.Racer, res game.Result) (flags mcots.RacerFlags) {
	for _, f := range []struct {
		set  bool
		flag mcots.RacerFlags
	}{
		{res.WonCar, mcots.RacerWonCar}, {res.LostCar, mcots.RacerLostCar},
		{res.SpeedEver, mcots.RacerTopSpeedEver}, {res.SpeedTurf, mcots.RacerTopSpeedTurf}, {res.SpeedLobby, mcots.RacerTopSpeedLobby},
		{res.LapTurf, mcots.RacerBestLapTurf}, {res.LapLobby, mcots.RacerBestLapLobby},
		{racer.Outcome == storage.TimedOut, mcots.RacerTimedOut}, {res.Promotion, mcots.RacerPromotionBonus},
		{racer.Void || s.cfg.FlagSuspects && (racer.Suspect || racer.Security != 0), mcots.RacerCheatingSuspected},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}
