package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"strings"

	"github.com/natefinch/atomic"

	"mcos/app/datadir"
	"mcos/app/passwords"
)

// leastPassword is how many characters the operator's password has at least: who knows
// it can do everything, and may try from wherever the console can be reached.
const leastPassword = 8

// ErrShort says that a password is too easily found.
var ErrShort = fmt.Errorf("the operator's password needs at least %d characters", leastPassword)

// SetPassword stores the operator's password, hashed, in a file that its owner
// alone can read. A running server takes it from the next request on. It returns
// passwords.ErrForm for a password that cannot be typed everywhere, or ErrShort.
func SetPassword(ctx context.Context, dir datadir.Dir, h *passwords.Hasher, password string) error {
	if err := passwords.Valid(password); err != nil {
		return err
	}
	if len(password) < leastPassword {
		return ErrShort
	}
	hash, err := h.Hash(ctx, password)
	if err != nil {
		return err
	}
	return atomic.WriteFile(dir.ConsolePassword(), strings.NewReader(hash+"\n"))
}

// knowsPassword checks the password of a request with HTTP basic authentication;
// any user name will do.
func (x *exchange) knowsPassword() (bool, error) {
	_, given, ok := x.r.BasicAuth()
	if !ok {
		return false, nil
	}
	return x.c.checkPassword(x.r.Context(), x.remote(), given)
}

var tooMany = &failure{http.StatusTooManyRequests, "too many attempts from this address; wait a minute"}

// checkPassword tells whether somebody at an address knows the operator's
// password. Without a stored password none is right. A few wrong ones lock the
// address out for a minute, this machine's own too: a page or program there could
// try as well.
func (c *Console) checkPassword(ctx context.Context, from netip.Addr, given string) (bool, error) {
	if c.Guesses != nil && !c.Guesses.MayGuess(from) || !c.visitors.mayTry(from) {
		return false, tooMany
	}
	hash, err := os.ReadFile(c.Dir.ConsolePassword())
	if errors.Is(err, fs.ErrNotExist) {
		err = c.Hasher.Pretend(ctx, given)
		c.failed(from)
		return false, err
	}
	if err != nil {
		return false, err
	}
	ok, err := c.Hasher.Verify(ctx, strings.TrimSpace(string(hash)), given)
	if err == nil && !ok {
		c.failed(from)
	}
	return ok, err
}

// failed counts a wrong password.
func (c *Console) failed(from netip.Addr) {
	c.visitors.failed(from)
	if c.Guesses != nil {
		c.Guesses.WrongGuess(from)
	}
}

// hasPassword tells whether the operator has set a password.
func (c *Console) hasPassword() bool {
	_, err := os.Stat(c.Dir.ConsolePassword())
	return err == nil
}
