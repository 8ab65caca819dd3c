package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"

	"mcos/app/datadir"
)

// Note is what a service tells every user of its computer about its console.
type Note struct {
	Address  string `json:"address"`
	Identity string `json:"identity"` // see Identity
}

// maxNote is the largest note that is read, in bytes.
const maxNote = 4 << 10

// ErrUnproven says that something listens where a server of this computer should, but
// has not proved to be that server.
var ErrUnproven = errors.New("the program that listens there has not proved to be the server of this computer")

// Local returns a client for the server of this computer: that of this user's data
// folder, or the service. It asks for no more than every user may; the client has the
// token only where this user may read it. The server has proved to be the one that
// wrote the files it was found by. ErrNotRunning says that there is none, ErrUnproven
// and *AccessError that nobody can tell.
func Local(ctx context.Context, getenv func(string) string) (*Client, error) {
	own, err := Here(ctx, getenv)
	if err == nil {
		return own, nil
	}
	service, noteErr := ByNote(ctx, datadir.NoteToRead(getenv))
	switch {
	case noteErr == nil:
		return service, nil
	case errors.Is(noteErr, ErrNotRunning):
		return nil, err
	}
	return nil, noteErr
}

// ByNote returns a client for the service that has left a note at path.
func ByNote(ctx context.Context, path string) (*Client, error) {
	if err := datadir.OfService(path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, ErrNotRunning
	} else if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnproven, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, ErrNotRunning // it has just ended
	}
	defer f.Close()
	var n Note
	at, addrErr := netip.AddrPort{}, error(nil)
	if err = json.NewDecoder(io.LimitReader(f, maxNote)).Decode(&n); err == nil {
		at, addrErr = netip.ParseAddrPort(n.Address)
	}
	if err != nil || addrErr != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("%w: %s is no note of a server", ErrUnproven, path)
	}
	c := New(at.String(), "")
	h, challenge, err := c.challenge(ctx)
	switch {
	case err != nil:
		return nil, ErrNotRunning
	case !signed(n.Identity, challenge, h.Signature):
		return nil, fmt.Errorf("%w (%s)", ErrUnproven, at)
	}
	return c, nil
}
