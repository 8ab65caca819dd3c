// Package client asks a running server through its local interface. It finds the
// server by its data folder and can do there all that package admin declares.
package client

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"mcos/app/admin"
	"mcos/app/datadir"
	"mcos/protocol/plain"
)

// ErrNotRunning says that no server runs on the data folder.
var ErrNotRunning = errors.New("no server runs on this data folder")

// AccessError says that this user may not manage the server of the data folder.
type AccessError struct {
	Path    string // the file that may not be read
	Running bool   // a server runs for certain; else nobody can tell
}

func (e *AccessError) Error() string {
	text := fmt.Sprintf("you may not read %s; do this as an administrator of the server (for a service: with sudo, or in an administrator's prompt)", e.Path)
	if e.Running {
		return "a server runs here, but " + text
	}
	return text
}

// Health is the answer of /healthz and /readyz.
type Health struct {
	Status string `json:"status"`
	// Proof answers a challenge, see Proof.
	Proof string `json:"proof,omitempty"`
	// Signature answers it for those who may not know the token, see Sign.
	Signature string `json:"signature,omitempty"`
}

// Proof is the answer to a challenge that only a server with this token can give.
// A client asks for it before it shows the token: after a crash the noted address
// may belong to another program.
func Proof(token, challenge string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("mcos console " + challenge))
	return hex.EncodeToString(mac.Sum(nil))
}

// Client asks one server. It may be used from any goroutine.
type Client struct {
	addr  string
	token string
	http  *http.Client
}

var _ admin.API = (*Client)(nil)

// New makes a client for the interface at addr, such as "127.0.0.1:3000".
func New(addr, token string) *Client {
	return &Client{addr: addr, token: token, http: &http.Client{
		// Straight to this machine, whatever proxy the user has.
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const (
	dialTimeout  = 2 * time.Second
	probeTimeout = 5 * time.Second
	maxAnswer    = 64 << 20 // bytes of JSON
	maxHeader    = 16 << 10 // bytes of the head of an answer
)

// Find returns a client for the server that runs on the data folder. It returns
// ErrNotRunning when there is none and an *AccessError when this user may not
// manage it.
func Find(ctx context.Context, dir datadir.Dir) (*Client, error) {
	addr, err := os.ReadFile(dir.ConsoleAddr())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotRunning
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, &AccessError{Path: dir.ConsoleAddr()}
	}
	if err != nil {
		return nil, err
	}
	at, err := netip.ParseAddrPort(strings.TrimSpace(string(addr)))
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("%s does not hold an address of this machine; remove it if no server runs", dir.ConsoleAddr())
	}
	if err := dir.Believable(); err != nil {
		return nil, fmt.Errorf("%w that could be believed: %w", ErrNotRunning, err)
	}
	token, tokenErr := os.ReadFile(dir.ConsoleToken())
	c := New(at.String(), strings.TrimSpace(string(token)))
	alive, proven := c.probe(ctx)
	switch {
	case !alive:
		return nil, ErrNotRunning
	case tokenErr != nil:
		return nil, &AccessError{Path: dir.ConsoleToken(), Running: true}
	case !proven:
		return nil, ErrNotRunning // somebody else has the port now
	}
	return c, nil
}

// Here is Find for the data folder of a server that was started without a word about
// it in an environment like this one.
func Here(ctx context.Context, getenv func(string) string) (*Client, error) {
	path, err := datadir.Locator{Getenv: getenv}.Locate()
	if err != nil {
		return nil, err
	}
	return Find(ctx, datadir.At(path))
}

// probe asks whether a server lives at the address, and whether it knows the
// token.
func (c *Client) probe(ctx context.Context) (alive, proven bool) {
	h, challenge, err := c.challenge(ctx)
	if err != nil {
		return false, false
	}
	want := Proof(c.token, challenge)
	return h.Status == "ok", hmac.Equal([]byte(want), []byte(h.Proof))
}

// challenge asks for a proof and returns the answer, with what was to be proved.
func (c *Client) challenge(ctx context.Context) (h Health, challenge string, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	challenge = rand.Text()
	return h, challenge, c.send(ctx, http.MethodGet, "/healthz?challenge="+challenge, nil, &h, false)
}

// Status tells how the server is.
func (c *Client) Status(ctx context.Context) (s admin.Status, err error) {
	return s, c.send(ctx, http.MethodGet, "/api/v1/status", nil, &s, false)
}

// send makes one request and decodes the answer into out.
func (c *Client) send(ctx context.Context, method, path string, in, out any, token bool) error {
	resp, err := c.do(ctx, method, path, in, token)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("the server's answer to %s cannot be read: %w", method, plain.Error(err))
	}
	plain.Strings(out) // much of it is the players' text
	return nil
}

// do makes one request and returns its answer when it is a good one.
func (c *Client) do(ctx context.Context, method, path string, in any, token bool) (*http.Response, error) {
	var body io.Reader
	contentType := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		body, contentType = bytes.NewReader(in), "application/octet-stream"
	case io.Reader:
		body, contentType = in, "application/octet-stream"
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.addr+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if token {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server at %s does not answer: %w", c.addr, plain.Error(err))
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp, nil
}

// statuses of the errors of package admin, and kinds the other way round.
var (
	statuses = map[admin.Kind]int{
		admin.Invalid:  http.StatusBadRequest,
		admin.NotFound: http.StatusNotFound,
		admin.Conflict: http.StatusConflict,
		admin.Busy:     http.StatusServiceUnavailable,
	}
	kinds = map[int]admin.Kind{}
)

func init() {
	for kind, status := range statuses {
		kinds[status] = kind
	}
}

// StatusOf is the HTTP status with which the interface answers an error of package
// admin, 0 for any other error.
func StatusOf(err error) int { return statuses[admin.KindOf(err)] }

// refusal turns an answer that is none into the error that the server meant.
func refusal(resp *http.Response) error {
	var answer struct {
		Error string `json:"error"`
	}
	err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer)
	text := plain.Text(answer.Error, plain.Page)
	switch {
	case err != nil || text == "":
		return fmt.Errorf("the server answered with status %d", resp.StatusCode)
	case kinds[resp.StatusCode] != 0:
		return &admin.Error{Kind: kinds[resp.StatusCode], Text: text}
	}
	return errors.New(text)
}
