package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mcos/app/record"
)

// afterPassword are the parameters that the game sends behind the password
// (web-and-client 2.1).
var afterPassword = []string{"serviceID", "version"}

// credentials finds the name and the password in the query of a login, the password
// in every way that it can be read. Nobody knows how the game's library escapes what
// the player typed, so a password may come escaped or as it is: "a&b%41" may stand
// for itself, and then its second half looks like a parameter. Of parameters that
// come twice the first one counts. There is no reading of an empty password.
func credentials(query string) (name string, readings []string) {
	var hasName bool
	for at := 0; at <= len(query); {
		pair, _, _ := strings.Cut(query[at:], "&")
		key, value, _ := strings.Cut(pair, "=")
		switch key = unescape(key); {
		case key == "username" && !hasName:
			name, hasName = unescape(value), true
		case key == "password" && readings == nil:
			whole := value + untilKnown(query[at+len(pair):])
			readings = []string{unescape(value), unescape(whole), whole}
		}
		at += len(pair) + len("&")
	}
	slices.Sort(readings)
	readings = slices.Compact(readings)
	return name, slices.DeleteFunc(readings, func(text string) bool { return text == "" })
}

// untilKnown is what stands before the first parameter that the game sends behind a
// password.
func untilKnown(rest string) string {
	for at := 0; at < len(rest); {
		next, _, _ := strings.Cut(rest[at+1:], "&")
		if key, _, assigned := strings.Cut(next, "="); assigned && slices.Contains(append(afterPassword, "username"), key) {
			return rest[:at]
		}
		at += len("&") + len(next)
	}
	return rest
}

// unescape decodes %XX. A plus sign stays one: in a form it would mean a blank,
// but neither names nor passwords have blanks, so here it can only be a plus sign
// that was sent as it is.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// plainValues are the parameters of a query whose values are no secret.
var plainValues = []string{"username", "serviceID", "version", "prodID", "id", "apt", "APT", "param1", "Param1", "p1", "P1"}

// harmless is what a parameter behind a password may hold to be shown. Anything else
// may be a part of the password.
var harmless = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,3})?$`)

// queryText cuts a query at what may be secret: all but the parameters that are known
// to be none. What follows a parameter that nobody knows, or that spells "password" in
// an odd way, may belong to its value up to the next one that the game sends there.
func queryText(query string) []record.Piece {
	if query == "" {
		return nil
	}
	var text []record.Piece
	before, inside := "?", false
	for pair := range strings.SplitSeq(query, "&") {
		key, value, assigned := strings.Cut(pair, "=")
		plain := assigned && slices.Contains(plainValues, key)
		if inside {
			plain = plain && slices.Contains(afterPassword, key) && harmless.MatchString(value)
		}
		switch {
		case plain:
			text = append(text, record.Piece{Text: before + pair})
		case key == "password" && assigned && !inside:
			text = append(text, record.Piece{Text: before + "password="}, record.Piece{Text: value, Secret: true})
		default:
			text = append(text, record.Piece{Text: before}, record.Piece{Text: pair, Secret: true})
		}
		inside = !plain
		before = "&"
	}
	return text
}
