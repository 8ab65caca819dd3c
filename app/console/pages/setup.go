package pages

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rsc.io/qr"

	"mcos/app/admin"
	"mcos/protocol/client"
)

// Setup is what a player's computer needs.
type Setup struct {
	// Hosts are the names and addresses under which players reach this server, the
	// best one first.
	Hosts func() []string
	// WebPort is the port of the game's web pages.
	WebPort int
	// Signup is the rule for new accounts, as in the setting web.signup.
	Signup string
	// PubKey is the file of the login key in use.
	PubKey func() []byte
	// Certificate is the file for players who are told a host, and Thumbprint its
	// fingerprint.
	Certificate func(host string) []byte
	Thumbprint  func(host string) string
}

// setupData is what the page shows.
type setupData struct {
	Setup
	Host  string // that the page is about
	Hosts []string
	URL   string // of the page for players at Host
	QR    *qrCode
	Keys  admin.Keys
	Print string // the fingerprint of the certificate for Host
}

// setup says what a player's computer needs.
func (v *visit) setup() error {
	hosts := v.p.Setup.Hosts()
	d := setupData{Setup: *v.p.Setup, Hosts: hosts, Host: v.query("host")}
	if d.Host == "" && len(hosts) > 0 {
		d.Host = hosts[0]
	}
	if err := client.CheckHost(d.Host); err != nil {
		return &problem{http.StatusBadRequest, "The game cannot be led to that address."}
	}
	d.URL = "http://" + d.Host + "/"
	if d.WebPort != 80 {
		d.URL = "http://" + net.JoinHostPort(d.Host, strconv.Itoa(d.WebPort)) + "/"
	}
	var err error
	if d.QR, err = newQR(d.URL); err != nil {
		return err
	}
	if d.Keys, err = v.p.Admin.Keys(v.r.Context()); err != nil {
		return err
	}
	d.Print = d.Thumbprint(d.Host)
	if !slices.Contains(hosts, d.Host) {
		d.Hosts = append(slices.Clone(hosts), d.Host)
	}
	return v.show("setup.html", page{Title: "Setup", Here: "/setup", Data: d})
}

// setupFile sends one of the files that a player's computer needs.
func (v *visit) setupFile() error {
	var content []byte
	name := v.r.PathValue("file")
	switch name {
	case "server.reg":
		text, err := client.RegFile(v.query("host"), v.p.Setup.WebPort)
		if err != nil {
			return &problem{http.StatusBadRequest, "The game cannot be led to that address."}
		}
		content = text
	case "pub.key":
		content = v.p.Setup.PubKey()
	case "server.crt":
		content = v.p.Setup.Certificate(v.query("host"))
	default:
		return v.missing()
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.status = http.StatusOK
	_, _ = v.w.Write(content) // a browser that went away needs no file
	return nil
}

// qrCode is a QR code as a drawing.
type qrCode struct {
	Size int    // modules to a side, with the quiet zone
	Path string // of SVG: one square for each dark module
}

// quiet is the width of the empty border that readers need, in modules.
const quiet = 4

func newQR(text string) (*qrCode, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return &qrCode{Size: code.Size + 2*quiet, Path: path.String()}, nil
}
