package bot

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"mcos/protocol/client"
)

// Account is what a player types into the login dialog.
type Account struct {
	Name     string
	Password string
	Code     string // sign-up code, where the server asks for one
}

// String shows the name only.
func (a Account) String() string { return a.Name }

// GoString hides the password from the verb %#v.
func (a Account) GoString() string { return fmt.Sprintf("bot.Account{Name:%q}", a.Name) }

const (
	signUpPath = "/SubscribeEntry.jsp"
	gameID     = "2176" // the game's number at its publisher (web-and-client 2.1)
	maxAnswer  = 1 << 20
)

var errRedirect = errors.New("the server redirects, which a login must not follow")

// newWeb makes the client for HTTP and HTTPS. Redirects are not followed: they could carry a password elsewhere.
func (c *Client) newWeb() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: c.opts.Dial,
			TLSClientConfig: &tls.Config{
				InsecureSkipVerify: true, //nolint:gosec // see Options.PinCertificate
				VerifyConnection:   c.checkCertificate,
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// checkCertificate compares the server's certificate with the pinned one, if there is one.
func (c *Client) checkCertificate(state tls.ConnectionState) error {
	if !c.opts.PinCertificate {
		return nil
	}
	if len(state.PeerCertificates) == 0 || !bytes.Equal(state.PeerCertificates[0].Raw, c.pinned) {
		return errors.New("the server shows another certificate than the one it hands out at /cert")
	}
	return nil
}

// request is one exchange with the web services.
type request struct {
	step   string
	secure bool
	path   string
	query  string     // secret: it never appears in an error
	post   url.Values // nil: GET
}

// fetch sends the request and returns status and body.
func (c *Client) fetch(ctx context.Context, r request) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	fail := func(err error) (int, string, error) {
		return 0, "", &Error{Step: r.step, Where: c.where(r), Err: dialError(withoutURL(err))}
	}
	scheme, address := c.webServer(r)
	u := url.URL{Scheme: scheme, Host: address, Path: r.path, RawQuery: r.query}
	method, content := http.MethodGet, io.Reader(http.NoBody)
	if r.post != nil {
		method, content = http.MethodPost, strings.NewReader(r.post.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), content)
	if err != nil {
		return fail(err)
	}
	if r.post != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.web.Do(req)
	if err != nil {
		return fail(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fail(err)
	}
	if len(raw) > maxAnswer {
		return fail(fmt.Errorf("%w: more than %d bytes", ErrMalformed, maxAnswer))
	}
	return resp.StatusCode, string(raw), nil
}

// webServer tells the scheme and the address that a request goes to.
func (c *Client) webServer(r request) (scheme, address string) {
	if r.secure {
		return "https", c.target.address("", c.target.Ports.Actual(PortHTTPS))
	}
	return "http", c.target.address("", c.target.Ports.Actual(PortHTTP))
}

// where names a request in errors, without its query.
func (c *Client) where(r request) string {
	scheme, address := c.webServer(r)
	return scheme + " " + address + r.path
}

// get fetches a page that must be answered with status 200.
func (c *Client) get(ctx context.Context, r request) (string, error) {
	status, body, err := c.fetch(ctx, r)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", c.webError(r, "status 200", status, statusError(status))
	}
	return body, nil
}

func statusError(status int) error {
	if status >= 300 && status < 400 {
		return errRedirect
	}
	return ErrUnexpected
}

func (c *Client) webError(r request, want string, status int, err error) error {
	return &Error{Step: r.step, Where: c.where(r), Want: want, Got: fmt.Sprintf("status %d", status), Err: err}
}

// withoutURL removes the request's URL, which may hold a password, from an error of the HTTP client.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// SignUp makes an account through the server's web form (web-and-client 5.1). A refusal wraps ErrRefused and holds the text of
// the page.
func (c *Client) SignUp(ctx context.Context, a Account) error {
	r := request{step: "sign up", path: signUpPath, query: "prodID=REG-MCO"}
	page, err := c.get(ctx, r)
	if err != nil {
		return err
	}
	f, ok := parseForm(page)
	if !ok {
		return c.webError(r, "a sign-up form", http.StatusOK, fmt.Errorf("%w: the page has no form", ErrRefused))
	}
	r.query = ""
	if r.post, err = f.fill(a); err != nil {
		return c.webError(r, "a sign-up form", http.StatusOK, err)
	}
	if action, err := url.Parse(f.action); err == nil && strings.HasPrefix(action.Path, "/") {
		r.path = action.Path
	}
	status, page, err := c.fetch(ctx, r)
	if err != nil {
		return err
	}
	_, again := parseForm(page)
	if text := pageError(page); status >= 400 || again {
		return c.webError(r, "a new account", status, fmt.Errorf("%w: %q", ErrRefused, text))
	}
	return nil
}

// Auth asks AuthLogin for a ticket, which the Client keeps (web-and-client 2). The original client does so twice, before and
// after it reads the shard list. A refusal is an *AuthRefusal.
func (c *Client) Auth(ctx context.Context, a Account) error {
	r := request{
		step: "auth login", secure: true, path: "/AuthLogin",
		query: "username=" + escape(a.Name) + "&password=" + escape(a.Password) + "&serviceID=" + gameID + "&version=2.0",
	}
	if c.opts.PinCertificate && c.pinned == nil {
		if err := c.fetchCertificate(ctx); err != nil {
			return err
		}
	}
	body, err := c.get(ctx, r)
	if err != nil {
		return err
	}
	ticket, err := ParseAuthAnswer(body)
	if err != nil {
		return &Error{Step: r.step, Where: c.where(r), Err: err}
	}
	c.ticket = ticket
	return nil
}

// escape writes a text into a query in the one way that no reader takes for another text: a blank as %20, not as a plus sign.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// fetchCertificate remembers the certificate that the server hands out.
func (c *Client) fetchCertificate(ctx context.Context) error {
	r := request{step: "fetch certificate", path: "/cert"}
	body, err := c.get(ctx, r)
	if err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(body))
	if block == nil || block.Type != "CERTIFICATE" {
		return &Error{Step: r.step, Where: c.where(r), Err: fmt.Errorf("%w: no certificate in PEM", ErrMalformed)}
	}
	c.pinned = block.Bytes
	return nil
}

// Shards fetches the shard list (web-and-client 3) and chooses its first usable shard; UseShard chooses another one.
func (c *Client) Shards(ctx context.Context) ([]Shard, error) {
	r := request{step: "shard list", path: "/ShardList/"}
	body, err := c.get(ctx, r)
	if err != nil {
		return nil, err
	}
	shards, err := ParseShardList(body)
	if err != nil {
		return nil, &Error{Step: r.step, Where: c.where(r), Err: err}
	}
	for i := range shards {
		if shards[i].Status == 0 {
			c.UseShard(shards[i])
			return shards, nil
		}
	}
	return nil, &Error{Step: r.step, Where: c.where(r), Err: fmt.Errorf("%w: none of %d shards is usable", ErrRefused, len(shards))}
}

// PubKey returns the server's login key: that of the Options, or the one that the server hands out at /key
// (web-and-client 7).
func (c *Client) PubKey(ctx context.Context) (*rsa.PublicKey, error) {
	if c.opts.PubKey != nil {
		return c.opts.PubKey, nil
	}
	r := request{step: "fetch pub.key", path: "/key"}
	body, err := c.get(ctx, r)
	if err != nil {
		return nil, err
	}
	key, err := client.ParsePubKey(body)
	if err != nil {
		return nil, &Error{Step: r.step, Where: c.where(r), Err: err}
	}
	c.opts.PubKey = key
	return key, nil
}
