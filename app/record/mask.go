package record

import (
	"strings"

	"mcos/app/record/tape"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// mask overwrites what is secret in a message and names it. m is nil for a message
// that nobody knows.
func mask(m *wire.Message, number uint16, early bool, body []byte) []string {
	if m != nil {
		return m.Layout().Mask(body)
	}
	if len(body) == 0 || !early && !nps.SecretNumber(number) {
		return nil
	}
	clear(body)
	return []string{"body"}
}

// pieces joins a text with or without its secrets.
func pieces(text []Piece, secrets bool) (b []byte, masked []string) {
	for _, p := range text {
		if !p.Secret || secrets || p.Text == "" {
			b = append(b, p.Text...)
			continue
		}
		b = append(b, strings.Repeat("*", len(p.Text))...)
		if masked == nil {
			masked = []string{"secret texts"}
		}
	}
	return b, masked
}

// known finds the declaration of a message.
func known(e *tape.Entry, body []byte) *wire.Message {
	return tape.Message(e.Family, e.Direction(), e.Number, body)
}
