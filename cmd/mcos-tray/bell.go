package main

import "time"

// bell shows notifications, and keeps those that come by themselves rare: the same
// one not again for a while, and never more than a few in a row.
type bell struct {
	show func(title, text string)
	now  func() time.Time

	rung []ring
}

type ring struct {
	text string
	at   time.Time
}

const (
	quietFor = 10 * time.Minute // for the same text
	burstFor = time.Minute
	burst    = 3 // texts within burstFor
)

// answer shows what the player waits for, always.
func (b *bell) answer(text string) { b.show("MCOS", text) }

// alarm shows what happened by itself, unless there was enough of that.
func (b *bell) alarm(text string) {
	now := b.now()
	var kept []ring
	recent, same := 0, false
	for _, r := range b.rung {
		if now.Sub(r.at) >= quietFor {
			continue
		}
		kept = append(kept, r)
		same = same || r.text == text
		if now.Sub(r.at) < burstFor {
			recent++
		}
	}
	b.rung = kept
	if same || recent >= burst {
		return // it is in the menu as well
	}
	b.rung = append(b.rung, ring{text, now})
	b.show("MCOS", text)
}
