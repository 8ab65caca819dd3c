package game

import (
	"time"

	"mcos/storage"
)

// rescuePause is how long a driver who has been rescued has to get along.
const rescuePause = 24 * time.Hour

// needsRescue reports whether a driver without a car is to have the starter choice
// once more: the money would not do for the cheapest starter car, the last rescue is
// a day ago, and the driver has had a choice before, or has spent what it was to be
// paid with (DECISIONS 56). Who cannot pay a first car with all of the starting cash
// is not in distress: the operator's prices say so.
func (r *Rules) needsRescue(p storage.Persona) bool {
	if !r.cfg.Rescue || !p.StarterSold && p.Balance >= int64(r.cfg.StartingCash) {
		return false
	}
	if since := r.now().Sub(p.Rescued); since >= 0 && since < rescuePause { // a clock may have been ahead
		return false
	}
	offers := r.starters(r.catalog())
	for _, o := range offers {
		if p.Balance >= int64(o.Price) {
			return false
		}
	}
	return len(offers) > 0
}

// rescue gives a driver who needs it what is missing for the offered starter car, and
// returns how much that was. The driver must own no car.
func (r *Rules) rescue(tx storage.Tx, p *storage.Persona, o Offer) (given int64, err error) {
	if !r.needsRescue(*p) {
		return 0, nil
	}
	given = int64(o.Price) - p.Balance
	p.Rescued = r.now()
	return given, r.move(tx, p, storage.Rescue, given, 0, "")
}
