package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/datadir"
	"mcos/app/keys"
)

var (
	noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	here = netip.MustParseAddr("192.168.1.5")
)

// peaceful is a world in which nothing is wrong: every port is free and answers,
// and there is no firewall.
func peaceful() *World {
	return &World{
		OS: "linux", Now: func() time.Time { return noon },
		Listen:    func(context.Context, string) error { return nil },
		Dial:      func(context.Context, string) error { return nil },
		Holder:    func(int) string { return "" },
		Lookup:    func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{here}, nil },
		Addresses: func() []netip.Addr { return []netip.Addr{here} },
		DiskFree:  func(string) (uint64, error) { return 50 << 30, nil },
		Run:       func(context.Context, string, ...string) (string, error) { return "", exec.ErrNotFound },
		Handshake: func(context.Context, string, *tls.Config) (tls.ConnectionState, error) {
			return tls.ConnectionState{}, nil
		},
		Get: func(context.Context, string) (int, string, error) {
			return http.StatusOK, "[Shard]\n      LoginServerIP=127.0.0.1\n      LoginServerPort=8226", nil
		},
	}
}

var usual = []Port{
	{Name: "http", Number: 80}, {Name: "https", Number: 443}, {Name: "login", Number: 8226},
	{Name: "rooms", Number: 9000}, {Name: "rooms", Number: 9001}, {Name: "rooms", Number: 9002},
	{Name: "rooms", Number: 10001}, {Name: "console", Number: 3000},
}

// running are the usual ports, bound.
func running() []Port {
	var list []Port
	for _, p := range usual {
		p.Bound = p.Number
		list = append(list, p)
	}
	return list
}

// healthy is a data folder with keys in a peaceful world, beside a running
// server.
func healthy(t *testing.T) Options {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	makeKeys(t, dir, here.String(), "localhost")
	return Options{
		Live: true, Dir: dir, Ports: running(), OldTLS: true, World: peaceful(),
		Config:  func() ([]string, error) { return nil, nil },
		Catalog: func() (Catalog, error) { return Catalog{Cars: 8, Parts: 600}, nil },
		Verify:  func() error { return nil },
	}
}

func makeKeys(t *testing.T, dir datadir.Dir, names ...string) {
	_, err := keys.Open(dir.Keys(), keys.Default(), func() []string { return names }, func() time.Time { return noon })
	require.NoError(t, err)
}

// about returns the findings about one thing.
func about(r Report, what string) (list []Finding) {
	for _, f := range r.Findings {
		if f.What == what {
			list = append(list, f)
		}
	}
	return list
}

var errBroken = errors.New("broken")
