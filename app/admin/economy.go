package admin

import (
	"context"
	"time"

	"mcos/storage"
)

// economyHours is how far back Economy looks.
const economyHours = 24

// Economy is what the last day has made of the players' money, in game dollars.
type Economy struct {
	Hours []EconomyHour `json:"hours"` // the newest first; an hour ends now, an hour before now, and so on
}

// EconomyHour is one hour of an Economy.
type EconomyHour struct {
	Until time.Time `json:"until"`
	// Made is what came into the game, and Taken what left it. Entry fees count as
	// taken, and what came back of them does not.
	Made  int64 `json:"made"`
	Taken int64 `json:"taken"`
	// Kinds are the sums of the ledger's kinds.
	Kinds map[string]int64 `json:"kinds"`
}

// add enters one movement of money.
func (h *EconomyHour) add(e storage.LedgerEntry) {
	h.Kinds[string(e.Kind)] += e.Amount
	switch {
	case e.Kind == storage.EntryFee || e.Kind == storage.FeeReturn || e.Amount < 0:
		h.Taken -= e.Amount
	default:
		h.Made += e.Amount
	}
}

// Economy implements API. It reads all ledgers.
func (l *Local) Economy(context.Context) (Economy, error) {
	now := l.Users.Now().UTC()
	list := Economy{Hours: make([]EconomyHour, economyHours)}
	for i := range list.Hours {
		list.Hours[i] = EconomyHour{Until: now.Add(-time.Duration(i) * time.Hour), Kinds: map[string]int64{}}
	}
	err := l.Store.View(func(tx storage.ReadTx) error {
		return tx.Personas(func(p storage.Persona) error {
			return tx.LedgerOf(p.ID, func(e storage.LedgerEntry) error {
				if i := int(now.Sub(e.Time) / time.Hour); !e.Time.After(now) && i < economyHours {
					list.Hours[i].add(e)
				}
				return nil
			})
		})
	})
	return list, err
}
