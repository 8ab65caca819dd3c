package netaddr

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeResolver answers as a test wants it to; a deaf one answers never.
type fakeResolver struct {
	mu    sync.Mutex
	addrs []netip.Addr
	err   error
	deaf  bool
	calls int
}

func (r *fakeResolver) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	r.mu.Lock()
	r.calls++
	addrs, err, deaf := r.addrs, r.err, r.deaf
	r.mu.Unlock()
	if deaf {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return addrs, err
}

func (r *fakeResolver) set(err error, addrs ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.addrs, r.deaf = err, nil, false
	for _, a := range addrs {
		r.addrs = append(r.addrs, netip.MustParseAddr(a))
	}
}

var errDNS = errors.New("no answer")

type world struct {
	*Advertiser
	resolver *fakeResolver
	hook     *logtest.Hook

	mu      sync.Mutex
	machine Machine
	lookErr error
	looks   int
}

// plug changes the cards, or how listing them ends.
func (w *world) plug(m Machine, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.machine, w.lookErr = m, err
}

// newWorld runs an advertiser in a bubble of synctest until the test ends.
func newWorld(t *testing.T, publicHost string, prepare func(*fakeResolver)) *world {
	t.Helper()
	w := &world{resolver: &fakeResolver{}, machine: home}
	prepare(w.resolver)
	log, hook := logtest.NewNullLogger()
	w.hook = hook
	w.Advertiser = New(Options{
		Settings: Settings{PublicHost: publicHost}, Computer: "garage", Resolver: w.resolver, Now: time.Now, Log: log,
		Look: func() (Machine, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.looks++
			return w.machine, w.lookErr
		},
	})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		w.Run(stop)
		close(done)
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
	})
	synctest.Wait()
	return w
}

var stranger = Arrival{Local: netip.MustParseAddr("192.168.77.40"), Remote: netip.MustParseAddr("203.0.113.50")}

func (w *world) lines(level logrus.Level) []string {
	var list []string
	for _, e := range w.hook.AllEntries() {
		if e.Level == level {
			list = append(list, e.Message)
		}
	}
	return list
}

func TestPublicHostIsLookedUpBesideTheGame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, play, func(r *fakeResolver) { r.set(nil, "198.51.100.7", "198.51.100.8") })
		assert.Equal(t, "198.51.100.7", w.IPv4(stranger).String())
		assert.Equal(t, play, w.Host(stranger))

		w.resolver.set(nil, "198.51.100.8", "198.51.100.7") // a name service that turns its answers
		time.Sleep(lookupFor)
		synctest.Wait()
		assert.Equal(t, "198.51.100.7", w.IPv4(stranger).String(), "nobody is moved without need")

		w.resolver.set(errDNS)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Equal(t, "198.51.100.7", w.IPv4(stranger).String(), "the last good answer")
		assert.Len(t, w.lines(logrus.WarnLevel), 1, "one warning for a whole outage")
		assert.Contains(t, w.lines(logrus.WarnLevel)[0], play)

		w.resolver.set(nil, "203.0.113.9")
		time.Sleep(lastRetry)
		synctest.Wait()
		assert.Equal(t, "203.0.113.9", w.IPv4(stranger).String())
		w.resolver.set(errDNS)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Len(t, w.lines(logrus.WarnLevel), 2, "the next outage is another one")
	})
}

func TestNobodyWaitsForADeafNameService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, play, func(r *fakeResolver) { r.deaf = true })
		start := time.Now()
		for range 100 {
			assert.Equal(t, "192.168.77.40", w.IPv4(stranger).String())
		}
		assert.Zero(t, time.Since(start))
		require.NotNil(t, w.Trouble())
		what, _ := w.Trouble().Text()
		assert.Contains(t, what, play)
		time.Sleep(lookupWithin)
		synctest.Wait()
		assert.Len(t, w.lines(logrus.WarnLevel), 1, "one warning, as soon as it matters")
		w.resolver.set(nil, "198.51.100.7")
		time.Sleep(firstRetry)
		synctest.Wait()
		assert.Equal(t, "198.51.100.7", w.IPv4(stranger).String(), "asked again soon")
		assert.Nil(t, w.Trouble())
	})
}

// Debian leads a computer's own name to 127.0.1.1: nobody elsewhere may be told that.
func TestAnswersThatMeanThisComputerAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		addrs []string
		want  string
	}{
		"loopback":       {[]string{"127.0.1.1"}, "192.168.77.40"},
		"loopback first": {[]string{"127.0.1.1", "198.51.100.7"}, "198.51.100.7"},
		"unspecified":    {[]string{"0.0.0.0"}, "192.168.77.40"},
		"mapped":         {[]string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"none":           {nil, "192.168.77.40"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, play, func(r *fakeResolver) { r.set(nil, c.addrs...) })
				assert.Equal(t, c.want, w.IPv4(stranger).String())
				assert.Equal(t, c.want == "192.168.77.40", len(w.lines(logrus.WarnLevel)) == 1)
			})
		})
	}
}

func TestCardsThatComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, play, func(r *fakeResolver) { r.set(nil, "198.51.100.7") })
		vpn := Arrival{Local: netip.MustParseAddr("172.30.0.1"), Remote: netip.MustParseAddr("172.30.0.2")}
		assert.Equal(t, play, w.Host(vpn))
		looked := w.looks
		for range 100 {
			w.Host(vpn)
		}
		assert.Equal(t, looked, w.looks, "an unknown address is no reason to look all the time")

		w.plug(Machine{Cards: append(slices.Clone(home.Cards), card("tun0", "172.30.0.1/24"))}, nil)
		time.Sleep(lookAgain)
		assert.Equal(t, "172.30.0.1", w.Host(vpn), "at once, not at the next look")
		w.plug(Machine{}, errors.New("odd"))
		time.Sleep(3 * lookEvery)
		synctest.Wait()
		assert.Equal(t, "172.30.0.1", w.Host(vpn), "what cannot be listed stays as it was")
		assert.Len(t, w.lines(logrus.WarnLevel), 1)
	})
}

func TestTroubleIsLoggedOnceAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", func(*fakeResolver) {})
		w.Tell(Arrival{Local: netip.MustParseAddr("192.168.77.40"), Remote: netip.MustParseAddr("192.168.77.20")})
		require.Nil(t, w.Trouble())
		for range 5 {
			w.Tell(stranger)
		}
		require.Len(t, w.lines(logrus.WarnLevel), 1)
		assert.Contains(t, w.lines(logrus.WarnLevel)[0], "server.public_host")
		what, next := w.Trouble().Text()
		assert.Contains(t, what, "203.0.113.50")
		assert.Contains(t, what, "192.168.77.40")
		assert.Contains(t, next, "server.public_host")

		w.Tell(Arrival{Local: localhost, Remote: localhost, Typed: "x7.tunnel.example"})
		assert.Len(t, w.lines(logrus.WarnLevel), 2)
		what, next = w.Trouble().Text()
		assert.Contains(t, what, "x7.tunnel.example")
		assert.Contains(t, next, "server.tunnels")
	})
}

func TestAnAddressNeedsNoLookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "198.51.100.9", func(r *fakeResolver) { r.err = errDNS })
		time.Sleep(time.Hour)
		assert.Equal(t, "198.51.100.9", w.IPv4(stranger).String())
		assert.Zero(t, w.resolver.calls)
	})
}
