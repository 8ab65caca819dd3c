package storage

import (
	"net/netip"
	"strings"
	"time"
)

// AddressBan keeps an address, or a network, away from the server. Network is
// masked and is IPv4 in its short form where it can be; there is at most one ban of
// a network.
type AddressBan struct {
	Network netip.Prefix `json:"network"`
	Reason  string       `json:"reason,omitempty"` // for the operator
	Created time.Time    `json:"created"`
}

// Invite is a code with which accounts can be made where strangers may not make
// any. Case and hyphens of the code do not count.
type Invite struct {
	Code    string    `json:"code"`
	Note    string    `json:"note,omitempty"` // for the operator
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // never when zero
	Uses    int       `json:"uses"`             // accounts it is good for
	// Accounts are the customer ids of those that were made with it, dead ones
	// too.
	Accounts []uint32 `json:"accounts,omitempty"`
}

// Valid reports whether another account can be made with the code.
func (i Invite) Valid(now time.Time) bool {
	return len(i.Accounts) < i.Uses && (i.Expires.IsZero() || now.Before(i.Expires))
}

// FoldCode returns the form of an invite code in which two codes are equal when
// they are the same one.
func FoldCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}
