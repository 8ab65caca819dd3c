package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"

	"mcos/app/config"
	"mcos/app/netaddr"
	"mcos/app/portinfo"
	"mcos/app/proxied"
)

// listeners are the open ports, and what they are called by clients.
type listeners struct {
	http, https, console net.Listener
	// beyond is the console for other computers, when it has a listener of its own.
	beyond net.Listener
	// game holds the listeners of the game ports by documented number.
	game map[int]net.Listener
	// ports are the numbers that were really bound.
	ports config.Ports
}

// fallbacks are where the two privileged ports go when this user may not bind
// them.
var fallbacks = map[int]int{80: 8080, 443: 8443}

// listen binds every port of the configuration or none. A service gets other advice
// than a person who has started the server with flags.
func listen(ctx context.Context, cfg config.Config, log logrus.FieldLogger, service bool) (*listeners, error) {
	l := &listeners{game: map[int]net.Listener{}, ports: cfg.Ports}
	l.ports.Rooms = append(config.Rooms(nil), cfg.Ports.Rooms...)
	b := binder{ctx: ctx, cfg: cfg, log: log, service: service}

	l.http = b.web("http", &l.ports.HTTP, 80)
	l.https = b.web("https", &l.ports.HTTPS, 443)
	if len(b.moved) > 0 {
		log.Warnf("This user may not bind ports below 1024, so %s. Browsers and bots can use the server like that; the game itself cannot log in until 443 is bound. %s",
			strings.Join(b.moved, " and "), portinfo.HowToBindLow())
	}
	l.game[8226] = b.game("login", &l.ports.Login)
	l.game[8227] = b.game("mail", &l.ports.Mail)
	l.game[8228] = b.game("persona", &l.ports.Persona)
	l.game[7003] = b.game("lobby", &l.ports.Lobby)
	for i, documented := range config.DocumentedRooms() {
		l.game[documented] = b.game("rooms", &l.ports.Rooms[i])
	}
	l.game[43300] = b.game("mcots", &l.ports.MCOTS)
	l.console, l.beyond = b.consoles(&l.ports.Console)
	if err := b.failures(); err != nil {
		l.close()
		return nil, err
	}
	return l, l.behindProxies(cfg.Server.ProxyProtocol, log)
}

// behindProxies has the ports for players take the addresses of clients from the
// proxies that are trusted.
func (l *listeners) behindProxies(list []string, log logrus.FieldLogger) error {
	trusted, err := netaddr.Prefixes(list)
	if err != nil || len(trusted) == 0 {
		return err // the configuration has been checked before
	}
	for documented, ln := range l.game {
		l.game[documented] = proxied.Listen(ln, trusted, log.WithField("service", "proxy"))
	}
	l.http = proxied.Listen(l.http, trusted, log.WithField("service", "proxy"))
	l.https = proxied.Listen(l.https, trusted, log.WithField("service", "proxy"))
	return nil
}

func (l *listeners) close() {
	for _, ln := range l.game {
		closeListener(ln)
	}
	for _, ln := range []net.Listener{l.http, l.https, l.console, l.beyond} {
		closeListener(ln)
	}
}

func closeListener(ln net.Listener) {
	if ln != nil {
		_ = ln.Close()
	}
}

// binder opens listeners and collects what went wrong, so that the operator hears
// of all taken ports at once.
type binder struct {
	ctx  context.Context
	cfg  config.Config
	errs []error
	// noHost is that the address to listen on cannot be used; it is said once, not
	// for every port.
	noHost bool
	// reserved are the ports that Windows keeps from every program.
	reserved []int
	// moved says which web ports are on their fallback.
	moved []string
	log   logrus.FieldLogger
	// service is that the system's service manager looks after the server.
	service bool
}

// game opens a port with keep-alive probes, which find clients that vanished
// without a word.
func (b *binder) game(name string, port *int) net.Listener {
	lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: b.cfg.Timeouts.KeepAlive, Interval: b.cfg.Timeouts.KeepAlive, Count: 3,
	}}
	ln, err := b.bind(lc, b.cfg.Server.Listen, port)
	if err != nil {
		b.fail(name, *port, err)
		return nil
	}
	return ln
}

// web opens one of the two privileged ports, or its fallback when this user may
// not bind it (DESIGN 4).
func (b *binder) web(name string, port *int, usual int) net.Listener {
	ln, err := b.bind(net.ListenConfig{}, b.cfg.Server.Listen, port)
	if errors.Is(err, os.ErrPermission) && fallbacks[*port] != 0 && *port == usual {
		wanted := *port
		*port = fallbacks[usual]
		ln, err = b.bind(net.ListenConfig{}, b.cfg.Server.Listen, port)
		if err == nil {
			b.moved = append(b.moved, fmt.Sprintf("%s is on %d instead of %d", name, *port, wanted))
		}
	}
	if err != nil {
		b.fail(name, *port, err)
		return nil
	}
	return ln
}

// consoles opens the local interface, and another listener for it when other
// computers reach it under an address of its own.
func (b *binder) consoles(port *int) (own, others net.Listener) {
	beyond, all := b.cfg.Console.Beyond()
	if all {
		own, err := b.bind(net.ListenConfig{}, b.cfg.Console.Listen, port)
		if err != nil {
			b.fail("console", *port, err)
		}
		return own, nil
	}
	own = b.console(port)
	if !beyond || own == nil {
		return own, nil
	}
	others, err := b.bind(net.ListenConfig{}, b.cfg.Console.Listen, port)
	if err != nil {
		b.errs = append(b.errs, fmt.Errorf("console.listen: %w; name an address that this computer has, or leave it empty", err))
	}
	return own, others
}

// console opens the local interface; a taken port falls back to a free one, which
// the data folder names.
func (b *binder) console(port *int) net.Listener {
	ln, err := b.bind(net.ListenConfig{}, "127.0.0.1", port)
	if err != nil && portinfo.Taken(err) {
		wanted := *port
		*port = 0
		if ln, err = b.bind(net.ListenConfig{}, "127.0.0.1", port); err == nil {
			b.log.Infof("port %d is taken, so the console is on %d", wanted, *port)
		}
	}
	if err != nil {
		b.fail("console", *port, err)
		return nil
	}
	return ln
}

// bind opens a listener and notes the port it really got.
func (b *binder) bind(lc net.ListenConfig, host string, port *int) (net.Listener, error) {
	ln, err := lc.Listen(b.ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(*port)))
	if err != nil {
		return nil, err
	}
	*port = ln.Addr().(*net.TCPAddr).Port
	return ln, nil
}

// fail explains why a port could not be had.
func (b *binder) fail(name string, port int, err error) {
	switch {
	case b.wrongHost(err):
		if b.noHost {
			return
		}
		b.noHost = true
		err = fmt.Errorf("this computer cannot listen on %q, because it does not have that address; name one that it has with %s, or leave it out to listen on all", b.cfg.Server.Listen, b.listenSetting())
	case portinfo.Reserved(err) && portinfo.Holder(port) == "":
		b.reserved = append(b.reserved, port)
		return
	case portinfo.Taken(err):
		who := ""
		if holder := portinfo.Holder(port); holder != "" {
			who = " by " + holder
		}
		err = fmt.Errorf("port %d (%s) is taken%s; %s", port, name, who, b.advice(name))
	case errors.Is(err, os.ErrPermission):
		err = fmt.Errorf("port %d (%s): this user may not bind it. %s", port, name, portinfo.HowToBindLow())
	default:
		err = fmt.Errorf("port %d (%s): %w", port, name, err)
	}
	b.errs = append(b.errs, err)
}

// wrongHost tells whether it was the address and not the port that failed.
func (b *binder) wrongHost(err error) bool {
	var lookup *net.DNSError
	return b.cfg.Server.Listen != "" && (portinfo.NotOurs(err) || errors.As(err, &lookup))
}

// advice says what to do about a port that another program has.
func (b *binder) advice(name string) string {
	switch {
	case !b.service:
		return "stop that program, or choose another port with the setting ports." + name + onlyPort(name)
	case onlyPort(name) != "":
		return "stop that program, or keep it from starting, and start the service again" + onlyPort(name)
	}
	return "stop that program and start the service again, or choose another port in mcos.yaml (ports." + name + ")"
}

// listenSetting is where the address to listen on is chosen.
func (b *binder) listenSetting() string {
	if b.service {
		return "server.listen in mcos.yaml"
	}
	return "--listen or server.listen"
}

// onlyPort says for a port that the game has built in that another will not do.
func onlyPort(name string) string {
	if portinfo.BuiltIn(name) {
		return " (the game itself uses this one and no other)"
	}
	return ""
}

// failures is all that went wrong, nil when nothing did.
func (b *binder) failures() error {
	if len(b.reserved) > 0 {
		b.errs = append(b.errs, fmt.Errorf("windows does not give away these ports, which the server needs: %s. %s %s",
			strings.Trim(fmt.Sprint(b.reserved), "[]"), portinfo.WhoReserves, portinfo.HowToFree))
	}
	return errors.Join(b.errs...)
}
