package nps

import (
	"errors"
	"fmt"
	"strings"
)

// GameName is what the client calls itself in the requests that name the game
// (nps-login-persona 0).
const GameName = "Motor City"

// ErrNameQuery says that a body asks for nobody by name.
var ErrNameQuery = errors.New("nps: no request by name")

// The two forms in which 0x519 and 0x518 may ask by name, u32 and texts in either
// order; which text is the game's name is seen from what it says. Neither has been
// recorded (nps-login-persona 4.12, DECISIONS 37 and 38).
var (
	PersonaInfoByName = guess[NumberFirstBody](GetPersonaInfo.Message, "persona_info_reply=name")
	PersonaInfoByText = guess[TextFirstBody](GetPersonaInfo.Message, "persona_info_reply=name, text first")
	BuddyInfoByName   = guess[NumberFirstBody](GetBuddyInfo.Message, "nps.buddies on, buddy_info_request=name")
	BuddyInfoByText   = guess[TextFirstBody](GetBuddyInfo.Message, "nps.buddies on, buddy_info_request=name, text first")
)

// NumberFirstBody asks about a name: who asks, then two texts, one of them the name
// of the game.
type NumberFirstBody struct {
	Asking uint32 // customer id in 0x519; customer or persona id in 0x518
	First  string `wire:"str16=256"`
	Second string `wire:"str16=256"`
}

// TextFirstBody is the same with the number between the texts.
type TextFirstBody struct {
	First  string `wire:"str16=256"`
	Asking uint32
	Second string `wire:"str16=256"`
}

// NameQuery is what a request by name wants to know.
type NameQuery struct {
	Asking uint32 // the number in it: customer or persona
	Name   string // as sent, without NULs at its end; it may be no valid name
}

// ReadNameQuery reads the body of a 0x519 or 0x518 that asks by name, in either
// order of its fields. The text that is not GameName is the name; when both are,
// somebody asks for that name. The error wraps ErrNameQuery. Bytes behind the last
// field do not matter (nps-login-persona 1.4).
func ReadNameQuery(body []byte) (NameQuery, error) {
	number, err := PersonaInfoByName.Decode(body)
	if err == nil {
		if q, ok := askedFor(number.Asking, number.First, number.Second); ok {
			return q, nil
		}
	}
	text, terr := PersonaInfoByText.Decode(body)
	if terr == nil {
		if q, ok := askedFor(text.Asking, text.First, text.Second); ok {
			return q, nil
		}
	}
	if err = errors.Join(err, terr); err != nil {
		return NameQuery{}, fmt.Errorf("%w: %w", ErrNameQuery, err)
	}
	return NameQuery{}, fmt.Errorf("%w: neither text is %q", ErrNameQuery, GameName)
}

// askedFor tells the wanted name from the game's.
func askedFor(asking uint32, first, second string) (NameQuery, bool) {
	first, second = strings.TrimRight(first, "\x00"), strings.TrimRight(second, "\x00")
	switch GameName {
	case first:
		return NameQuery{asking, second}, true
	case second:
		return NameQuery{asking, first}, true
	}
	return NameQuery{}, false
}
