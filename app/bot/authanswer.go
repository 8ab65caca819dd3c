package bot

import (
	"fmt"
	"strings"
)

// maxTicket is the longest ticket that fits the login message 0x501.
const maxTicket = 256

// ParseAuthAnswer reads the body of an AuthLogin answer and returns the ticket (web-and-client 2.3 and 2.5). A refusal in either
// known form is an *AuthRefusal; other errors wrap ErrMalformed and never quote the body, which may hold a ticket.
func ParseAuthAnswer(body string) (ticket string, err error) {
	values := map[string]string{}
	number := 0
	for line := range strings.Lines(body) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return "", fmt.Errorf("%w: line %d of the login answer is not of the form key=value", ErrMalformed, number)
		}
		if _, twice := values[key]; twice {
			return "", fmt.Errorf("%w: line %d of the login answer says something a second time", ErrMalformed, number)
		}
		values[key] = value
	}
	valid, said := values["Valid"]
	code, refused := values["reasoncode"]
	switch {
	case valid == "TRUE" && !refused:
		return checkTicket(values["Ticket"])
	case refused && (!said || valid == "FALSE"):
		return "", &AuthRefusal{Code: code, Text: values["reasontext"], URL: values["reasonurl"]}
	default:
		return "", fmt.Errorf("%w: the login answer of %d lines neither accepts nor refuses", ErrMalformed, number)
	}
}

func checkTicket(ticket string) (string, error) {
	if ticket == "" || len(ticket) > maxTicket {
		return "", fmt.Errorf("%w: a ticket of %d characters", ErrMalformed, len(ticket))
	}
	for _, r := range ticket {
		if r <= ' ' || r > '~' {
			return "", fmt.Errorf("%w: the ticket holds other than printable characters", ErrMalformed)
		}
	}
	return ticket, nil
}
