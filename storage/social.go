package storage

import "time"

// Longest texts of a mail, in bytes. The game's own table held 30, 255 and 50
// characters ("mcots-2 6.6"), which are one byte each on the wire and up to two
// here.
const (
	MaxMailTitle  = 2 * 30
	MaxMailText   = 2 * 255
	MaxMailSender = 2 * 50
)

// Mail is one in-game mail in the mailbox of one persona ("nps-login-persona 3",
// "mcots-2 6.6").
//
// ID is the mail id of the wire messages (u32) and grows with every mail of the
// store. To is the persona whose mailbox it is in. From is the persona that sent
// it, 0 for the server itself; Sender is the name to show, which stays when that
// persona is deleted or its name taken over. A mail is over at Expires, unless
// that is zero.
type Mail struct {
	ID      uint32    `json:"id"`
	To      uint32    `json:"to"`
	From    uint32    `json:"from,omitempty"`
	Sender  string    `json:"sender"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Sent    time.Time `json:"sent"`
	Expires time.Time `json:"expires,omitzero"`
	Read    bool      `json:"read,omitempty"`
}

// Expired reports whether the mail is over at a moment.
func (m Mail) Expired(now time.Time) bool { return !m.Expires.IsZero() && !now.Before(m.Expires) }

// Buddy is one entry of a persona's buddy list: Owner has put Persona on it
// ("nps-login-persona 4.5"). There is at most one entry for a pair; it says
// nothing about the other direction.
type Buddy struct {
	Owner   uint32    `json:"owner"`
	Persona uint32    `json:"persona"`
	Added   time.Time `json:"added"`
}
