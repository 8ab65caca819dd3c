package limits

import (
	"net/netip"
	"sync/atomic"
)

// RuleTotal is the rule by which nobody gets in any more.
var RuleTotal = Rule{"too many connections altogether", "limits.connections says how many; raise it, or the number of open files that the system allows this program, such as LimitNOFILE of the service"}

// bound is how many connections there may be altogether.
type bound struct {
	total, reserve int64 // 0: no bound
	known          func(netip.Addr) bool
	open           atomic.Int64
}

// Bound sets how many connections there may be altogether. The last of them, the
// reserve, are kept for those who are known: addresses from which somebody has logged
// in, and exempt ones. A flood of strangers so leaves players their way back into the
// lobby and the race. It must be called before the limiter is used.
func (l *Limiter) Bound(total, reserve int, known func(netip.Addr) bool) {
	l.bound.total, l.bound.reserve, l.bound.known = int64(total), int64(reserve), known
}

// place takes a place for a connection, which Disconnect gives back.
func (l *Limiter) place(addr netip.Addr) bool {
	b := &l.bound
	n := b.open.Add(1)
	if b.total == 0 || n <= b.total-b.reserve || n <= b.total && (l.isExempt(addr) || b.known(plain(addr))) {
		return true
	}
	b.open.Add(-1)
	// Of this there is one line a minute, wherever they come from.
	if l.teller.due(refusal{rule: RuleTotal}) {
		l.teller.tell(RuleTotal, addr)
	}
	return false
}
