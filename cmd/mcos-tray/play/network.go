package play

import (
	"context"
	"errors"
	"fmt"
)

// LetIn lets players of a network in that Windows calls public: it has Windows call it
// private, after the player has read what that means and agreed.
func (f *Flow) LetIn(ctx context.Context, network string) (string, error) {
	yes, err := f.Ask.Confirm(ctx, fmt.Sprintf("Windows calls the network %q public, so players on it cannot connect to your server.\n\n"+
		"Do you trust the other devices on this network, as at home? Then it will be changed to a private one. Other devices on it can then see this PC, and reach what else you allow on private networks.\n\n"+
		"Answer No in a hotel, a café or a hall of residence.", network))
	if err != nil || !yes {
		return "", err
	}
	said, err := f.Helper.Run(ctx, "network", "private", "--", network)
	switch {
	case errors.Is(err, ErrRefused):
		return "", &Trouble{What: "The network is still public, because you declined the Windows prompt.", Next: "Click again and answer Yes.", Cause: err}
	case err != nil:
		return "", &Trouble{What: fmt.Sprintf("The network %q could not be changed.", network), Next: "Open Windows' settings, Network & internet, and choose Private network there. " + sentence(said) + ".", Cause: err}
	}
	return fmt.Sprintf("Players on %q can connect now.", network), nil
}
