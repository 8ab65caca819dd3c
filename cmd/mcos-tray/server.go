package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/cmd/mcos-tray/play"
	"mcos/installer/service"
)

// control is what the tray needs of the service manager.
type control interface {
	Status(context.Context) (service.Status, error)
	Start(context.Context) error
	Stop(context.Context) error
}

// server is the server on this computer: the service, or where none is installed a
// process of this user. It may be used from any goroutine.
type server struct {
	service control
	spawn   func() (*child, error)
	pause   time.Duration // between two questions whether it is ready

	// find finds the console of the server that runs on this computer, proven to be it.
	find func(context.Context) (*client.Client, error)

	mu    sync.Mutex
	child *child // nil when the tray started none
}

// newServer is the server of this computer; console is an address that the user has
// named for it, or "" to find it.
func newServer(console string) *server {
	find := func(ctx context.Context) (*client.Client, error) { return client.Local(ctx, os.Getenv) }
	if console != "" {
		find = func(context.Context) (*client.Client, error) { return client.New(console, ""), nil }
	}
	return &server{service: service.New(service.Config{}), spawn: startChild, pause: 300 * time.Millisecond, find: find}
}

// api asks the server; a process of the tray's own tells where.
func (s *server) api(ctx context.Context) (*client.Client, error) {
	if at := s.own().state().console; at != "" {
		return client.New(at, ""), nil
	}
	return s.find(ctx)
}

// status asks the server how it is.
func (s *server) status(ctx context.Context) (admin.Status, error) {
	api, err := s.api(ctx)
	if err != nil {
		return admin.Status{}, err
	}
	return api.Status(ctx)
}

// page is the address of the console for a browser.
func (s *server) page(ctx context.Context) (string, error) {
	api, err := s.api(ctx)
	if errors.Is(err, client.ErrNotRunning) {
		return "", errors.New("no server runs on this computer")
	}
	if err != nil {
		return "", err
	}
	return api.URL(), nil
}

func (s *server) own() *child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child
}

// start starts the service, or a process of this user where none is installed.
func (s *server) start(ctx context.Context) error {
	st, err := s.service.Status(ctx)
	if err == nil && st.State != service.NotInstalled {
		return s.service.Start(ctx)
	}
	if err != nil && !errors.Is(err, service.ErrUnsupported) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child.state().running {
		return nil
	}
	s.child, err = s.spawn()
	return err
}

// stop ends what runs now.
func (s *server) stop(ctx context.Context) error {
	if c := s.own(); c.state().running {
		return c.stop(ctx)
	}
	st, err := s.service.Status(ctx)
	if err != nil && !errors.Is(err, service.ErrUnsupported) {
		return err
	}
	switch st.State {
	case service.Starting, service.Running, service.Stopping:
		return s.service.Stop(ctx)
	}
	// The service does not run: another server may, or there is nothing to stop.
	api, err := s.api(ctx)
	switch {
	case errors.Is(err, client.ErrNotRunning), errors.As(err, new(*client.AccessError)):
		return nil
	case err != nil:
		return err
	}
	if api.Stop(ctx) != nil { // it belongs to somebody else
		return errByHand
	}
	return nil
}

var errByHand = errors.New("The server was started by hand. Stop it where it was started, with Ctrl+C in its window.") //nolint:staticcheck,revive // a sentence for the player

// close ends a process that the tray started.
func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), workFor)
	defer cancel()
	if c := s.own(); c.state().running {
		_ = c.stop(ctx) // nobody is left to tell
	}
}

// Ready implements play.Server.
func (s *server) Ready(ctx context.Context) (play.Ready, error) {
	if ready, err := s.ask(ctx); err == nil {
		return ready, nil
	}
	if err := s.start(ctx); err != nil {
		return play.Ready{}, err
	}
	for {
		ready, err := s.ask(ctx)
		switch {
		case err == nil:
			return ready, nil
		case errors.Is(err, client.ErrUnproven): // waiting does not help
			return play.Ready{}, err
		}
		if c := s.own().state(); c.problem != "" {
			return play.Ready{}, errors.New(c.problem)
		}
		select {
		case <-ctx.Done():
			return play.Ready{}, ctx.Err()
		case <-time.After(s.pause):
		}
	}
}

func (s *server) ask(ctx context.Context) (play.Ready, error) {
	st, err := s.status(ctx)
	if err != nil {
		return play.Ready{}, err
	}
	port := func(name string) int {
		_, text, err := net.SplitHostPort(st.Ports[name]) // ":80" means every address
		if err != nil {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0
		}
		return n
	}
	return play.Ready{HTTP: port("http"), HTTPS: port("https"), AllCars: st.Catalog.Imported, Certificate: st.Certificate}, nil
}
