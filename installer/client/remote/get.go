package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"mcos/protocol/plain"
)

// loginTLS takes what servers for old games offer. It does not ask whether anybody
// has vouched for the certificate: nobody has, and the player decides. The handshake
// proves that who answers has its private key.
func loginTLS() *tls.Config {
	suites := []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			if s.ID != tls.TLS_RSA_WITH_RC4_128_SHA && s.ID != tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA {
				suites = append(suites, s.ID)
			}
		}
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS10, CipherSuites: suites,
		InsecureSkipVerify: true, //nolint:gosec // see above
	}
}

// errClosed says that nobody listens on a port, or that nothing gets there.
var errClosed = errors.New("no connection")

// answer is what a server has answered.
type answer struct {
	header http.Header
	body   []byte
	cert   []byte // the DER form of what it has proven to be, over TLS
}

// get asks one question as the game would: at this address and nowhere else, through no
// proxy, and without believing the length of anything.
func (a Asker) get(ctx context.Context, url string, secure *tls.Config) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	resp, err := a.direct(secure).Do(r)
	if err != nil {
		where := "the server"
		if secure != nil {
			where = "the server's login"
		}
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			err = fmt.Errorf("%w (%w)", errClosed, err)
		}
		return answer{}, fmt.Errorf("%s does not answer: %w\nIs it running, and is the address right?", where, plain.Error(err))
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return answer{}, fmt.Errorf("%s leads to another address (status %d), which no server for the game does", url, resp.StatusCode)
	default: // in our words: those of the server are the server's
		return answer{}, fmt.Errorf("%s answers with the status %d (%s); is this a server for the game?", url, resp.StatusCode, statusText(resp.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return answer{}, fmt.Errorf("the answer of %s broke off: %w", url, plain.Error(err))
	case len(body) > maxBody:
		return answer{}, fmt.Errorf("%s answers with more than %d bytes; is this a server for the game?", url, maxBody)
	}
	out := answer{header: resp.Header, body: body}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		out.cert = resp.TLS.PeerCertificates[0].Raw
	}
	return out, nil
}

// statusText names a status.
func statusText(code int) string { return cmp.Or(http.StatusText(code), "unknown") }

// direct is a client for one question.
func (a Asker) direct(secure *tls.Config) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: a.Dial, TLSClientConfig: secure,
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: maxHeader,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       timeout,
	}
}
