package client

import (
	"errors"
	"strconv"
	"strings"

	"mcos/protocol/plain"
)

// LANService is the DNS-SD service type under which servers answer on the local
// network. It stands here, beside the other texts that a server gives out and a
// player's computer reads, because both sides need the same ones and neither may
// import the other.
const LANService = "_mcos._tcp"

// Neighbour is what a server says about itself on the local network. Nothing of it
// is proven: whoever uses it must check the keys against what the server's web
// pages hand out, and the player decides.
type Neighbour struct {
	// Name is the shard's name, plain ASCII.
	Name string
	// Version is the server's version.
	Version string
	// Players are the drivers in the game now.
	Players int
	// HTTP, HTTPS and Login are TCP ports; the game learns the others by itself.
	HTTP, HTTPS, Login int
	// Key is the fingerprint of the login key: the first 8 bytes of the SHA-256 of
	// pub.key, lower-case hex.
	Key string
	// Certificate is the SHA-1 thumbprint of the certificate as Windows shows it,
	// upper-case hex.
	Certificate string
}

// The keys of the TXT record.
const (
	txtFormat      = "txtvers"
	txtName        = "shard"
	txtVersion     = "version"
	txtPlayers     = "players"
	txtHTTP        = "http"
	txtHTTPS       = "https"
	txtLogin       = "login"
	txtKey         = "key"
	txtCertificate = "cert"
)

// maxText is how much of a text is used, in bytes: menus are narrow, and one string
// of a TXT record holds 255 with its key.
const maxText = 64

// TXT is the neighbour as the strings of a TXT record.
func (n Neighbour) TXT() []string {
	return []string{
		txtFormat + "=1",
		txtName + "=" + word(n.Name),
		txtVersion + "=" + word(n.Version),
		txtPlayers + "=" + strconv.Itoa(n.Players),
		txtHTTP + "=" + strconv.Itoa(n.HTTP),
		txtHTTPS + "=" + strconv.Itoa(n.HTTPS),
		txtLogin + "=" + strconv.Itoa(n.Login),
		txtKey + "=" + word(n.Key),
		txtCertificate + "=" + word(n.Certificate),
	}
}

var errNoNeighbour = errors.New("not the description of a server that this version understands")

// ParseNeighbour reads the strings of a TXT record. Unknown keys are passed over; it
// is an error when the format, the name or a port is missing or makes no sense.
// Every text in the result is short and plain.
func ParseNeighbour(txt []string) (Neighbour, error) {
	values := map[string]string{}
	for _, s := range txt {
		key, value, _ := strings.Cut(s, "=")
		key = strings.ToLower(key)
		if _, again := values[key]; !again { // the first one counts (RFC 6763 section 6.4)
			values[key] = word(value)
		}
	}
	n := Neighbour{
		Name: values[txtName], Version: values[txtVersion], Key: values[txtKey], Certificate: values[txtCertificate],
	}
	if values[txtFormat] != "1" || n.Name == "" {
		return Neighbour{}, errNoNeighbour
	}
	for _, number := range []struct {
		key         string
		least, most int
		into        *int
	}{
		{txtPlayers, 0, 1 << 20, &n.Players}, {txtHTTP, 1, 65535, &n.HTTP}, {txtHTTPS, 1, 65535, &n.HTTPS}, {txtLogin, 1, 65535, &n.Login},
	} {
		value, err := strconv.Atoi(values[number.key])
		if err != nil || value < number.least || value > number.most {
			return Neighbour{}, errNoNeighbour
		}
		*number.into = value
	}
	return n, nil
}

// word is a text of printable ASCII without signs that mean more than themselves to
// markup, scripts or menus, cut to a sensible length.
func word(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	text = plain.Words(text, plain.Long)
	return strings.TrimSpace(text[:min(len(text), maxText)])
}
