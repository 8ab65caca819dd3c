package netaddr

import (
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
)

// Report is the last time that a client was told something that will not do.
type Report struct {
	At   time.Time
	From Arrival
	Told Told
}

// remember keeps a trouble for the doctor and the console, and logs the first one of
// each kind.
func (a *Advertiser) remember(from Arrival, t Told) {
	report := &Report{At: a.opts.Now(), From: from, Told: t}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trouble = report
	if a.logged[t.Trouble] {
		return
	}
	a.logged[t.Trouble] = true
	what, next := report.Text()
	a.opts.Log.WithFields(logrus.Fields{"remote": plain(from.Remote).String(), "told": t.IPv4.String()}).Warn(what + " " + next)
}

// Trouble is the last report, nil when everybody could be told something useful.
func (a *Advertiser) Trouble() *Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

// Text says what has happened and what the operator can do, in two sentences.
func (r *Report) Text() (what, next string) {
	switch r.Told.Trouble {
	case NoPublicHost:
		return fmt.Sprintf("A player from outside (%s) was told to connect to %s, which works on your own network only.", plain(r.From.Remote), r.Told.Host),
			"Set server.public_host to the name or address that players outside use."
	case HiddenTunnel:
		return fmt.Sprintf("Someone on this computer connected to %s and was told %s. If that is a tunnel, players at its other end cannot get in.", r.From.Typed, r.Told.Host),
			fmt.Sprintf("If it is one, set server.public_host to the name that players type (%s?), or list the tunnel in server.tunnels.", r.From.Typed)
	case UnknownHost:
		return fmt.Sprintf("The name %s could not be looked up yet, so a player from outside (%s) was told to connect to %s, which works on your own network only.",
				r.Told.Host, plain(r.From.Remote), r.Told.IPv4),
			"Check this computer's name service (DNS), or set server.public_host to an address."
	}
	return "", ""
}
