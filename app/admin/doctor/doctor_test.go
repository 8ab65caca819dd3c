package doctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/datadir"
	"mcos/app/keys"
)

func TestHealthyServer(t *testing.T) {
	r := Run(t.Context(), healthy(t))
	assert.True(t, r.Live)
	assert.Zero(t, r.Count(Problem), "%+v", r)
	assert.Zero(t, r.Count(Warn), "%+v", r)
	for _, f := range r.Findings {
		assert.NotEmpty(t, f.Explanation)
	}
	assert.Contains(t, about(r, "Ports")[0].Explanation, "80, 443, 3000, 8226, 9000-9002, 10001")
	assert.Contains(t, about(r, "Shard list")[0].Explanation, "127.0.0.1")
}

func TestFreshMachine(t *testing.T) {
	o := Options{Dir: datadir.At(filepath.Join(t.TempDir(), "new")), Ports: usual, World: peaceful()}
	r := Run(t.Context(), o)
	assert.False(t, r.Live)
	assert.Zero(t, r.Count(Problem)+r.Count(Warn), "%+v", r)
	assert.Contains(t, about(r, "Keys")[0].Explanation, "the first start makes them")
	assert.Empty(t, about(r, "Shard list"), "nothing to ask")
	assert.NoDirExists(t, o.Dir.Root())
}

// TestWhatIsWrong changes one thing of a healthy server at a time.
func TestWhatIsWrong(t *testing.T) {
	permission := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EACCES)}
	taken := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	failing := func(err error, ports ...string) func(context.Context, string) error {
		return func(_ context.Context, addr string) error {
			for _, p := range ports {
				if strings.HasSuffix(addr, ":"+p) {
					return err
				}
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		change func(*Options)
		what   string
		level  Level
		text   string
		next   string
	}{
		"port does not answer": {
			change: func(o *Options) { o.World.Dial = failing(errBroken, "443") },
			what:   "Port 443 (https)", level: Problem, text: "does not answer here: broken",
		},
		"port not bound": {
			change: func(o *Options) { o.Ports[2].Bound = 0 },
			what:   "Port 8226 (login)", level: Problem, text: "nothing listens",
		},
		"port taken": {
			change: func(o *Options) {
				o.Live, o.World.Listen = false, failing(taken, "8226")
				o.World.Holder = func(int) string { return "nginx (process 5)" }
			},
			what: "Port 8226 (login)", level: Problem, text: "taken by nginx (process 5)", next: "the setting ports.login",
		},
		"taken by nobody knows whom": {
			change: func(o *Options) { o.Live, o.World.Listen = false, failing(taken, "8226") },
			what:   "Port 8226 (login)", level: Problem, text: "taken by another program",
		},
		"console port taken": {
			change: func(o *Options) { o.Live, o.World.Listen = false, failing(taken, "3000") },
			what:   "Port 3000 (console)", level: Warn, text: "will use a free port",
		},
		"443 not allowed": {
			change: func(o *Options) { o.Live, o.World.Listen = false, failing(permission, "443") },
			what:   "Port 443 (https)", level: Warn, text: "will use 8443 instead", next: "service",
		},
		"other port not allowed": {
			change: func(o *Options) { o.Live, o.World.Listen = false, failing(permission, "8226") },
			what:   "Port 8226 (login)", level: Problem, text: "cannot start",
		},
		"address of another computer": {
			change: func(o *Options) {
				elsewhere := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)}
				o.Live, o.Listen, o.World.Listen = false, "192.0.2.254", failing(elsewhere, "80", "443", "8226")
			},
			what: "Address 192.0.2.254", level: Problem, text: "does not have it", next: "server.listen",
		},
		"odd listen address": {
			change: func(o *Options) { o.Live, o.World.Listen = false, failing(errBroken, "8226") },
			what:   "Port 8226 (login)", level: Problem, text: "broken", next: "server.listen",
		},
		"on the fallback": {
			change: func(o *Options) { o.Ports[1].Bound = 8443 },
			what:   "Port 8443 (https)", level: Warn, text: "8443 in place of 443",
		},
		"http elsewhere": {
			change: func(o *Options) { o.Live, o.Ports[0].Number = false, 8888 },
			what:   "Port 8888 (http)", level: Warn, text: "Another port than 80",
		},
		"public host unknown": {
			change: func(o *Options) {
				o.PublicHost = "play.example.org"
				o.World.Lookup = func(context.Context, string) ([]netip.Addr, error) {
					return nil, &net.DNSError{IsNotFound: true}
				}
			},
			what: "Public host", level: Problem, text: "no IPv4 address", next: "A record",
		},
		"name service silent": {
			change: func(o *Options) {
				o.PublicHost = "play.example.org"
				o.World.Lookup = func(context.Context, string) ([]netip.Addr, error) {
					return nil, &net.DNSError{Err: "timed out", IsTimeout: true}
				}
			},
			what: "Public host", level: Problem, text: "DNS",
		},
		"a player was misled": {
			change: func(o *Options) {
				o.Misled = func() (string, string) { return "A player was sent astray.", "Set server.public_host." }
			},
			what: "Public host", level: Warn, text: "astray", next: "server.public_host",
		},
		"nobody was misled": {
			change: func(o *Options) { o.Misled = func() (string, string) { return "", "" } },
			what:   "Public host", level: OK, text: "None is set",
		},
		"public host impossible": {
			change: func(o *Options) { o.PublicHost = "http://x" },
			what:   "Public host", level: Problem, text: "nothing that the game can be told",
		},
		"public host is loopback": {
			change: lookup4("127.0.0.1"),
			what:   "Public host", level: Problem, text: "means this machine to everybody",
		},
		"public host is private": {
			change: lookup4("10.1.2.3"),
			what:   "Public host", level: Warn, text: "private network",
		},
		"public host is a router": {
			change: lookup4("203.0.113.9"),
			what:   "Public host", level: OK, text: "forward the game's ports to 192.168.1.5",
		},
		"certificate lacks the public host": {
			change: lookup4("203.0.113.9"),
			what:   "Certificate", level: Problem, text: "not made for the public host play.example.org", next: "Restart the server, which makes one for it.",
		},
		"certificate lacks an address": {
			change: func(o *Options) {
				o.World.Addresses = func() []netip.Addr { return []netip.Addr{here, netip.MustParseAddr("10.0.0.9")} }
			},
			what: "Certificate", level: Warn, text: "not made for 10.0.0.9",
		},
		"certificate is over": {
			change: at(noon.AddDate(30, 0, 0)),
			what:   "Certificate", level: Problem, text: "ended on 2049-12-31",
		},
		"certificate is nearly over": {
			change: at(time.Date(2049, 12, 1, 0, 0, 0, 0, time.UTC)),
			what:   "Certificate", level: Warn, text: "ends on 2049-12-31",
		},
		"certificate is not yet valid": {
			change: at(time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)),
			what:   "Certificate", level: Problem, text: "not valid before 2000-01-01",
		},
		"clock never set": {
			change: at(time.Unix(0, 0)),
			what:   "Clock", level: Problem, text: "1970-01-01",
		},
		"clock went back": {
			change: func(o *Options) {
				_ = os.WriteFile(o.Dir.Store(), nil, 0o600)
				_ = os.Chtimes(o.Dir.Store(), noon.AddDate(0, 0, 1), noon.AddDate(0, 0, 1))
			},
			what: "Clock", level: Warn, text: "was wrong then or is wrong now",
		},
		"keys open to others": {
			change: func(o *Options) { _ = os.Chmod(filepath.Join(o.Dir.Keys(), keys.TLSKeyFile), 0o640) },
			what:   "Keys", level: Problem, text: "tls_key.pem can be read by other users of this machine (mode 0640)", next: "chmod 600",
		},
		"pub.key of another key": {
			change: damage(keys.PubKeyFile, "30819f"),
			what:   "Keys", level: Problem, text: "does not belong to the login key",
		},
		"login key gone": {
			change: func(o *Options) { _ = os.Remove(filepath.Join(o.Dir.Keys(), keys.LoginKeyFile)) },
			what:   "Keys", level: Problem, text: "is missing",
		},
		"login key damaged": {
			change: damage(keys.LoginKeyFile, "no key"),
			what:   "Keys", level: Problem, text: "login_key.pem cannot be used",
		},
		"certificate gone": {
			change: func(o *Options) { _ = os.Remove(filepath.Join(o.Dir.Keys(), keys.CertificateFile)) },
			what:   "Certificate", level: Problem, text: "the file is missing",
		},
		"certificate damaged": {
			change: damage(keys.CertificateFile, "no certificate"),
			what:   "Certificate", level: Problem, text: "no certificate in PEM form",
		},
		"certificate of another key": {
			change: func(o *Options) {
				login, _ := os.ReadFile(filepath.Join(o.Dir.Keys(), keys.LoginKeyFile))
				damage(keys.TLSKeyFile, string(login))(o)
			},
			what: "Certificate", level: Problem, text: "does not belong to tls_key.pem",
		},
		"wrong configuration": {
			change: func(o *Options) {
				o.Config = func() ([]string, error) { return nil, errors.Join(errBroken, errors.New("worse")) }
			},
			what: "Configuration", level: Problem, text: "broken", next: "mcos config check",
		},
		"odd configuration": {
			change: func(o *Options) { o.Config = func() ([]string, error) { return []string{"odd"}, nil } },
			what:   "Configuration", level: Warn, text: "odd.",
		},
		"catalog damaged": {
			change: func(o *Options) { o.Catalog = func() (Catalog, error) { return Catalog{}, errBroken } },
			what:   "Catalog", level: Problem, text: "broken", next: "mcos catalog import",
		},
		"store damaged": {
			change: func(o *Options) { o.Verify = func() error { return errBroken } },
			what:   "Store", level: Problem, text: "broken.", next: "mcos restore",
		},
		"little space": {
			change: disk(500<<20, nil), what: "Disk space", level: Warn, text: "500 MB",
		},
		"no space": {
			change: disk(5<<20, nil), what: "Disk space", level: Problem, text: "nothing that players do can be stored",
		},
		"space unknown": {
			change: disk(0, errBroken), what: "Disk space", level: Warn, text: "broken",
		},
		"shard list silent": {
			change: page(0, "", errBroken), what: "Shard list", level: Problem, text: "broken",
		},
		"shard list gone": {
			change: page(404, "", nil), what: "Shard list", level: Problem, text: "404",
		},
		"shard list empty": {
			change: page(200, "[Shard]\n LoginServerIP=\n", nil), what: "Shard list", level: Problem, text: "no host",
		},
		"windows xp cannot connect": {
			change: shake(func(c *tls.Config) error {
				if len(c.CipherSuites) > 0 && c.CipherSuites[0] == tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA {
					return errBroken
				}
				return nil
			}, nil),
			what: "Secure login (TLS)", level: Problem, text: "A client like Windows XP cannot connect to port 443: broken",
		},
		"another certificate": {
			change: shake(nil, &x509.Certificate{Raw: []byte("other")}),
			what:   "Secure login (TLS)", level: Problem, text: "another certificate",
		},
		"millions for nothing": {
			change: func(o *Options) { o.Unchecked = true },
			what:   "Fair play", level: Problem, text: "Impossible race results are paid", next: "race.check_results",
		},
		"old windows kept out": {
			change: func(o *Options) { o.OldTLS = false },
			what:   "Secure login (TLS)", level: Warn, text: "web.tls_min",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := healthy(t)
			tc.change(&o)
			r := Run(t.Context(), o)
			var seen []string
			for _, f := range about(r, tc.what) {
				if f.Level == tc.level && strings.Contains(f.Explanation, tc.text) && strings.Contains(f.Next, tc.next) {
					return
				}
				seen = append(seen, fmt.Sprintf("%+v", f))
			}
			t.Errorf("not found: %s %s %q %q\n%s", tc.what, tc.level, tc.text, tc.next, strings.Join(seen, "\n"))
		})
	}
}

func lookup4(addr string) func(*Options) {
	return func(o *Options) {
		o.PublicHost = "play.example.org"
		o.World.Lookup = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(addr)}, nil
		}
	}
}

func at(now time.Time) func(*Options) {
	return func(o *Options) { o.World.Now = func() time.Time { return now } }
}

func damage(file, text string) func(*Options) {
	return func(o *Options) { _ = os.WriteFile(filepath.Join(o.Dir.Keys(), file), []byte(text), 0o600) }
}

func disk(free uint64, err error) func(*Options) {
	return func(o *Options) { o.World.DiskFree = func(string) (uint64, error) { return free, err } }
}

func page(status int, body string, err error) func(*Options) {
	return func(o *Options) {
		o.World.Get = func(context.Context, string) (int, string, error) { return status, body, err }
	}
}

func shake(judge func(*tls.Config) error, shown *x509.Certificate) func(*Options) {
	return func(o *Options) {
		o.World.Handshake = func(_ context.Context, _ string, c *tls.Config) (state tls.ConnectionState, err error) {
			if shown != nil {
				state.PeerCertificates = []*x509.Certificate{shown}
			}
			if judge != nil {
				err = judge(c)
			}
			return state, err
		}
	}
}

// TestFormOfTheCertificate: one that no player can trust is a problem, whoever made it.
func TestFormOfTheCertificate(t *testing.T) {
	o := healthy(t)
	key, err := os.ReadFile(filepath.Join(o.Dir.Keys(), keys.TLSKeyFile))
	require.NoError(t, err)
	private, err := keys.ParseKey(key)
	require.NoError(t, err)
	write := func(change func(*x509.Certificate)) []Finding {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(9, 0, 0), DNSNames: []string{here.String()},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		}
		change(c)
		der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
		require.NoError(t, err)
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		require.NoError(t, os.WriteFile(filepath.Join(o.Dir.Keys(), keys.CertificateFile), text, 0o600))
		return about(Run(t.Context(), o), "Certificate")
	}
	found := write(func(c *x509.Certificate) { c.IsCA = true })
	require.Len(t, found, 1)
	assert.Equal(t, Problem, found[0].Level)
	assert.Contains(t, found[0].Explanation, "could sign certificates for any other site")
	found = write(func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, "mco.example.org") })
	assert.Contains(t, found[0].Explanation, `other sites than `+here.String()+`: "mco.example.org"`)
	found = write(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
	require.Len(t, found, 1)
	assert.Equal(t, OK, found[0].Level)
	assert.Contains(t, found[0].Explanation, "newer players are warned")
}

func TestLongListOfContradictions(t *testing.T) {
	o := healthy(t)
	var many []error
	for i := range 25 {
		many = append(many, fmt.Errorf("contradiction %d", i))
	}
	o.Verify = func() error { return errors.Join(many...) }
	found := about(Run(t.Context(), o), "Store")
	require.Len(t, found, 11)
	assert.Contains(t, found[10].Explanation, "15 more")
}

func TestDataFolderThatIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	found := about(Run(t.Context(), Options{Dir: datadir.At(file), World: peaceful()}), "Data folder")
	require.Len(t, found, 1)
	assert.Equal(t, Problem, found[0].Level)
}

func TestSecretsThatEverybodyCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights there hold for the whole folder")
	}
	o := healthy(t)
	assert.Empty(t, about(Run(t.Context(), o), "Owners and rights"))
	require.NoError(t, os.Chmod(o.Dir.Keys(), 0o755))
	found := about(Run(t.Context(), o), "Owners and rights")
	require.Len(t, found, 1)
	assert.Equal(t, Problem, found[0].Level)
	assert.Contains(t, found[0].Explanation, "chmod o-rwx")
}

func TestEndedEarly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := Run(ctx, healthy(t))
	require.Len(t, r.Findings, 1)
	assert.Contains(t, r.Findings[0].Explanation, "ended early")
}

func TestNumbers(t *testing.T) {
	for want, list := range map[string][]int{
		"80": {80}, "80, 81": {81, 80}, "9000-9002, 9005": {9002, 9005, 9001, 9000}, "": nil,
	} {
		assert.Equal(t, want, numbers(list))
	}
}

// All ports dead because the address is gone: that is said, once and first, and nothing
// that follows from it.
func TestLostAddressIsTheOnlyFinding(t *testing.T) {
	for _, live := range []bool{true, false} {
		o := healthy(t)
		o.Live, o.Listen, o.PublicHost = live, "192.168.1.77", ""
		o.World.Dial = func(context.Context, string) error { return errors.New("i/o timeout") }
		o.World.Listen = func(context.Context, string) error { return errors.New("not ours") }
		o.World.Handshake = func(context.Context, string, *tls.Config) (tls.ConnectionState, error) {
			t.Error("a handshake is tried")
			return tls.ConnectionState{}, nil
		}
		var bad []Finding
		for _, f := range Run(t.Context(), o).Findings {
			if f.Level != OK {
				bad = append(bad, f)
			}
		}
		require.Len(t, bad, 1)
		assert.Equal(t, "Address 192.168.1.77", bad[0].What)
		assert.Contains(t, bad[0].Explanation, "192.168.1.5", "the address that it has now")
	}
}

// When nothing answers, one line says so, and what needs a port is left alone.
func TestAllPortsDead(t *testing.T) {
	o := healthy(t)
	o.World.Dial = func(context.Context, string) error { return errors.New("i/o timeout") }
	o.World.Handshake = func(context.Context, string, *tls.Config) (tls.ConnectionState, error) {
		t.Error("a handshake is tried")
		return tls.ConnectionState{}, nil
	}
	o.World.Get = func(context.Context, string) (int, string, error) {
		t.Error("a page is asked for")
		return 0, "", nil
	}
	r := Run(t.Context(), o)
	found := about(r, "Ports")
	require.Len(t, found, 1)
	assert.Equal(t, Problem, found[0].Level)
	assert.Contains(t, found[0].Explanation, "80, 443, 3000, 8226, 9000-9002, 10001")
	assert.Equal(t, 1, r.Count(Problem))
}

// Ports are asked all at once: however many do not answer, it takes as long as one.
func TestSilentPortsAreAskedTogether(t *testing.T) {
	o := healthy(t)
	waiting := make(chan struct{}, len(o.Ports))
	o.World.Dial = func(context.Context, string) error {
		waiting <- struct{}{}
		for len(waiting) < len(o.Ports) { // each waits until all are there
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	assert.Len(t, about(Run(t.Context(), o), "Ports"), 1)
}

// What Windows keeps for itself is no program that could be stopped.
func TestReservedPorts(t *testing.T) {
	o := healthy(t)
	o.Live = false
	o.World.Listen = func(_ context.Context, addr string) error {
		if strings.HasSuffix(addr, ":80") || strings.HasSuffix(addr, ":443") {
			return nil
		}
		return &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.Errno(10013))}
	}
	r := Run(t.Context(), o)
	found := about(r, "Ports 8226, 9000-9002, 10001")
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Explanation, "Hyper-V")
	assert.Contains(t, found[0].Next, "excludedportrange")
	assert.Equal(t, 1, r.Count(Problem))
	assert.Len(t, about(r, "Port 3000 (console)"), 1)
}

func TestNotFoundOnTheNetwork(t *testing.T) {
	o := healthy(t)
	o.Announced = func() string { return "eth0: address already in use" }
	found := about(Run(t.Context(), o), "Found on the network")
	require.Len(t, found, 1)
	assert.Equal(t, Warn, found[0].Level)
	assert.Contains(t, found[0].Explanation, "eth0")
}
