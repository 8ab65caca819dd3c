package app

import (
	"net"
	"os"
	"slices"
	"strconv"

	"mcos/app/admin"
	"mcos/app/config"
	"mcos/app/limits"
	"mcos/app/netaddr"
)

// addressSettings are the settings that decide which address a client is told.
func addressSettings(cfg config.Server) (netaddr.Settings, error) {
	tunnels, err := netaddr.Prefixes(cfg.Tunnels)
	return netaddr.Settings{PublicHost: cfg.PublicHost, Listen: cfg.Listen, Tunnels: tunnels}, err
}

// advertise begins to watch where clients reach this server, until it stops.
func (a *App) advertise() error {
	settings, err := addressSettings(a.opts.Config.Server)
	if err != nil {
		return err // the configuration has been checked before
	}
	computer, _ := os.Hostname() // without one nobody types it
	a.hosts = netaddr.New(netaddr.Options{
		Settings: settings, Computer: computer, Look: netaddr.Look, Resolver: net.DefaultResolver, Now: a.opts.Now,
		Log: a.opts.Log.WithField("service", "address"),
	})
	a.running.Go(func() { a.hosts.Run(a.stop) })
	return nil
}

// names are what certificates are made for.
func (a *App) names() []string {
	computer, _ := os.Hostname() // see above
	names, left := admin.CertificateNames(a.hosts.Hosts(), computer)
	for _, name := range left {
		if !a.nameless[name] { // once is enough
			a.nameless[name] = true
			a.opts.Log.WithField("name", name).Warn("this name cannot stand in a certificate, as it is no name of the DNS; players can use the address")
		}
	}
	return names
}

// webHost is the authority of our web pages for one client.
func (a *App) webHost(from netaddr.Arrival) string {
	host := a.hosts.Host(from)
	if port := a.listeners.ports.HTTP; port != 80 {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	return host
}

// Hosts are the names and addresses under which players reach this server, the one
// that most of them should use first.
func (a *App) Hosts() []string { return a.hosts.Hosts() }

// misled says which player was told an address that does not work, and what the
// operator can do; the texts are empty when there was none.
func (a *App) misled() (what, next string) {
	if r := a.hosts.Trouble(); r != nil {
		return r.Text()
	}
	return "", ""
}

// limitsOf are the limits. Who comes through a tunnel shares an address with all others
// who do, so that only guessing can be counted by it.
func limitsOf(cfg config.Config) limits.Config {
	l := cfg.Limits
	l.Exempt = slices.Concat(l.Exempt, cfg.Server.Tunnels)
	return l
}
