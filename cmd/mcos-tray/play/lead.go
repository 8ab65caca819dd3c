package play

import (
	"context"
	"errors"
	"strings"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
	"mcos/installer/client/remote"
	"mcos/protocol/client/trust"
)

// lead makes the game's settings those for a server, where they are not yet. own is
// this computer's server where that is meant.
func (f *Flow) lead(ctx context.Context, at Place, server string, own *Ready) error {
	s, err := f.fetch(ctx, server)
	if err != nil {
		return err
	}
	if own != nil && own.Certificate != s.Thumbprint() {
		return &Trouble{
			What: "Another program has the port of this computer's server and says that it is the server.",
			Next: "Nothing was changed; mcos doctor says which program it is.",
		}
	}
	plan, err := client.Plan(at.Host, at.Installation, s, client.Options{})
	if err != nil {
		return trouble("The game cannot be led to "+calls(server)+".", err, "Nothing was changed; choose another server under Point game at.")
	}
	needed, err := at.patcher().Needed(plan)
	if err != nil {
		return unreadable(err)
	}
	if !needed {
		return nil
	}
	if err := f.idle(at); err != nil {
		return err
	}
	if err := f.trust(ctx, at, s, own != nil); err != nil {
		return err
	}
	args := f.arguments(at, "client", "patch", "--yes", "--host", server, "--certificate", s.Thumbprint(), "--game-dir", at.Dir)
	for _, kind := range s.Trust.Kinds() { // just agreed to
		args = append(args, "--despite", string(kind))
	}
	if said, err := f.Helper.Run(ctx, args...); err != nil {
		return helperTrouble("The game could not be led to "+calls(server)+".", said, err)
	}
	return nil
}

func (f *Flow) fetch(ctx context.Context, server string) (client.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	s, err := f.Fetch(ctx, server)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, trust.ErrRefused):
		return s, trouble("Your game was not connected to "+calls(server)+".", err,
			"Nothing was changed. Ask the host for a new certificate (on that computer: mcos keys rotate --certificate).")
	}
	if name, _, _ := remote.Split(server); name == Here {
		return s, &Trouble{
			What:  "This computer's server does not answer the game.",
			Next:  "Click again in a moment; where it listens on one address only (server.listen), choose Host… and type that one.",
			Cause: err,
		}
	}
	return s, &Trouble{
		What:  "The server " + server + " does not answer as a server for the game does.",
		Next:  "Check the address, and ask the person who runs it whether it is on.",
		Cause: err,
	}
}

// idle refuses while a program runs that would undo the change.
func (f *Flow) idle(at Place) error {
	err := at.patcher().Idle()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, client.ErrRunning) && at.Host.System().Wine:
		return &Trouble{
			What: "A Windows program is running in the same Wine prefix as the game, and would undo the change.",
			Next: "Quit it, wait a few seconds, and click again.", Cause: err,
		}
	case errors.Is(err, client.ErrRunning):
		return &Trouble{What: "The game is running.", Next: "Quit it, wait a few seconds, and click again.", Cause: err}
	}
	return trouble("Nobody can tell whether the game is running.", err, "Quit it and click again.")
}

// trust lets the player compare the fingerprint of a server that is not on this
// computer, unless its certificate is trusted already. What is odd about a certificate
// is said in any case.
func (f *Flow) trust(ctx context.Context, at Place, s client.Server, own bool) error {
	_, err := at.Host.Certificate(s.Thumbprint())
	if len(s.Trust.Doubts) == 0 && (err == nil || own) {
		return nil
	}
	yes, err := f.Ask.Confirm(ctx, question(s))
	switch {
	case errors.Is(err, ask.ErrCancelled), err == nil && !yes:
		return ask.ErrCancelled
	case err != nil:
		return &Trouble{
			What:  "This desktop has no program that could show you the fingerprint of " + s.Host + ".",
			Next:  "Install zenity or kdialog, or run: mcos client patch --host " + s.Host + ".",
			Cause: err,
		}
	}
	return nil
}

// question is what the player has to answer before a certificate is trusted.
func question(s client.Server) string {
	var text strings.Builder
	text.WriteString("You are about to connect to " + s.Host + ". Check this code with the host (on that computer: mcos keys show):\n\n" +
		grouped(s.Thumbprint()) + "\n\nThe certificate can prove to be: " + s.Trust.Uses() + ".\n\n")
	for _, d := range s.Trust.Doubts {
		text.WriteString("WARNING: " + d.Text + "\n\n")
	}
	text.WriteString("Connect and trust this server?")
	return text.String()
}

// grouped is a fingerprint that can be read aloud.
func grouped(thumbprint string) string {
	var parts []string
	for i := 0; i < len(thumbprint); i += 4 {
		parts = append(parts, thumbprint[i:min(i+4, len(thumbprint))])
	}
	return strings.Join(parts, " ")
}

// arguments are those of a client command for a place.
func (f *Flow) arguments(at Place, args ...string) []string {
	if prefix := at.Prefix(); prefix != "" {
		args = append(args, "--wine-prefix", prefix)
	}
	return args
}

// helperTrouble says what the helper said, as far as it was meant for people.
func helperTrouble(what, said string, err error) *Trouble {
	const next = "Your game is as it was; put that right and click again."
	if errors.Is(err, ErrRefused) {
		return &Trouble{What: what + " It needs your permission.", Next: "Click again and answer Yes when Windows asks.", Cause: err}
	}
	var words []string
	for line := range strings.Lines(said) {
		if text, ok := strings.CutPrefix(line, "mcos: "); ok {
			words = append(words, sentence(text))
		}
	}
	if len(words) == 0 {
		return trouble(what, err, "Your game is as it was; run mcos client patch --dry-run to see more.")
	}
	t := &Trouble{What: strings.TrimSuffix(what, ".") + ": " + lower(strings.Join(words, "; ")) + ".", Next: next, Cause: err}
	if strings.Contains(said, "undo record is kept") {
		t.Next = "Remove the cause, then choose Original settings under Point game at."
	}
	return t
}
