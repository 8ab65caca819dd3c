package web

import (
	"net/http"
	"strconv"

	"mcos/protocol/client"
	"mcos/protocol/client/trust"
)

// certificate hands out the TLS certificate that the player's Windows must trust: that
// for the host which the registry settings lead this client to.
// Windows XP knows the ending .crt, not .pem.
func (s *Service) certificate(x *exchange) {
	if s.Ports.Secure != 0 {
		x.w.Header().Set(client.LoginPortHeader, strconv.Itoa(s.Ports.Secure))
	}
	x.file("server.crt", s.Keys.Current().For(s.host(x)).PEM())
}

// pubKey hands out the key file of the game folder (web-and-client 7).
func (s *Service) pubKey(x *exchange) {
	x.file("pub.key", []byte(s.Keys.Current().PubKey))
}

// registry hands out the registry settings that lead the game to this server, at
// the host that this client has reached it under (web-and-client 6.3).
func (s *Service) registry(x *exchange) {
	text, err := client.RegFile(s.host(x), s.Ports.Web)
	if err != nil {
		x.note("error", err)
		x.text(http.StatusInternalServerError, "This server has no address that the game can use. Please tell its operator.")
		return
	}
	x.file("server.reg", text)
}

// setup hands out a script that does all that the three files are for, and undoes it,
// on a Windows that is too old for the programs of this server. Its certificate must be
// one that the programs would accept as well.
func (s *Service) setup(x *exchange) {
	now := s.Keys.Current()
	host := s.host(x)
	cert := now.For(host).Raw
	verdict, err := trust.Judge(cert, trust.Place{Host: host}, s.Now().Unix())
	if err != nil {
		x.note("error", err)
		x.text(http.StatusInternalServerError, "No computer should trust the certificate of this server. Please tell its operator: mcos doctor says what to do.")
		return
	}
	script := client.Setup{Host: host, WebPort: s.Ports.Web, PubKey: now.PubKey, Certificate: cert, Proves: verdict.Uses()}
	for _, d := range verdict.Doubts {
		script.Warnings = append(script.Warnings, d.Text)
	}
	text, err := script.Script()
	if err != nil {
		x.note("error", err)
		x.text(http.StatusInternalServerError, "This server has no address that the game can use. Please tell its operator.")
		return
	}
	x.file("setup.bat", text)
}

// file answers with something that the browser saves.
func (x *exchange) file(name string, content []byte) {
	h := x.w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	// Keys and addresses change. Old Internet Explorers cannot save what came over
	// HTTPS with no-cache or no-store, so the age has to do.
	h.Set("Cache-Control", "max-age=0")
	x.send(http.StatusOK, "application/octet-stream", content)
}
