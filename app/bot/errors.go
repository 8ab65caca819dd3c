package bot

import (
	"errors"
	"fmt"
	"strings"

	"mcos/protocol/mcots"
)

// The reasons why a step fails, beside those of the network and of contexts. They stand in an *Error.
var (
	// ErrRefused says that the server answered, and the answer was no. The other refusals wrap it.
	ErrRefused = errors.New("the server refuses")
	// ErrNameTaken says that somebody has this persona name.
	ErrNameTaken = fmt.Errorf("%w: the name is taken", ErrRefused)
	// ErrText says that a name or plate holds what is not allowed.
	ErrText = fmt.Errorf("%w: the text is not allowed", ErrRefused)
	// ErrPersonaLimit says that the account has all the personas it may have.
	ErrPersonaLimit = fmt.Errorf("%w: the account has no room for another persona", ErrRefused)
	// ErrShardClosed says that no persona can be made on this shard.
	ErrShardClosed = fmt.Errorf("%w: the shard is closed for new personas", ErrRefused)

	// ErrUnexpected says that another message came than the one that was due.
	ErrUnexpected = errors.New("another message was due")
	// ErrMalformed says that an answer is not of the form that the client reads.
	ErrMalformed = errors.New("malformed answer")
	// ErrClosed says that the connection has ended.
	ErrClosed = errors.New("the connection is closed")
	// ErrOrder says that a method was called before the step that it builds on.
	ErrOrder = errors.New("an earlier step is missing")
)

// Error is a step that failed.
type Error struct {
	Step  string // what was being done, such as "select persona"
	Where string // service and address, such as "persona 127.0.0.1:8228"
	Want  string // the answer that was due, if any
	Got   string // the answer that came, if any
	Err   error  // the reason
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Step)
	if e.Where != "" {
		b.WriteString(" at " + e.Where)
	}
	if e.Want != "" {
		b.WriteString(": expected " + e.Want)
		got := e.Got
		if got == "" {
			got = "nothing"
		}
		b.WriteString(", received " + got)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// AuthRefusal is a login that AuthLogin refused (web-and-client 2.5); errors.Is finds ErrRefused in it.
type AuthRefusal struct {
	Code string // such as INV-110
	Text string // what the player reads
	URL  string // a page that explains the remedy
}

func (r *AuthRefusal) Error() string { return fmt.Sprintf("login refused: %s %q", r.Code, r.Text) }

// Unwrap returns ErrRefused.
func (r *AuthRefusal) Unwrap() error { return ErrRefused }

// Refusal is an MCOTS request that was answered with 102 (mcots-1 2.3); errors.Is finds ErrRefused in it.
type Refusal struct {
	Request uint16
	Reason  mcots.Reason
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("request %d refused with reason %s", r.Request, r.Reason)
}

// Unwrap returns ErrRefused.
func (r *Refusal) Unwrap() error { return ErrRefused }
