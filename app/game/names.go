package game

import "fmt"

// Longest texts, in characters.
const (
	maxName      = 10
	maxPlate     = 7
	maxCarNumber = 2
)

// ValidName checks the form of a persona name: 1 to 10 printable ASCII characters
// with no space at either end ("nps-login-persona 4.13"). The error wraps
// ErrName.
func (r *Rules) ValidName(name string) error { return checkText(name, 1, maxName, ErrName) }

// ValidPlate checks the form of a licence plate: 1 to 7 printable ASCII
// characters with no space at either end ("nps-login-persona 4.8"). No plate at
// all is a matter of the caller. The error wraps ErrText.
func (r *Rules) ValidPlate(text string) error { return checkText(text, 1, maxPlate, ErrText) }

// ValidCarNumber checks the form of a racing number: at most 2 printable ASCII
// characters ("mcots-1 6.2"). The error wraps ErrText.
func (r *Rules) ValidCarNumber(text string) error {
	if len(text) > maxCarNumber || !printable(text) {
		return fmt.Errorf("%q: %w", text, ErrText)
	}
	return nil
}

func checkText(text string, least, most int, problem error) error {
	ok := len(text) >= least && len(text) <= most && printable(text)
	if ok && least > 0 {
		ok = text[0] != ' ' && text[len(text)-1] != ' '
	}
	if !ok {
		return fmt.Errorf("%q: %w", text, problem)
	}
	return nil
}

// printable reports whether the text is all in 0x20 to 0x7E.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7E {
			return false
		}
	}
	return true
}
