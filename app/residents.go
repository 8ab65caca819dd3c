package app

import (
	"context"
	"crypto/rand"

	"mcos/app/bot"
)

// reside brings the computer players of the configuration into the lobby. They come
// through the server's own ports like everybody else, with accounts that only the
// server has the passwords of.
func (a *App) reside() error {
	cfg := a.opts.Config.Bots
	if cfg.Count == 0 {
		return nil
	}
	target, err := bot.ParseReady(a.ReadyLine())
	if err != nil {
		return err
	}
	target.SameHost = true // the address for the world may not be reachable from here
	log := a.opts.Log.WithField("service", "bots")
	r := &bot.Residents{Config: cfg, Target: target, Account: a.residentAccount, Log: log.Infof}
	ctx, cancel := context.WithCancel(context.Background())
	a.residing.Go(func() {
		<-a.stop
		cancel()
	})
	a.residing.Go(func() {
		if err := r.Run(ctx); err != nil {
			log.WithError(err).Error("the computer players do not come")
		}
	})
	return nil
}

// residentAccount makes a new password for every login, so that none is stored.
func (a *App) residentAccount(ctx context.Context, driver string) (bot.Account, error) {
	password := rand.Text()
	name, err := a.accounts.Computer(ctx, driver, password)
	return bot.Account{Name: name, Password: password}, err
}
