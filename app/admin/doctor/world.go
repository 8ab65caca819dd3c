package doctor

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"runtime"
	"time"

	"mcos/app/netaddr"
	"mcos/app/portinfo"

	"mcos/protocol/plain"
)

// World is the machine and the network around it, as far as the checks ask about
// them. Tests replace its fields; none may be nil.
type World struct {
	OS  string // as in runtime.GOOS
	Now func() time.Time
	// Listen binds a TCP address and gives it back at once.
	Listen func(ctx context.Context, addr string) error
	// Dial connects to a TCP address and hangs up.
	Dial func(ctx context.Context, addr string) error
	// Holder names the program that listens on a port, or returns "".
	Holder func(port int) string
	// Lookup finds the IPv4 addresses of a host.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Addresses are this machine's IPv4 addresses except loopback.
	Addresses func() []netip.Addr
	// DiskFree tells how many bytes this user may still write at path.
	DiskFree func(path string) (bytes uint64, err error)
	// Run starts a program and returns what it prints; the error wraps
	// exec.ErrNotFound when there is no such program.
	Run func(ctx context.Context, name string, args ...string) (string, error)
	// Handshake makes a TLS connection and returns its state.
	Handshake func(ctx context.Context, addr string, cfg *tls.Config) (tls.ConnectionState, error)
	// Get fetches a web page.
	Get func(ctx context.Context, url string) (status int, body string, err error)
}

// patience bounds each question to the network and to other programs.
const patience = 4 * time.Second

// maxPage is how much of a page is read, in bytes.
const maxPage = 64 << 10

// Machine is the real world.
func Machine() *World {
	return &World{
		OS: runtime.GOOS, Now: time.Now, Listen: listen, Dial: dial, Holder: portinfo.Holder, Lookup: lookup,
		Addresses: netaddr.MachineIPv4, DiskFree: diskFree, Run: run, Handshake: handshake, Get: get,
	}
}

func listen(ctx context.Context, addr string) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return ln.Close()
}

func dial(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

func lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
}

func run(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return string(out), err
}

func handshake(ctx context.Context, addr string, cfg *tls.Config) (tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState(), nil
}

// webClient goes straight to the server: a proxy of this machine's user has no part
// in what players see, and where an answer leads is nothing that the game would follow.
var webClient = &http.Client{
	Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxPage},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func get(ctx context.Context, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := webClient.Do(req)
	if err != nil {
		return 0, "", plain.Error(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	return resp.StatusCode, plain.Text(string(text), maxPage), plain.Error(err) // another program may have the port
}
