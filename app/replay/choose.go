package replay

import (
	"fmt"
	"slices"
	"strings"

	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

// choose picks the connections of one driver, without the web, and tells his name.
func choose(entries []tape.Entry, persona string) ([]tape.Entry, string, error) {
	var names []string
	owners := map[string]string{} // connection to persona
	for i := range entries {
		e := &entries[i]
		if e.Persona == "" {
			continue
		}
		owners[e.Conn] = e.Persona
		if !slices.Contains(names, e.Persona) {
			names = append(names, e.Persona)
		}
	}
	if len(names) > 1 && persona == "" {
		return nil, "", fmt.Errorf("%w: %s", ErrWhom, strings.Join(names, ", "))
	}
	others := strangers(entries, owners, persona)
	var picked []tape.Entry
	sent := false
	for i := range entries {
		e := &entries[i]
		e.Complete()
		switch {
		case e.Family == tape.Web, e.Family == "", e.Type == tape.Key, e.Type == tape.Note:
		case others[e.Conn]:
		default:
			picked = append(picked, *e)
			sent = sent || e.Type == tape.In
		}
	}
	if !sent {
		return nil, "", ErrNothing
	}
	if persona == "" && len(names) > 0 {
		persona = names[0]
	}
	return picked, persona, nil
}

// strangers are the connections of other drivers than the chosen one: those that the
// recording gives to another, and those without a driver that are about another account
// or, where no account stands in them, another driver's number.
func strangers(entries []tape.Entry, owners map[string]string, name string) map[string]bool {
	others := map[string]bool{}
	if name == "" {
		return others
	}
	accounts, drivers := about(entries)
	mine := map[kind]map[uint64]bool{customer: {}, persona: {}}
	for conn, owner := range owners {
		if !strings.EqualFold(owner, name) {
			others[conn] = true
			continue
		}
		if n, ok := accounts[conn]; ok {
			mine[customer][n] = true
		}
		if n, ok := drivers[conn]; ok {
			mine[persona][n] = true
		}
	}
	for i := range entries {
		conn := entries[i].Conn
		if owners[conn] != "" {
			continue
		}
		account, hasAccount := accounts[conn]
		player, hasPlayer := drivers[conn]
		others[conn] = hasAccount && !mine[customer][account] || !hasAccount && hasPlayer && !mine[persona][player]
	}
	return others
}

// about finds the account that each connection is about, and the driver whom its
// client's first messages name.
func about(entries []tape.Entry) (accounts, drivers map[string]uint64) {
	accounts, drivers = map[string]uint64{}, map[string]uint64{}
	for i := range entries {
		e := &entries[i]
		_, hasAccount := accounts[e.Conn]
		_, hasDriver := drivers[e.Conn]
		if hasAccount && hasDriver {
			continue
		}
		e.Complete()
		_, fields, _ := e.Fields() // of a body that does not fit, those before the mistake
		if !hasAccount {
			note(accounts, e.Conn, fields, customer)
		}
		if !hasDriver && e.Type == tape.In {
			note(drivers, e.Conn, fields, persona)
		}
	}
	return accounts, drivers
}

// note keeps the first number of a kind as what a connection is about.
func note(numbers map[string]uint64, conn string, fields []wire.Value, k kind) {
	for _, f := range fields {
		if n, ok := f.Data.(uint64); ok && kinds[f.Name] == k {
			numbers[conn] = n
			return
		}
	}
}
