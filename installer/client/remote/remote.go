// Package remote asks a server for what a game needs to know of it. All that is taken
// from it is proven by one certificate, which package trust has judged and the player
// can compare.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"mcos/installer/client"
	protocol "mcos/protocol/client"
	"mcos/protocol/client/trust"
	"mcos/protocol/plain"
)

const (
	timeout     = 10 * time.Second
	dialTimeout = 4 * time.Second // so that a port that swallows everything leaves time for another
	maxBody     = 64 << 10
	maxHeader   = 16 << 10 // of the head of an answer, in bytes
)

// Split takes "name" or "name:port" apart; the port is 80 when there is none. It
// refuses what the game cannot be told as its server.
func Split(address string) (name string, port int, err error) {
	name, port = address, 80
	if first, second, err := net.SplitHostPort(address); err == nil {
		n, err := strconv.ParseUint(second, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("%q is no port; ports are numbers from 1 to 65535", second)
		}
		name, port = first, int(n)
	}
	if err := protocol.CheckHost(name); err != nil {
		return "", 0, err
	}
	return name, port, nil
}

// Asker asks servers from one computer. All fields must be set; see Machine.
type Asker struct {
	// Resolve looks up the addresses of a name.
	Resolve func(ctx context.Context, name string) ([]netip.Addr, error)
	// Networks are those that the computer's cards are in.
	Networks func() []netip.Prefix
	// Dial connects to "host:port".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time
}

// Machine asks from this computer.
func Machine() Asker {
	return Asker{
		Resolve: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		},
		Networks: networks, Dial: (&net.Dialer{Timeout: dialTimeout}).DialContext, Now: time.Now,
	}
}

// networks are those of this computer's cards; none when it does not tell.
func networks() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var list []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Masked())
		}
	}
	return list
}

// Fetch asks the server at an address, "name" or "name:port", from this computer.
func Fetch(ctx context.Context, address string) (client.Server, error) {
	return Machine().Fetch(ctx, address)
}

// Fetch asks the server at an address, "name" or "name:port", for its certificate and
// its key. Name and port are what the game will be told. The certificate is the one
// that the server shows where the game logs in, and the key comes over that very
// connection: whoever cannot prove to hold the certificate's key cannot give another.
// A certificate that no computer may be told to trust is refused with
// trust.ErrRefused; the player should see the verdict before anything is changed.
func (a Asker) Fetch(ctx context.Context, address string) (client.Server, error) {
	var s client.Server
	var err error
	if s.Host, s.WebPort, err = Split(address); err != nil {
		return s, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var addrs []netip.Addr
	if addr, err := netip.ParseAddr(s.Host); err == nil {
		addrs = []netip.Addr{addr}
	} else if addrs, err = a.Resolve(ctx, s.Host); err != nil {
		return s, fmt.Errorf("the name %s cannot be found: %w\nIs it spelled right?", s.Host, plain.Error(err))
	}
	var from netip.Addr
	a.Dial = pinned(a.Dial, addrs, &from)
	ports, err := a.loginPorts(ctx, net.JoinHostPort(s.Host, strconv.Itoa(s.WebPort)))
	if err != nil {
		return s, err
	}
	login, err := a.pubKey(ctx, s.Host, ports)
	if err != nil {
		return s, err
	}
	// Of the addresses that the name leads to, only the one counts at which the key was
	// proved: whoever owns a name can have it lead to anybody's address as well.
	place := trust.Place{Host: s.Host, Networks: a.Networks()}
	if from.IsValid() {
		place.Addresses = []netip.Addr{from}
	}
	s.CertDER = login.cert
	if s.Trust, err = trust.Judge(login.cert, place, a.Now().Unix()); err != nil {
		return s, err
	}
	s.PubKey = string(login.body)
	if _, err := protocol.ParsePubKey(s.PubKey); err != nil {
		return s, fmt.Errorf("the login key of %s is not one that the game can use: %w", s.Host, err)
	}
	return s, nil
}

// pinned dials the addresses that a name was found at, whatever it leads to by now, and
// notes the one that answered last.
func pinned(dial func(context.Context, string, string) (net.Conn, error), addrs []netip.Addr, from *netip.Addr) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		err = errors.New("the name has no address")
		for _, addr := range addrs {
			var conn net.Conn
			if conn, err = dial(ctx, network, net.JoinHostPort(addr.String(), port)); err == nil {
				*from = addr.Unmap()
				return conn, nil
			}
		}
		return nil, err
	}
}

// loginPorts asks the plain web pages, which the game needs as well, for the port of
// the secure ones. Where a router leads the game's own port to another one, that is
// the one to ask.
func (a Asker) loginPorts(ctx context.Context, web string) ([]int, error) {
	page, err := a.get(ctx, "http://"+web+"/cert", nil)
	if err != nil {
		return nil, err
	}
	ports := []int{protocol.LoginPort}
	port, bad := strconv.ParseUint(page.header.Get(protocol.LoginPortHeader), 10, 16)
	if bad == nil && port != 0 && port != protocol.LoginPort {
		ports = []int{int(port), protocol.LoginPort}
	}
	return ports, nil
}

// pubKey fetches the login key and the certificate that stands for it from the first of
// the ports that is open.
func (a Asker) pubKey(ctx context.Context, host string, ports []int) (answer, error) {
	for _, port := range ports {
		url := "https://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/key"
		login, err := a.get(ctx, url, loginTLS())
		if errors.Is(err, errClosed) && port != ports[len(ports)-1] {
			continue
		}
		return login, err
	}
	return answer{}, errClosed
}
