package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/datadir"
	"mcos/app/netaddr"
)

// access says what a command does with the data folder.
type access int

const (
	reads   access = iota // needs data that are there
	writes                // may be the first to use the folder
	imports               // the same, and brings a new catalog
)

// with runs work on the running server, or on the data folder itself when no
// server runs.
func (p *program) with(ctx context.Context, how access, work func(admin.API) error) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	live, err := client.Find(ctx, dir)
	if err == nil {
		return work(live)
	}
	if !errors.Is(err, client.ErrNotRunning) {
		return err
	}
	offline, err := p.open(dir, how)
	if err != nil {
		return err
	}
	return errors.Join(work(offline), offline.Close())
}

// open opens the data folder on which no server runs.
func (p *program) open(dir datadir.Dir, how access) (*admin.Offline, error) {
	if _, err := os.Stat(dir.Root()); how == reads && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no data folder %s yet; the first start makes it (mcos run), or name another one with --data-dir", dir)
	}
	cfg, err := p.loadConfig(dir, nil)
	if err != nil {
		return nil, err
	}
	if dir, err = datadir.Open(dir.Root()); err != nil {
		return nil, err
	}
	offline, err := admin.OpenOffline(admin.OfflineOptions{
		Dir: dir, Economy: cfg.Economy, Keys: cfg.Keys, Address: netaddr.Settings{PublicHost: cfg.Server.PublicHost, Listen: cfg.Server.Listen}, Shard: cfg.Shard.ID,
		NewCatalog: how == imports, Passwords: p.hash, Now: p.now, Doctor: p.examine(dir, cfg.Config),
	})
	if errors.Is(err, admin.ErrInUse) {
		return nil, fmt.Errorf("%w, but no server answers here: one may be starting or stopping, or another mcos command is at work; try again in a moment", err)
	}
	return offline, err
}
