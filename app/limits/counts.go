package limits

import "net/netip"

// Counts tells as whom an address is counted, and whether it is counted at all: no
// limit for strangers applies to an exempt one.
func (l *Limiter) Counts(addr netip.Addr) (as netip.Addr, limited bool) {
	return group(addr), !l.isExempt(addr)
}
