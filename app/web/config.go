package web

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Config is the `web` section of the configuration.
type Config struct {
	TLSMin         string `yaml:"tls_min" help:"Oldest TLS version that the login port accepts. 1.0 lets Windows XP and Windows 7 in; it also allows the ciphers of that time." values:"1.0|1.2" ref:"web-and-client 8"`
	AuthLoginPlain bool   `yaml:"authlogin_plain" help:"Also check logins over plain HTTP. Passwords then cross the network readable; only for games patched to do without TLS." ref:"web-and-client 11"`
	PatchAnswer    string `yaml:"patch_answer" help:"What the game hears when it asks for patches: that it is up to date, or that there is no such page." values:"up-to-date|404" ref:"web-and-client 4"`

	Ticker      string `yaml:"ticker" help:"Line of the news ticker in the game, plain ASCII. Empty for none." max:"500" ref:"web-and-client 5"`
	TickerColor string `yaml:"ticker_color" help:"Colour of the ticker as 0xRRGGBB." ref:"web-and-client 5"`

	Signup         string `yaml:"signup" help:"Who may make an account on the sign-up page: everybody, nobody, whoever knows the sign-up code, or whoever has an invite code that you have made (mcos invite add)." values:"open|closed|code|invite"`
	SignupCode     string `yaml:"signup_code" help:"The code that people need when signup is code." max:"64" secret:"true"`
	PasswordLength int    `yaml:"password_length" help:"Fewest characters of a password that players choose, at sign-up and when they change it. The operator may give shorter ones." unit:"characters" min:"1" max:"72"`

	SourceURL string `yaml:"source_url" help:"Where visitors find the source code of this server, as the licence (AGPL) asks for, shown on every page. Empty: the pages say to ask the operator." max:"500"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		TLSMin:         "1.0",
		PatchAnswer:    "up-to-date",
		Ticker:         "Welcome to Motor City!",
		TickerColor:    "0xFFFF00",
		Signup:         "open",
		PasswordLength: 8,
	}
}

var colorPattern = regexp.MustCompile(`^0x[0-9A-Fa-f]{6}$`)

// Check returns an error for every setting that the tags cannot judge.
func (c Config) Check() error {
	var errs []error
	if !printable(c.Ticker) {
		errs = append(errs, fmt.Errorf("ticker: %q has characters that are not plain ASCII, or a line break", c.Ticker))
	}
	if !colorPattern.MatchString(c.TickerColor) {
		errs = append(errs, fmt.Errorf("ticker_color: %q is not a colour like 0xFFFF00", c.TickerColor))
	}
	if c.Signup == "code" && strings.TrimSpace(c.SignupCode) == "" {
		errs = append(errs, errors.New("signup_code: signup is code, but no code is set"))
	}
	if c.SourceURL != "" {
		u, err := url.Parse(c.SourceURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			errs = append(errs, fmt.Errorf("source_url: %q is not a web address like https://example.org/mcos", c.SourceURL))
		}
	}
	return errors.Join(errs...)
}

// Shard is the one shard of the shard list.
type Shard struct {
	ID          uint32 // the number that the personas carry too
	Name        string // shown in the list
	Description string // shown beside it; empty: the name
	MaxPersonas int    // per account, the same number as in NPS 0x607
}

// Check refuses texts that would break the list's line form.
func (s Shard) Check() error {
	if s.Name == "" || !printable(s.Name) || strings.ContainsAny(s.Name, "[]") {
		return fmt.Errorf("name: %q will not do: the game needs plain ASCII without [ and ]", s.Name)
	}
	if !printable(s.Description) {
		return fmt.Errorf("description: %q will not do: the game needs plain ASCII on one line", s.Description)
	}
	return nil
}

// Ports are the TCP ports as clients are told.
type Ports struct {
	Login int // NPS login
	Lobby int // lobby
	Web   int // plain HTTP
	// Secure is that of HTTPS, 0 when clients are not told.
	Secure int
}
