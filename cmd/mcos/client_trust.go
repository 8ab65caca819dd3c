package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	game "mcos/installer/client"
)

// warnings are what --despite takes.
var warnings = []string{"dates", "name", "sha1"}

func (f *patchFlags) checkDespite() error {
	for _, word := range f.despite {
		if !slices.Contains(warnings, word) {
			return usagef("--despite: %q is none of %s", word, strings.Join(warnings, ", "))
		}
	}
	return nil
}

// showCertificate says what would be trusted.
func (p *program) showCertificate(s game.Server) {
	fmt.Fprintf(p.err, "Server %s, certificate fingerprint (SHA-1) %s\n", s.Host, s.Thumbprint())
	fmt.Fprintf(p.err, "It can prove to be: %s\n", s.Trust.Uses())
	for _, d := range s.Trust.Doubts {
		fmt.Fprintf(p.err, "Warning: %s\n", d.Text)
	}
}

// agree has the player agree to a server that is not on this computer, and to what is
// odd about its certificate. --yes stands for the usual question only: whoever is not
// asked has to name each warning.
func (p *program) agree(f *patchFlags, s game.Server) error {
	var open []string
	for _, d := range s.Trust.Doubts {
		if !slices.Contains(f.despite, string(d.Kind)) {
			open = append(open, string(d.Kind))
		}
	}
	if len(open) > 0 && (f.yes || p.ask == nil) {
		var text strings.Builder
		for _, d := range s.Trust.Doubts {
			if slices.Contains(open, string(d.Kind)) {
				fmt.Fprintf(&text, " %s", d.Text)
			}
		}
		return fmt.Errorf("nothing was changed.%s To use it anyway, add --despite %s", text.String(), strings.Join(open, ","))
	}
	question := "Compare the fingerprint with what the operator of the server says. Trust it?"
	switch {
	case len(open) > 0:
		question = "There are warnings, see above. " + question
	case f.host == "" || f.yes:
		return nil
	}
	ok, err := p.confirm(question)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("nothing was changed")
	}
	return nil
}
