package app

import (
	"os"

	"mcos/app/announce"
	"mcos/app/buildinfo"
	"mcos/protocol/client"
)

// announce lets computers on the local network find this server, unless that is
// switched off.
func (a *App) announce() {
	cfg := a.opts.Config
	if !cfg.Server.Announce {
		return
	}
	host, err := os.Hostname()
	if err != nil {
		host = "computer" // only a name among others
	}
	a.onLAN = announce.Start(announce.Options{
		Host: host, Listen: cfg.Server.Listen, Describe: a.neighbour, Log: a.opts.Log.WithField("service", "announce"),
	})
}

// neighbour is this server as the others on the network see it.
func (a *App) neighbour() client.Neighbour {
	ports, set := a.listeners.ports, a.keys.Current()
	return client.Neighbour{
		Name: a.opts.Config.Shard.Name, Version: buildinfo.Version, Players: a.sessions.Playing(),
		HTTP: ports.HTTP, HTTPS: ports.HTTPS, Login: ports.Login,
		Key: set.LoginFingerprint(), Certificate: set.For("127.0.0.1").Thumbprint(),
	}
}
