package console

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"strings"

	"github.com/natefinch/atomic"

	"mcos/app/datadir"
	"mcos/app/passwords"
)

// SetPassword stores the operator's password, hashed, in a file that its owner
// alone can read. A running server takes it from the next request on. It returns
// passwords.ErrForm for a password that cannot be typed everywhere.
func SetPassword(ctx context.Context, dir datadir.Dir, h *passwords.Hasher, password string) error {
	hash, err := h.Hash(ctx, password)
	if err != nil {
		return err
	}
	return atomic.WriteFile(dir.ConsolePassword(), strings.NewReader(hash+"\n"))
}

// knowsPassword checks the password of a request with HTTP basic authentication;
// any user name will do. Without a stored password none is right.
func (x *exchange) knowsPassword() (bool, error) {
	_, given, ok := x.r.BasicAuth()
	if !ok {
		return false, nil
	}
	if addr, err := netip.ParseAddrPort(x.r.RemoteAddr); err != nil || !x.c.Attempt(addr.Addr()) {
		return false, &failure{429, "too many attempts from this address; wait a minute"}
	}
	hash, err := os.ReadFile(x.c.Dir.ConsolePassword())
	if errors.Is(err, fs.ErrNotExist) {
		return false, x.c.Hasher.Pretend(x.r.Context(), given)
	}
	if err != nil {
		return false, err
	}
	return x.c.Hasher.Verify(x.r.Context(), strings.TrimSpace(string(hash)), given)
}
