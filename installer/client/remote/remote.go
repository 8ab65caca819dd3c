// Package remote asks a server for what a game needs to know of it.
package remote

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mcos/installer/client"
	protocol "mcos/protocol/client"
	"mcos/protocol/plain"
)

// ErrSigns says that a certificate could sign others.
var ErrSigns = errors.New("the server's certificate could vouch for any web site")

const (
	timeout = 10 * time.Second
	maxBody = 64 << 10
	// maxHeader bounds the head of an answer, in bytes.
	maxHeader = 16 << 10
)

// Split takes "name" or "name:port" apart; the port is 80 when there is none. It
// refuses what the game cannot be told as its server.
func Split(address string) (name string, port int, err error) {
	name, port = address, 80
	if first, second, err := net.SplitHostPort(address); err == nil {
		n, err := strconv.ParseUint(second, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("%q is no port; ports are numbers from 1 to 65535", second)
		}
		name, port = first, int(n)
	}
	if err := protocol.CheckHost(name); err != nil {
		return "", 0, err
	}
	return name, port, nil
}

// Fetch asks the server at host, "name" or "name:port", for its key and its
// certificate. Name and port are what the game will be told. A certificate that
// could sign others is refused with ErrSigns unless force is set: whoever has its
// private key could then pretend to be any site to this computer.
func Fetch(ctx context.Context, address string, force bool) (client.Server, error) {
	var s client.Server
	var err error
	if s.Host, s.WebPort, err = Split(address); err != nil {
		return s, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	base := "http://" + net.JoinHostPort(s.Host, strconv.Itoa(s.WebPort))
	key, err := get(ctx, base+"/key")
	if err != nil {
		return s, err
	}
	s.PubKey = string(key)
	if _, err := protocol.ParsePubKey(s.PubKey); err != nil {
		return s, fmt.Errorf("what %s/key answers is no key that the game can use: %w", base, err)
	}
	text, err := get(ctx, base+"/cert")
	if err != nil {
		return s, err
	}
	block, _ := pem.Decode([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	if block == nil || block.Type != "CERTIFICATE" {
		return s, fmt.Errorf("what %s/cert answers is no certificate", base)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return s, fmt.Errorf("the certificate of %s cannot be read: %w", base, err)
	}
	s.CertDER = cert.Raw
	if signs(cert) && !force {
		return s, fmt.Errorf("%w: whoever has its key could pretend to be your bank to this computer. "+
			"Ask the operator for a certificate with CA:FALSE, or take the risk with --force", ErrSigns)
	}
	return s, nil
}

// signs tells whether Windows would take a certificate as the issuer of others. A
// certificate without the basic constraints is no proof of harmlessness.
func signs(c *x509.Certificate) bool {
	return c.IsCA || !c.BasicConstraintsValid || c.KeyUsage&x509.KeyUsageCertSign != 0
}

func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := direct.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the server does not answer: %w\nIs it running, and is the address right?", plain.Error(err))
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, fmt.Errorf("%s leads to another address (status %d), which no server for the game does", url, resp.StatusCode)
	default: // in our words: those of the server are the server's
		return nil, fmt.Errorf("%s answers with the status %d (%s); is this a server for the game?", url, resp.StatusCode, statusText(resp.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer of %s broke off: %w", url, plain.Error(err))
	case len(body) > maxBody:
		return nil, fmt.Errorf("%s answers with more than %d bytes; is this a server for the game?", url, maxBody)
	}
	return body, nil
}

// statusText names a status.
func statusText(code int) string { return cmp.Or(http.StatusText(code), "unknown") }

// direct asks a server as the game would: at this address and nowhere else, through no
// proxy, and without believing the length of anything.
var direct = &http.Client{
	Transport: &http.Transport{
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       timeout,
}
