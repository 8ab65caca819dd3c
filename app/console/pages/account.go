package pages

import (
	"strconv"
	"strings"

	"mcos/app/admin"
)

func accountAt(name string) string { return at("/account", "name", name) }

// accountData is what the page of one account shows.
type accountData struct {
	admin.Player
	// Login is the one of the moment, if there is one, and From its address
	// without the port.
	Login *admin.Login
	From  string
	// Deleted are the drivers that can be brought back.
	Deleted []admin.Deleted
}

// account shows one account.
func (v *visit) account() error {
	p, err := v.p.Directory.Player(v.r.Context(), v.query("name"))
	if err != nil {
		return err
	}
	d := accountData{Player: p}
	if err := v.loginOf(&d); err != nil {
		return err
	}
	if d.Deleted, err = v.p.Admin.Deleted(v.r.Context(), p.Name); err != nil && admin.KindOf(err) != admin.NotFound {
		return err
	}
	return v.show("account.html", page{Title: "Account " + p.Name, Here: "/players", Data: d})
}

// loginOf finds out from where somebody is logged in.
func (v *visit) loginOf(d *accountData) error {
	logins, err := v.p.Admin.Logins(v.r.Context())
	if err != nil {
		return err
	}
	for _, l := range logins {
		if l.AccountID == d.ID {
			d.Login, d.From = &l, hostOf(l.Remote)
		}
	}
	return nil
}

// resetPassword gives the account a new password.
func (v *visit) resetPassword() error {
	name := v.form("name")
	err := v.p.Admin.SetPassword(v.r.Context(), admin.Password{Name: name, Password: v.r.PostForm.Get("password")})
	return v.result(accountAt(name), err, "%s has the new password. Whoever was logged in with the old one has been logged out.", name)
}

// restore brings a deleted driver back.
func (v *visit) restore() error {
	account := v.form("name")
	id, err := strconv.ParseUint(v.form("id"), 10, 32)
	if err != nil {
		return v.refused(accountAt(account), &admin.Error{Kind: admin.Invalid, Text: "which driver?"})
	}
	d, err := v.p.Admin.RestorePersona(v.r.Context(), admin.RestorePersona{ID: uint32(id), As: v.form("as")})
	if err != nil {
		return v.refused(accountAt(account), err)
	}
	return v.done(driverAt(d.Name), "%s is back.", d.Name)
}

// ban locks the account.
func (v *visit) ban() error {
	name := v.form("name")
	err := v.p.Admin.Ban(v.r.Context(), admin.Ban{Name: name, Reason: v.form("reason")})
	return v.result(accountAt(name), err, "%s is banned.", name)
}

// unban lets the account in again.
func (v *visit) unban() error {
	name := v.form("name")
	return v.result(accountAt(name), v.p.Admin.Unban(v.r.Context(), name), "%s may log in again.", name)
}

// removeAccount removes the account, when its name was written once more.
func (v *visit) removeAccount() error {
	name := v.form("name")
	if !strings.EqualFold(v.form("confirm"), name) {
		return v.refused(accountAt(name), &admin.Error{Kind: admin.Invalid, Text: "to remove the account, write its name into the field"})
	}
	if err := v.p.Admin.RemoveAccount(v.r.Context(), name); err != nil {
		return v.refused(accountAt(name), err)
	}
	return v.done("/players", "The account %s has been removed.", name)
}
