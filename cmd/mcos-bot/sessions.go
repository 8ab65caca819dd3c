package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"mcos/app/bot"
)

// outcome is one session that has ended.
type outcome struct {
	*bot.Summary
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// report is the result of many sessions.
type report struct {
	Sessions int           `json:"sessions"`
	OK       int           `json:"ok"`
	Failed   int           `json:"failed"`
	Took     time.Duration `json:"took"` // nanoseconds, as all times here
	Steps    []stepTimes   `json:"steps"`
}

// run plays all sessions and reports them.
func (p *plan) run(ctx context.Context, s streams) error {
	log := &logger{out: s.out, json: p.json}
	start := time.Now()
	sessions := p.playAll(ctx, log)
	r := report{Sessions: len(sessions), Took: time.Since(start), Steps: times(sessions)}
	for _, o := range sessions {
		if o.OK {
			r.OK++
		} else {
			r.Failed++
		}
	}
	if p.count > 1 {
		log.table(r)
	}
	if err := log.err; err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	if r.Failed > 0 {
		return errFailed
	}
	return nil
}

// playAll plays the sessions, a bounded number of them at once.
func (p *plan) playAll(ctx context.Context, log *logger) []outcome {
	all := make([]outcome, p.count)
	free := make(chan struct{}, p.parallel)
	var running sync.WaitGroup
	for i := range all {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			all[i] = p.playOne(ctx, i+1, log)
		})
	}
	running.Wait()
	return all
}

func (p *plan) playOne(ctx context.Context, number int, log *logger) outcome {
	script := p.scriptOf(number)
	if p.verbose {
		script.OnStep = func(s bot.Step) { log.step(p.prefix(script), s) }
	}
	if err := ctx.Err(); err != nil {
		// Called off before it began.
		return outcome{Summary: &bot.Summary{Account: script.Account.Name}, Error: err.Error()}
	}
	start := time.Now()
	opts := p.opts
	if opts.Seed != 0 {
		opts.Seed += uint64(number - 1) // a player of its own each
	}
	sum, err := p.play(ctx, p.target, opts, script)
	o := outcome{Summary: sum, OK: err == nil}
	if err != nil {
		o.Error = err.Error()
	}
	log.end(p.prefix(script), o, time.Since(start), p.count == 1)
	return o
}

// prefix tells the lines of many sessions apart.
func (p *plan) prefix(s bot.Script) string {
	if p.count == 1 {
		return ""
	}
	return s.Account.Name + ": "
}
