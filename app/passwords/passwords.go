// Package passwords hashes and checks passwords with argon2id. Hashing is meant to
// be expensive, so it runs in a bounded pool: a storm of logins waits in line
// instead of eating the memory or the processor that players in a race need.
package passwords

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// Params are the cost of one hash. They are stored in every hash, so changing
// them affects new passwords only.
type Params struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// Default is the cost used by a server: 19 MiB, two passes, one thread, about 33 ms
// on one core of 2020.
func Default() Params { return Params{MemoryKiB: 19 * 1024, Time: 2, Threads: 1} }

// Errors of the hasher.
var (
	// ErrBusy says that too many passwords are waiting to be checked.
	ErrBusy = errors.New("too many logins at once, try again in a moment")
	// ErrHash says that a stored hash is not one of ours.
	ErrHash = errors.New("the stored password hash is damaged")
	// ErrForm says that a password has a form that the game cannot send.
	ErrForm = errors.New("a password has 1 to 72 printable characters, none of them a space or #")
)

const (
	saltBytes  = 16
	keyBytes   = 32
	maxWaiting = 256
	maxLength  = 72              // of a password (nps-login-persona 8.1)
	idle       = 5 * time.Second // after the last hash, memory goes back to the system

	// A stored hash that claims more is none of ours: a store that somebody else has
	// made could make every login cost any amount of memory and time.
	maxMemory  = 64 << 10 // KiB
	maxTime    = 8
	maxThreads = 4
)

// Hasher hashes and checks. Its methods may be called from any goroutine.
type Hasher struct {
	params  Params
	random  io.Reader
	slots   chan struct{}
	waiting atomic.Int32
	release *time.Timer
	dummy   string
}

// New makes a hasher that runs at most two hashes at once, one fewer than there
// are processors where that is less.
func New(p Params) *Hasher {
	h := &Hasher{
		params: p, random: rand.Reader,
		slots: make(chan struct{}, max(1, min(2, runtime.NumCPU()-1))),
	}
	h.release = time.AfterFunc(time.Hour, debug.FreeOSMemory)
	h.release.Stop()
	h.dummy = encode(p, make([]byte, saltBytes), make([]byte, keyBytes))
	return h
}

// Valid returns ErrForm when the game could not send the password: 1 to 72
// characters from '!' to '~' and no '#', which ends an address and with it maybe what
// the game sends.
func Valid(password string) error {
	if password == "" || len(password) > maxLength {
		return ErrForm
	}
	for _, r := range password {
		if r < '!' || r > '~' || r == '#' {
			return ErrForm
		}
	}
	return nil
}

// Hash makes the text that is stored for a password. It returns ErrForm, ErrBusy
// or the context's error.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := Valid(password); err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	sum, err := h.derive(ctx, h.params, password, salt, keyBytes)
	if err != nil {
		return "", err
	}
	return encode(h.params, salt, sum), nil
}

// Verify reports whether the password belongs to the stored hash. It returns
// ErrHash, ErrBusy or the context's error.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	p, salt, want, err := decode(hash)
	if err != nil {
		return false, err
	}
	if len(password) > 4*maxLength {
		return false, nil
	}
	got, err := h.derive(ctx, p, password, salt, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// Pretend takes the time of a Verify, so that an unknown name cannot be told from
// a wrong password by the clock.
func (h *Hasher) Pretend(ctx context.Context, password string) error {
	_, err := h.Verify(ctx, h.dummy, password)
	return err
}

func (h *Hasher) derive(ctx context.Context, p Params, password string, salt []byte, n uint32) ([]byte, error) {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer func() {
		if h.waiting.Add(-1) == 0 {
			// The garbage of a hash is larger than the whole server at rest.
			h.release.Reset(idle)
		}
	}()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, p.Time, p.MemoryKiB, p.Threads, n), nil
}

var b64 = base64.RawStdEncoding

func encode(p Params, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.MemoryKiB, p.Time, p.Threads, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

func decode(hash string) (p Params, salt, sum []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, ErrHash
	}
	if p.MemoryKiB > maxMemory || p.Time < 1 || p.Time > maxTime || p.Threads < 1 || p.Threads > maxThreads {
		return p, nil, nil, ErrHash
	}
	salt, err1 := b64.DecodeString(parts[4])
	sum, err2 := b64.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return p, nil, nil, ErrHash
	}
	return p, salt, sum, nil
}
