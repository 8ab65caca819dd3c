package app

import (
	"errors"
	"time"

	"mcos/storage"
)

// raceEvery is how often the time limits of races are looked at.
const raceEvery = time.Second

// housekeeping lets the time of rooms pass, ends forgotten sessions and counts. It does
// nothing that could have to wait for the disk.
func (a *App) housekeeping() {
	defer a.running.Done()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	room := time.NewTicker(raceEvery)
	defer room.Stop()
	sample := time.NewTicker(sampleEvery)
	defer sample.Stop()
	for {
		select {
		case <-sample.C:
			a.sample()
		case <-room.C:
			a.rooms.Tick(a.opts.Now())
		case <-sweep.C:
			a.sessions.Sweep()
		case <-a.stop:
			return
		}
	}
}

// bookkeeping is what is done now and then and writes to the disk: it lets the time of
// races pass, which settles them, and stores last-login times in batches.
func (a *App) bookkeeping() {
	defer a.running.Done()
	flush := time.NewTicker(a.opts.Config.Timeouts.FlushLogin)
	defer flush.Stop()
	race := time.NewTicker(raceEvery)
	defer race.Stop()
	cover := time.NewTicker(sampleEvery)
	defer cover.Stop()
	saves := time.NewTicker(backupEvery)
	defer saves.Stop()
	for {
		select {
		case <-saves.C:
			a.saveInBackground()
		case <-cover.C:
			if err := a.keys.Cover(); err != nil { // for a card that has come up since
				a.opts.Log.WithError(err).Error("no certificate could be made for a new address of this computer")
			}
		case <-race.C:
			a.races.Tick(a.opts.Now())
		case <-flush.C:
			a.flushLogins()
		case <-a.stop:
			a.flushLogins()
			return
		}
	}
}

// flushLogins stores the last-login times collected so far in one transaction.
func (a *App) flushLogins() {
	logins := a.sessions.TakeLogins()
	if len(logins.Accounts)+len(logins.Personas) == 0 {
		return
	}
	err := a.store.Update(func(tx storage.Tx) error {
		for id, at := range logins.Accounts {
			acc, err := tx.Account(id)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			acc.LastLogin = at.UTC()
			if err := tx.PutAccount(acc); err != nil {
				return err
			}
		}
		for id, at := range logins.Personas {
			p, err := tx.Persona(id)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			p.LastLogin = at.UTC()
			if err := tx.PutPersona(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.opts.Log.WithError(err).Error("last-login times could not be stored")
	}
}

// giveFeesBack ends the races that an earlier run of the server left open and
// returns their entry fees. It must have happened before anybody plays.
func (a *App) giveFeesBack() error {
	var races int
	var money int64
	err := a.store.Update(func(tx storage.Tx) (err error) {
		races, money, err = a.rules.RefundRaces(tx)
		return err
	})
	if races > 0 && err == nil {
		a.opts.Log.WithField("races", races).WithField("money", money).
			Info("entry fees of unfinished races have been returned")
	}
	return err
}
