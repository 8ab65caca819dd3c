package pages

import (
	"fmt"
	"math"

	"mcos/app/admin"
)

func (v *visit) racesNow() (any, error) { return v.p.Admin.Races(v.r.Context()) }

// races shows the races that wait, that run, and that were run lately.
func (v *visit) races() error {
	d, err := v.racesNow()
	if err != nil {
		return err
	}
	return v.show("races.html", page{Title: "Races", Here: "/races", Live: "/live/races", Data: d})
}

func (v *visit) racesLive() error {
	return v.live("races.html", v.racesNow, "running", "open", "recent")
}

// lap is a time on the track, as the game shows it.
func lap(seconds float64) string {
	if seconds <= 0 {
		return "–"
	}
	minutes := math.Floor(seconds / 60)
	return fmt.Sprintf("%.0f:%06.3f", minutes, seconds-60*minutes)
}

// racerName is what to call a racer.
func racerName(r admin.Racer) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.Human:
		return fmt.Sprintf("driver %d", r.ID)
	}
	return "computer driver"
}
