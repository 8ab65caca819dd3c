package web

import (
	"context"
	"crypto/tls"
	"fmt"
	"html/template"
	"net/netip"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/assets"
	"mcos/storage"
	"mcos/storage/catalog"
)

// Accounts checks logins and makes accounts; *accounts.Service does it.
type Accounts interface {
	// Authenticate returns the account, or accounts.ErrWrong,
	// *accounts.BannedError or passwords.ErrBusy.
	Authenticate(ctx context.Context, name, password string) (storage.Account, error)
	// Create makes an account, or returns accounts.ErrName, passwords.ErrForm,
	// passwords.ErrBusy or storage.ErrNameTaken.
	Create(ctx context.Context, name, password string) (storage.Account, error)
	// CreateInvited is Create with an invite code, or returns accounts.ErrInvite.
	CreateInvited(ctx context.Context, name, password, code string) (storage.Account, error)
	// ChangePassword replaces the password, and RemoveOwn deletes the account, of
	// somebody who knows the present password; they return what Authenticate does.
	ChangePassword(ctx context.Context, name, password, next string) error
	RemoveOwn(ctx context.Context, name, password string) error
}

// Tickets makes the ticket that a checked login is answered with;
// *session.Manager does it.
type Tickets interface {
	// IssueAt makes a ticket for somebody who typed a host, "" when nobody knows.
	IssueAt(account uint32, name, typed string) (string, error)
}

// Limits counts what one address may do; *limits.Limiter does it.
type Limits interface {
	MayGuess(addr netip.Addr) bool
	WrongGuess(addr netip.Addr)
	// MayLogIn, WrongPassword and RightPassword count by the account as well.
	MayLogIn(addr netip.Addr, account string) bool
	WrongPassword(addr netip.Addr, account string)
	RightPassword(addr netip.Addr, account string)
	SignUp(addr netip.Addr) bool
	Connect(addr netip.Addr) bool
	Banned(addr netip.Addr) bool
	Disconnect(addr netip.Addr)
}

// Advertiser tells which host a client can reach this server at;
// *netaddr.Advertiser does it.
type Advertiser interface {
	Host(netaddr.Arrival) string
}

// Keys holds the server's keys; *keys.Ring does it.
type Keys interface {
	Current() *keys.Set
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
}

// Options are what a Service needs. No field but News and Observer may be nil.
type Options struct {
	Config     Config
	Shard      Shard
	Ports      Ports
	Version    string // of this program, shown on the source page
	Accounts   Accounts
	Tickets    Tickets
	Limits     Limits
	Advertiser Advertiser
	Keys       Keys
	Catalog    func() *catalog.Catalog // the one in use now
	Population func() int              // personas online
	Now        func() time.Time
	// News is the line for the game's ticker in place of the configured one; "" or
	// nil leaves that.
	News     func() string
	Log      logrus.FieldLogger
	Observer Observer
}

// Service answers all web requests. It may be used from any goroutine.
type Service struct {
	Options
	pages   *template.Template
	counter counter
}

// New makes the service. It returns an error when the configuration or the shard
// has a value that cannot be used.
func New(o Options) (*Service, error) {
	if err := o.Config.Check(); err != nil {
		return nil, err
	}
	if err := o.Shard.Check(); err != nil {
		return nil, fmt.Errorf("shard.%w", err)
	}
	if o.Shard.Description == "" {
		o.Shard.Description = o.Shard.Name
	}
	pages, err := template.ParseFS(assets.WebPages(), "*.html")
	if err != nil {
		return nil, err
	}
	return &Service{Options: o, pages: pages, counter: counter{paths: map[string]uint64{}}}, nil
}
