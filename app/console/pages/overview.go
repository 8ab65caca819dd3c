package pages

import (
	"cmp"
	"slices"

	"mcos/app/admin"
)

// overviewData is what the first page shows.
type overviewData struct {
	admin.Status
	// Services are those with connections now, the busiest first.
	Services []serviceLoad
	Open     int // connections
}

// serviceLoad is a service with its open connections.
type serviceLoad struct {
	Name string
	Open int
	// Share is the part of the busiest, in percent.
	Share int
}

func (v *visit) overviewNow() (any, error) {
	d := overviewData{Status: v.p.Status()}
	most := 1
	for name, n := range d.Connections {
		if n > 0 {
			d.Services = append(d.Services, serviceLoad{Name: name, Open: n})
		}
		d.Open += n
		most = max(most, n)
	}
	slices.SortFunc(d.Services, func(a, b serviceLoad) int {
		return cmp.Or(cmp.Compare(b.Open, a.Open), cmp.Compare(a.Name, b.Name))
	})
	for i := range d.Services {
		d.Services[i].Share = max(1, 100*d.Services[i].Open/most)
	}
	return d, nil
}

// overview is the first page: how the server is.
func (v *visit) overview() error {
	d, err := v.overviewNow()
	if err != nil {
		return err
	}
	return v.show("overview.html", page{Title: "Overview", Here: homePath, Live: "/live/overview", Data: d})
}

func (v *visit) overviewLive() error {
	return v.live("overview.html", v.overviewNow, "figures", "services")
}
