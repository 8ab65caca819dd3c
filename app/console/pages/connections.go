package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mcos/app/admin"
)

// connectionsShown is how many connections the page lists.
const connectionsShown = 200

// connectionsData is what the page of the connections shows.
type connectionsData struct {
	CSRF, Search string
	Rows         []admin.Connection
	Found, All   int
}

func (v *visit) connectionsNow() (any, error) {
	list, err := v.p.Admin.Connections(v.r.Context())
	if err != nil {
		return nil, err
	}
	d := connectionsData{CSRF: v.session.csrf, Search: strings.TrimSpace(v.query("q")), All: len(list)}
	search := strings.ToLower(d.Search)
	for _, c := range list {
		about := strings.ToLower(strings.Join([]string{c.Service, strconv.Itoa(c.Port), c.Remote, c.Account, c.Persona}, "\x00"))
		if strings.Contains(about, search) {
			d.Rows = append(d.Rows, c)
		}
	}
	slices.SortFunc(d.Rows, func(a, b admin.Connection) int { return cmp.Compare(b.ID, a.ID) })
	d.Found = len(d.Rows)
	d.Rows = d.Rows[:min(len(d.Rows), connectionsShown)]
	return d, nil
}

// connections lists the open connections of the game ports.
func (v *visit) connections() error {
	d, err := v.connectionsNow()
	if err != nil {
		return err
	}
	live := "/live/connections"
	if q := v.query("q"); q != "" {
		live = at(live, "q", q)
	}
	return v.show("connections.html", page{Title: "Connections", Here: homePath, Live: live, Data: d})
}

func (v *visit) connectionsLive() error {
	return v.live("connections.html", v.connectionsNow, "connections")
}

// disconnect closes one connection.
func (v *visit) disconnect() error {
	id, err := strconv.ParseUint(v.form("connection"), 10, 64)
	if err != nil {
		return &problem{400, "This is not the number of a connection."}
	}
	_, err = v.p.Admin.Kick(v.r.Context(), admin.Kick{Connection: id})
	return v.result("/connections", err, "Connection %d has been closed.", id)
}
