package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/console/client"
	"mcos/cmd/mcos-tray/play"
	"mcos/installer/service"
)

// manager is a service manager; start is called by Start.
type manager struct {
	state     service.State
	statusErr error
	start     func() error
	stopped   int
}

func (m *manager) Status(context.Context) (service.Status, error) {
	return service.Status{State: m.state}, m.statusErr
}
func (m *manager) Start(context.Context) error { return m.start() }
func (m *manager) Stop(context.Context) error {
	m.stopped++
	if m.state == service.NotInstalled {
		return service.ErrNotInstalled
	}
	return nil
}

// api is a console that answers with these ports.
func api(t *testing.T, ports map[string]string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost { // nobody here has its token
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"ports": ports}))
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func quiet(t *testing.T) string {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.Listener.Addr().String()
}

// at finds the console at an address.
func at(addr string) func(context.Context) (*client.Client, error) {
	return func(context.Context) (*client.Client, error) { return client.New(addr, ""), nil }
}

var usual = map[string]string{"http": ":80", "https": "0.0.0.0:443", "rooms": "[::]:9000-9020"}

func TestReady(t *testing.T) {
	s := &server{service: &manager{}, find: at(api(t, usual))}
	ports, err := s.Ready(t.Context())
	require.NoError(t, err)
	assert.Equal(t, play.Ready{HTTP: 80, HTTPS: 443}, ports)

	t.Run("service", func(t *testing.T) {
		s := &server{find: at(quiet(t)), pause: time.Millisecond}
		s.service = &manager{state: service.Stopped, start: func() error {
			s.find = at(api(t, nil))
			s.service.(*manager).state = service.Running
			return nil
		}}
		ports, err := s.Ready(t.Context())
		require.NoError(t, err)
		assert.Empty(t, ports)
		require.NoError(t, s.stop(t.Context()))
		assert.Equal(t, 1, s.service.(*manager).stopped)
	})
	t.Run("service refuses", func(t *testing.T) {
		s := &server{find: at(quiet(t)), service: &manager{state: service.Stopped, start: func() error { return service.ErrDenied }}}
		_, err := s.Ready(t.Context())
		require.ErrorIs(t, err, service.ErrDenied)
	})
	t.Run("own process", func(t *testing.T) {
		console := api(t, usual)
		spawned := 0
		s := &server{
			find: at(quiet(t)), pause: time.Millisecond, service: &manager{state: service.NotInstalled},
			spawn: func() (*child, error) {
				spawned++
				return &child{st: childState{running: true, console: console}}, nil
			},
		}
		ports, err := s.Ready(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 443, ports.HTTPS, "it tells where its console is")
		require.NoError(t, s.start(t.Context()))
		assert.Equal(t, 1, spawned)
	})
	t.Run("started by hand", func(t *testing.T) {
		s := &server{find: at(api(t, usual)), service: &manager{state: service.NotInstalled}}
		_, err := s.Ready(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, s.stop(t.Context()), errByHand)
	})
	t.Run("own process ends", func(t *testing.T) {
		s := &server{
			find: at(quiet(t)), service: &manager{statusErr: service.ErrUnsupported},
			spawn: func() (*child, error) { return &child{st: childState{problem: "Port 8226 is taken."}}, nil },
		}
		_, err := s.Ready(t.Context())
		require.EqualError(t, err, "Port 8226 is taken.")
	})
	t.Run("never", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &server{find: at(quiet(t)), service: &manager{state: service.Stopped, start: func() error { cancel(); return nil }}, pause: time.Hour}
		_, err := s.Ready(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("somebody else", func(t *testing.T) {
		s := &server{service: &manager{state: service.Running, start: func() error { return nil }}, pause: time.Hour}
		s.find = func(context.Context) (*client.Client, error) { return nil, client.ErrUnproven }
		_, err := s.Ready(t.Context())
		require.ErrorIs(t, err, client.ErrUnproven, "waiting would not help")
	})
	t.Run("no manager", func(t *testing.T) {
		s := &server{find: at(quiet(t)), service: &manager{statusErr: errors.New("broken")}}
		_, err := s.Ready(t.Context())
		require.EqualError(t, err, "broken")
	})
}

func TestTheReadyLineNamesTheConsole(t *testing.T) {
	console := ""
	w := lines(func(line string) { console = consoleOf(line, console) })
	for _, part := range []string{"log console=1\n", "ready http=127.0.0.1:80 con", "sole=127.0.0.1:3001\nmore\n", "\n"} {
		n, err := w.Write([]byte(part))
		require.NoError(t, err)
		assert.Len(t, part, n)
	}
	assert.Equal(t, "127.0.0.1:3001", console)
	assert.Empty(t, consoleOf("ready", ""))
}

func TestAlarmsAreRare(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	shown := 0
	b := &bell{show: func(string, string) { shown++ }, now: func() time.Time { return now }}
	for range 5 {
		b.alarm("a")
	}
	assert.Equal(t, 1, shown)
	for _, text := range []string{"b", "c", "d", "e"} {
		b.alarm(text)
	}
	assert.Equal(t, burst, shown)
	b.answer("e")
	assert.Equal(t, burst+1, shown, "who clicked gets an answer")
	now = now.Add(quietFor)
	b.alarm("a")
	assert.Equal(t, burst+2, shown)
}

// Stopping looks first at what there is to stop.
func TestStop(t *testing.T) {
	asked := 0
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		assert.Equal(t, "/api/v1/stop", r.URL.Path)
		_, _ = w.Write([]byte("{}"))
	}))
	defer own.Close()
	gone := func(context.Context) (*client.Client, error) { return nil, client.ErrNotRunning }
	unknown := func(context.Context) (*client.Client, error) { return nil, &client.AccessError{Path: "x"} }
	for name, tc := range map[string]struct {
		state   service.State
		find    func(context.Context) (*client.Client, error)
		stopped int
		err     error
	}{
		"runs":                {service.Running, gone, 1, nil},
		"starts":              {service.Starting, gone, 1, nil},
		"stopped already":     {service.Stopped, gone, 0, nil},
		"failed":              {service.Failed, unknown, 0, nil},
		"none":                {service.NotInstalled, gone, 0, nil},
		"one of this user":    {service.NotInstalled, at(own.Listener.Addr().String()), 0, nil},
		"one of another":      {service.NotInstalled, at(api(t, usual)), 0, errByHand},
		"not for sure":        {service.Stopped, func(context.Context) (*client.Client, error) { return nil, client.ErrUnproven }, 0, client.ErrUnproven},
		"beside the service":  {service.Stopped, at(own.Listener.Addr().String()), 0, nil},
		"no manager, no tray": {service.Unknown, gone, 0, nil},
	} {
		m := &manager{state: tc.state}
		s := &server{service: m, find: tc.find}
		require.ErrorIs(t, s.stop(t.Context()), tc.err, name)
		assert.Equal(t, tc.stopped, m.stopped, name)
	}
	assert.Equal(t, 2, asked)
}
