package gateway

import (
	"errors"
	"time"

	"mcos/app/pace"
)

// effect is what a message does beyond being answered. Each row of a table says so,
// and what has an effect has a pace (see package pace): a player who causes more than
// that for others, or for the disk, is not closed but slowed.
type effect uint8

const (
	tells  effect = 1 << iota // others are told: it waits while too much has been told
	passes                    // the same, but it is left out instead of waiting
	writes                    // the store is changed: it waits while too much has been
)

// Tells says that the message is told on to others: it is read later when its sender
// has had too much told. Joins and the like must not be lost.
func (r Row) Tells() Row {
	r.effect |= tells
	return r
}

// Passes says that the message is passed on to others as it is: it is left out when
// its sender has had too much told. What comes late would be of no use.
func (r Row) Passes() Row {
	r.effect |= passes
	return r
}

// Writes says that the message changes what is stored: it waits when its sender has
// changed too much.
func (r Row) Writes() Row {
	r.effect |= writes
	return r
}

// Paced reports whether the row says that the message has an effect on others or on
// the store.
func (r Row) Paced() bool { return r.effect != 0 }

// ErrPace says that a player has had more told to others than one can need.
var ErrPace = errors.New("more told to others than pace.told allows; left out")

// perRequest is what a request costs besides its bytes and those of its answers.
const perRequest = 512

// slowed says which paces a connection has been told to be over, so that the log has
// one line for each.
type slowed [pace.Writes + 1]bool

// settle takes from the budget what a message of this size has cost. What is owed for
// it is waited for before the next one.
func (c *Conn) settle(size int) {
	b := c.budget.Load()
	if told := c.told.Swap(0); told > 0 {
		b.Spend(pace.Told, int(told))
	}
	c.rest = b.Spend(pace.Work, size+perRequest+c.answered)
	c.answered = 0
}

// ready waits until the client may be asked for its next message: it has taken enough
// of its answers, and owes nothing for what it has asked so far. It reports false when
// the connection has ended instead.
func (c *Conn) ready() bool {
	for c.out.answers() > c.out.limit/2 {
		select {
		case <-c.out.eased:
		case <-c.done:
			return false
		}
	}
	if c.rest == 0 {
		return true
	}
	c.rest = 0
	return c.repay(pace.Work, "pace.requests")
}

// pay lets a message with an effect through, after a wait where one is due. It returns
// ErrPace for a message that is left out, and reports false when the connection has
// ended meanwhile.
func (c *Call) pay(e effect) (ok bool, err error) {
	b := c.budget.Load()
	if e&passes != 0 && b.Debt(pace.Told) > 0 {
		c.note(pace.Told, "pace.told", "left out")
		return true, ErrPace
	}
	if e&tells != 0 && !c.repay(pace.Told, "pace.told") {
		return false, nil
	}
	if e&writes != 0 {
		if !c.repay(pace.Writes, "pace.writes") {
			return false, nil
		}
		b.Spend(pace.Writes, 1)
	}
	return true, nil
}

// repay waits until nothing of a kind is owed any more, or the connection has ended.
func (c *Conn) repay(k pace.Kind, setting string) bool {
	for {
		due := c.budget.Load().Debt(k)
		if due == 0 {
			return true
		}
		c.note(k, setting, "made to wait")
		wait := time.NewTimer(due)
		select {
		case <-wait.C:
		case <-c.done:
			wait.Stop()
			return false
		}
	}
}

// note tells the operator once for each connection that it is over a pace.
func (c *Conn) note(k pace.Kind, setting, what string) {
	if c.slowed[k] {
		return
	}
	c.slowed[k] = true
	c.Log().WithField("setting", setting).Warn("a player causes more than one can need; the rest is " + what)
}

// MayCreate takes a new driver from the account's budget and reports whether it may
// be created.
func (c *Call) MayCreate() bool { return c.budget.Load().Allow(pace.Drivers, 1) }

// payFrom makes the budget of an account the one that the connection's messages are
// paid from, beginning with the one that has said whose it is. It reports false when
// the connection has ended while that had to wait.
func (c *Conn) payFrom(account uint32) bool {
	b := c.server.opts.Pace.Account(account)
	if c.budget.Swap(b) == b || c.call.row == nil {
		return true
	}
	ok, _ := c.call.pay(c.call.row.effect &^ passes)
	return ok
}
