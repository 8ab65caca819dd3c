package pages

import (
	"cmp"
	"slices"
	"strings"

	"mcos/app/admin"
)

// accountsShown is how many rows one page of the list has.
const accountsShown = 100

// playersData is what the list of players shows.
type playersData struct {
	Search string
	Rows   []playerRow
	Found  int // before the list was cut to a page
	All    int
}

// playerRow is an account with its drivers.
type playerRow struct {
	admin.Account
	Drivers []admin.Persona
	Online  bool
}

// players lists accounts with their drivers: those who play now first, then those
// who were here last.
func (v *visit) players() error {
	accounts, err := v.p.Admin.Accounts(v.r.Context())
	if err != nil {
		return err
	}
	personas, err := v.p.Admin.Personas(v.r.Context(), "")
	if err != nil {
		return err
	}
	d := playersData{Search: strings.TrimSpace(v.query("q")), All: len(accounts)}
	d.Rows = playerRows(accounts, personas, d.Search)
	d.Found = len(d.Rows)
	d.Rows = d.Rows[:min(len(d.Rows), accountsShown)]
	return v.show("players.html", page{Title: "Players", Here: "/players", Data: d})
}

func playerRows(accounts []admin.Account, personas []admin.Persona, search string) []playerRow {
	of := map[string][]admin.Persona{}
	for _, p := range personas {
		of[p.Account] = append(of[p.Account], p)
	}
	var rows []playerRow
	for _, a := range accounts {
		row := playerRow{Account: a, Drivers: of[a.Name]}
		row.Online = slices.ContainsFunc(row.Drivers, func(p admin.Persona) bool { return p.Online })
		if row.matches(search) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b playerRow) int {
		if a.Online != b.Online {
			if a.Online {
				return -1
			}
			return 1
		}
		return cmp.Or(b.LastLogin.Compare(a.LastLogin), cmp.Compare(b.ID, a.ID))
	})
	return rows
}

// matches tells whether the account or one of its drivers has the text in its
// name.
func (r playerRow) matches(search string) bool {
	search = strings.ToLower(search)
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), search) }
	return has(r.Name) || slices.ContainsFunc(r.Drivers, func(p admin.Persona) bool { return has(p.Name) })
}

// addAccount makes an account.
func (v *visit) addAccount() error {
	a, err := v.p.Admin.AddAccount(v.r.Context(), admin.NewAccount{Name: v.form("name"), Password: v.r.PostForm.Get("password")})
	if err != nil {
		return v.refused("/players", err)
	}
	return v.done(accountAt(a.Name), "The account %s is there. Its player can log in now.", a.Name)
}
