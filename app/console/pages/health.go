package pages

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"mcos/app/admin/doctor"
)

// examineWithin is how long the doctor may take.
const examineWithin = 2 * time.Minute

// health keeps the last report of the doctor, who takes longer than a page may.
type health struct {
	mu sync.Mutex
	healthData
}

// healthData is what the page shows.
type healthData struct {
	Running bool
	At      time.Time // of the report; zero when there is none yet
	Report  doctor.Report
	Failure string
}

// examine starts the doctor unless he is at work.
func (p *Pages) examine() {
	h := &p.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.Running {
		return
	}
	h.Running = true
	go func() {
		ctx, cancel := context.WithTimeout(p.closing, examineWithin)
		defer cancel()
		report, err := p.Admin.Doctor(ctx)
		// What needs something done comes first.
		slices.SortStableFunc(report.Findings, func(a, b doctor.Finding) int {
			return cmp.Compare(weight[a.Level], weight[b.Level])
		})
		h.mu.Lock()
		defer h.mu.Unlock()
		h.healthData = healthData{At: p.Now(), Report: report}
		if err != nil {
			h.Failure = "The examination failed: " + err.Error()
		}
	}()
}

var weight = map[doctor.Level]int{doctor.Problem: 0, doctor.Warn: 1, doctor.OK: 2}

func (p *Pages) healthNow() (any, error) {
	p.health.mu.Lock()
	defer p.health.mu.Unlock()
	return p.health.healthData, nil
}

// Problems counts what keeps somebody from playing, or is broken.
func (d healthData) Problems() int { return d.Report.Count(doctor.Problem) }

// Warnings counts what works, but not for everybody or not for ever.
func (d healthData) Warnings() int { return d.Report.Count(doctor.Warn) }

// Fine counts what is as it should be.
func (d healthData) Fine() int { return d.Report.Count(doctor.OK) }

// healthPage shows the last report, and asks for one when there is none.
func (v *visit) healthPage() error {
	p := v.p
	p.health.mu.Lock()
	missing := p.health.At.IsZero()
	p.health.mu.Unlock()
	if missing {
		p.examine()
	}
	d, err := p.healthNow()
	if err != nil {
		return err
	}
	return v.show("health.html", page{Title: "Health", Here: "/health", Live: "/live/health", Data: d})
}

func (v *visit) healthLive() error { return v.live("health.html", v.p.healthNow, "findings") }

// healthCheck asks for a new report.
func (v *visit) healthCheck() error {
	v.p.examine()
	v.redirect("/health")
	return nil
}
