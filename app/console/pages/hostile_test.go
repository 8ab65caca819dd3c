package pages

import (
	"context"
	"time"

	"mcos/app/admin"
	"mcos/storage"
)

// How long the tests wait for what happens beside them.
const (
	waitFor = 10 * time.Second
	pause   = 5 * time.Millisecond
)

// hostile is an operator's API in which everything has an evil name.
type hostile struct {
	admin.API
	name string
}

func (h hostile) Accounts(context.Context) ([]admin.Account, error) {
	return []admin.Account{{ID: 1, Name: h.name, Banned: true, BanReason: h.name}}, nil
}

func (h hostile) Personas(context.Context, string) ([]admin.Persona, error) {
	return []admin.Persona{{ID: 1, Name: h.name, Account: h.name}}, nil
}

func (h hostile) Persona(_ context.Context, name string) (admin.Garage, error) {
	if name == "panic" {
		panic("secret of the request")
	}
	return admin.Garage{
		Persona: admin.Persona{Name: h.name, Account: h.name}, Vehicles: []admin.Vehicle{{Name: h.name, Class: h.name}},
		Ledger: []storage.LedgerEntry{{Kind: storage.LedgerKind(h.name), Note: h.name}},
	}, nil
}
