package pages

import (
	"strings"

	"mcos/app/admin"
)

// accountsShown is how many rows one page of the list has.
const accountsShown = 50

// playersData is what the list of players shows.
type playersData struct {
	admin.Players
	Search string
}

// players lists accounts with their drivers: those who play now first, then those
// who were here last.
func (v *visit) players() error {
	d := playersData{Search: strings.TrimSpace(v.query("q"))}
	var err error
	if d.Players, err = v.p.Directory.Players(v.r.Context(), d.Search, accountsShown); err != nil {
		return err
	}
	return v.show("players.html", page{Title: "Players", Here: "/players", Data: d})
}

// addAccount makes an account.
func (v *visit) addAccount() error {
	a, err := v.p.Admin.AddAccount(v.r.Context(), admin.NewAccount{Name: v.form("name"), Password: v.r.PostForm.Get("password")})
	if err != nil {
		return v.refused("/players", err)
	}
	return v.done(accountAt(a.Name), "The account %s is there. Its player can log in now.", a.Name)
}
