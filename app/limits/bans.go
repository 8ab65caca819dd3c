package limits

import "net/netip"

// SetBans replaces the networks that may not connect at all.
func (l *Limiter) SetBans(networks []netip.Prefix) { l.bans.Store(&networks) }

// Banned reports whether an address may not connect at all. No exemption helps
// against a ban.
func (l *Limiter) Banned(addr netip.Addr) bool {
	networks := l.bans.Load()
	if networks == nil {
		return false
	}
	addr = plain(addr)
	for _, network := range *networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
