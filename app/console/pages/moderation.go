package pages

import (
	"net"
	"net/netip"
	"strconv"

	"mcos/app/admin"
)

// invitesData is what the page of the invite codes shows.
type invitesData struct {
	Codes []admin.Invite
	// Signup is the rule for new accounts; empty when it is not known.
	Signup string
}

// invites lists the invite codes.
func (v *visit) invites() error {
	codes, err := v.p.Admin.Invites(v.r.Context())
	if err != nil {
		return err
	}
	d := invitesData{Codes: codes}
	if v.p.Setup != nil {
		d.Signup = v.p.Setup.Signup
	}
	return v.show("invites.html", page{Title: "Invite codes", Here: "/players", Data: d})
}

// addInvite makes a code.
func (v *visit) addInvite() error {
	in := admin.NewInvite{Note: v.form("note")}
	for field, number := range map[string]*int{"uses": &in.Uses, "days": &in.Days} {
		text := v.form(field)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return v.refused("/invites", &admin.Error{Kind: admin.Invalid, Text: "the field " + field + " must be a whole number"})
		}
		*number = n
	}
	i, err := v.p.Admin.AddInvite(v.r.Context(), in)
	return v.result("/invites", err, "The new code is %s.", i.Code)
}

// removeInvite makes a code worthless.
func (v *visit) removeInvite() error {
	code := v.form("code")
	return v.result("/invites", v.p.Admin.RemoveInvite(v.r.Context(), code), "The code %s is worth nothing any more.", code)
}

// bansData is what the page of the banned addresses shows.
type bansData struct {
	Bans []admin.AddressBan
	// Network is what somebody wants to ban.
	Network string
}

// bans lists the banned addresses.
func (v *visit) bans() error {
	list, err := v.p.Admin.AddressBans(v.r.Context())
	if err != nil {
		return err
	}
	return v.show("bans.html", page{Title: "Banned addresses", Here: "/players", Data: bansData{Bans: list, Network: v.query("network")}})
}

// banAddress keeps an address or a network away.
func (v *visit) banAddress() error {
	b, err := v.p.Admin.BanAddress(v.r.Context(), admin.NewAddressBan{Network: v.form("network"), Reason: v.form("reason")})
	return v.result("/bans", err, "%s is banned; %s closed.", b.Network, count(b.Closed, "connection was", "connections were"))
}

// unbanAddress takes that back.
func (v *visit) unbanAddress() error {
	network := v.form("network")
	return v.result("/bans", v.p.Admin.UnbanAddress(v.r.Context(), network), "%s may connect again.", network)
}

// hostOf is the address of a remote end without its port; "" for loopback, which
// cannot be banned.
func hostOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.IsLoopback() {
		return ""
	}
	return addr.Unmap().String()
}
