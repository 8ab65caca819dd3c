package pages

import (
	"strconv"

	"mcos/app/admin"
)

func driverAt(name string) string { return at("/driver", "name", name) }

// driver shows one persona with its cars and its money.
func (v *visit) driver() error {
	g, err := v.p.Admin.Persona(v.r.Context(), v.query("name"))
	if err != nil {
		return err
	}
	return v.show("driver.html", page{Title: "Driver " + g.Name, Here: "/players", Data: g})
}

// grant gives the driver money, or takes some.
func (v *visit) grant() error {
	name := v.form("name")
	cash, err := strconv.ParseInt(v.form("cash"), 10, 64)
	if err != nil {
		return v.refused(driverAt(name), &admin.Error{Kind: admin.Invalid, Text: "the amount must be a whole number of dollars, such as 500 or -500"})
	}
	p, err := v.p.Admin.Grant(v.r.Context(), admin.Grant{Name: name, Cash: cash, Note: v.form("note")})
	if err != nil {
		return v.refused(driverAt(name), err)
	}
	if cash < 0 {
		return v.done(driverAt(p.Name), "%s taken from %s, who has %s now.", money(-cash), p.Name, money(p.Cash))
	}
	return v.done(driverAt(p.Name), "%s given to %s, who has %s now.", money(cash), p.Name, money(p.Cash))
}

// rename gives the driver another name.
func (v *visit) rename() error {
	name := v.form("name")
	p, err := v.p.Admin.Rename(v.r.Context(), admin.Rename{Name: name, To: v.form("to")})
	if err != nil {
		return v.refused(driverAt(name), err)
	}
	return v.done(driverAt(p.Name), "%s is called %s now.", name, p.Name)
}

// mute lets nobody hear what the driver writes.
func (v *visit) mute() error {
	name := v.form("name")
	_, err := v.p.Admin.Mute(v.r.Context(), admin.Mute{Name: name})
	return v.result(driverAt(name), err, "Nobody hears what %s writes now. The player is not told.", name)
}

// unmute takes that back.
func (v *visit) unmute() error {
	name := v.form("name")
	return v.result(driverAt(name), v.p.Admin.Unmute(v.r.Context(), name), "%s is heard again.", name)
}
