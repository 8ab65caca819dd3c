package doctor

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mcos/app/keys"
)

// clients are the kinds of TLS that games come with. The old ones are what the
// login port is there for (web-and-client 8).
var clients = []struct {
	name    string
	old     bool
	version uint16
	suites  []uint16
}{
	{"today's Windows and Wine", false, tls.VersionTLS12, nil},
	{"Windows 7", true, tls.VersionTLS10, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}},
	{"Windows XP", true, tls.VersionTLS10, []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_RC4_128_SHA}},
}

// handshakes connects to the login port the way games do.
func (e *examination) handshakes(ctx context.Context) {
	const what = "Secure login (TLS)"
	p, ok := e.bound("https")
	if !ok {
		return
	}
	text, _ := os.ReadFile(filepath.Join(e.Dir.Keys(), keys.CertificateFile))
	own, _ := readCertificates(text)
	var worked []string
	states, errs := e.shake(ctx, e.own(p))
	for i, c := range clients {
		if c.old && !e.OldTLS {
			continue
		}
		switch state, err := states[i], errs[i]; {
		case err != nil:
			e.add(Problem, what, fmt.Sprintf("A client like %s cannot connect to port %d: %v.", c.name, p.Bound, err), "Restart the server; if that does not help, look into the log.")
		case own != nil && len(state.PeerCertificates) > 0 && !slices.ContainsFunc(own, state.PeerCertificates[0].Equal):
			e.add(Problem, what, "The server shows another certificate than those in the file server.crt, which players are told to trust.", "Restart the server.")
			return
		default:
			worked = append(worked, c.name)
		}
	}
	if len(worked) > 0 {
		e.add(OK, what, "Clients like these can connect: "+strings.Join(worked, "; ")+".", "")
	}
	if !e.OldTLS {
		e.add(Warn, what, "The setting web.tls_min keeps out players with Windows XP and Windows 7.", "")
	}
}

// shake connects as every kind of client, all at the same time.
func (e *examination) shake(ctx context.Context, addr string) ([]tls.ConnectionState, []error) {
	states, errs := make([]tls.ConnectionState, len(clients)), make([]error, len(clients))
	var wg sync.WaitGroup
	for i, c := range clients {
		if c.old && !e.OldTLS {
			continue
		}
		wg.Go(func() { states[i], errs[i] = e.World.Handshake(ctx, addr, oldClient(c.version, c.suites)) })
	}
	wg.Wait()
	return states, errs
}

// oldClient plays one. It does not ask whether the certificate can be trusted: the
// player's Windows decides that, and here it is compared with the file.
func oldClient(version uint16, suites []uint16) *tls.Config {
	return &tls.Config{
		MinVersion: version, MaxVersion: version, CipherSuites: suites,
		InsecureSkipVerify: true,
	}
}

// shardList fetches the list that the game starts with.
func (e *examination) shardList(ctx context.Context) {
	const what, next = "Shard list", "Restart the server; if that does not help, look into the log."
	p, ok := e.bound("http")
	if !ok {
		return
	}
	status, body, err := e.World.Get(ctx, "http://"+e.own(p)+"/ShardList/")
	switch {
	case err != nil:
		e.add(Problem, what, "The game's first question is not answered: "+err.Error()+".", next)
	case status != http.StatusOK:
		e.add(Problem, what, fmt.Sprintf("The game's first question gets the answer %d in place of 200.", status), next)
	case value(body, "LoginServerIP") == "":
		e.add(Problem, what, "The list names no host to log in at.", next)
	default:
		e.add(OK, what, "It is there. From this machine it leads to "+value(body, "LoginServerIP")+".", "")
	}
}

// value finds the value of a key in lines of the form KEY=VALUE.
func value(body, key string) string {
	for line := range strings.Lines(body) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && k == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// bound finds a port that the running server listens on and that answers; of one that
// does not, enough has been said.
func (e *examination) bound(name string) (Port, bool) {
	i := slices.IndexFunc(e.Ports, func(p Port) bool { return p.Name == name && p.Bound != 0 && !e.silent[p.Bound] })
	if i < 0 {
		return Port{}, false
	}
	return e.Ports[i], true
}
