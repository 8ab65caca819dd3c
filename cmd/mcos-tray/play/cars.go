package play

import (
	"context"
	"errors"
	"strings"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
)

// cars offers once to let this computer's server sell all cars and parts of the game,
// from the game's own database. It answers with what there is to tell; that it does
// not work keeps nobody from playing.
func (f *Flow) cars(ctx context.Context, at Place, own Ready) (string, error) {
	facts, err := client.Examine(at.Host, at.Installation)
	if err != nil || facts.Catalog == "" || own.AllCars || f.Memory.Visited(facts.Catalog) {
		return "", nil //nolint:nilerr // there is nothing to offer
	}
	yes, err := f.Ask.Confirm(ctx, "Your server sells only a few cars. Shall it have all cars and parts of your game?\n\n"+
		"It reads them from the game's own files; that takes a few seconds.")
	if errors.Is(err, ask.ErrCancelled) {
		return "", err
	}
	command := "mcos catalog import \"" + facts.Catalog + "\""
	if err != nil {
		return " Your server sells only a few cars; all of them come with: " + command + ".", nil //nolint:nilerr // it cannot be asked here
	}
	_ = f.Memory.Visit(facts.Catalog) // else the question comes again
	if !yes {
		return "", nil
	}
	if said, err := f.Helper.Run(ctx, "catalog", "import", facts.Catalog); err != nil {
		t := helperTrouble("The cars could not be read.", said, err)
		return " " + t.What + " Somebody who manages the server can do it with: " + command + ".", nil
	}
	return " Your server has all cars and parts now.", nil
}

// missing says what else the game needs on this computer.
func missing(at Place) string {
	facts, err := client.Examine(at.Host, at.Installation)
	if err != nil {
		return "" // the game itself will tell
	}
	list := facts.Missing
	if facts.Outdated {
		list = append(list, facts.Update)
	}
	if len(list) == 0 {
		return ""
	}
	return " Please note: " + strings.Join(list, " ")
}
