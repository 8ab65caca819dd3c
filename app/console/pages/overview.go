package pages

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mcos/app/admin"
)

// overviewData is what the first page shows.
type overviewData struct {
	admin.Status
	// Services are those with connections now, the busiest first.
	Services []serviceLoad
	Open     int // connections
	// Racing and Waiting count the races now.
	Racing, Waiting int
	Charts          []chart
	// Disk is looked up when the page is asked for, and not again.
	Disk *admin.Disk
	// Money is the last hour's, like Disk.
	Money *admin.EconomyHour
}

// serviceLoad is a service with its open connections.
type serviceLoad struct {
	Name string
	Open int
	// Share is the part of the busiest, in percent.
	Share int
}

func (v *visit) overviewNow(ctx context.Context) (*overviewData, error) {
	d := &overviewData{Status: v.p.Status()}
	races, err := v.p.Admin.Races(ctx)
	if err != nil {
		return nil, err
	}
	d.Racing, d.Waiting = len(races.Running), len(races.Open)
	hour, err := v.p.Admin.Overview(ctx)
	if err != nil {
		return nil, err
	}
	d.load()
	d.Charts = charts(v.p.Now(), d.upToNow(v.p.Now(), hour.Samples))
	return d, nil
}

// upToNow ends the samples with this moment; only the rates are the last ones that
// were measured.
func (d *overviewData) upToNow(now time.Time, samples []admin.Sample) []admin.Sample {
	last := admin.Sample{Time: now, Players: d.Players, Races: d.Racing + d.Waiting, Connections: d.Open, Memory: d.Memory}
	if n := len(samples); n > 0 {
		last.Received, last.Sent = samples[n-1].Received, samples[n-1].Sent
	}
	return append(samples, last)
}

// load sorts the services by their connections.
func (d *overviewData) load() {
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
}

// overview is the first page: how the server is.
func (v *visit) overview() error {
	d, err := v.overviewNow(v.r.Context())
	if err != nil {
		return err
	}
	disk, err := v.p.Admin.Disk(v.r.Context())
	if err != nil {
		return err
	}
	d.Disk = &disk
	economy, err := v.p.Admin.Economy(v.r.Context())
	if err != nil {
		return err
	}
	if len(economy.Hours) > 0 {
		d.Money = &economy.Hours[0]
	}
	return v.show("overview.html", page{Title: "Overview", Here: homePath, Live: "/live/overview", Data: d})
}

func (v *visit) overviewLive() error {
	now := func() (any, error) { return v.overviewNow(v.r.Context()) }
	return v.live("overview.html", now, "figures", "charts", "services")
}
