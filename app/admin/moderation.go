package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"time"

	"mcos/app/limits"
	"mcos/storage"
)

// Moderation is how an operator keeps the peace and talks to the players.
type Moderation interface {
	// Mute lets nobody hear what a persona writes; it is not told.
	Mute(ctx context.Context, in Mute) (Persona, error)
	// Unmute lets a persona be heard again.
	Unmute(ctx context.Context, persona string) error

	// AddressBans lists the banned addresses and networks.
	AddressBans(ctx context.Context) ([]AddressBan, error)
	// BanAddress keeps an address or a network away and closes its connections.
	BanAddress(ctx context.Context, in NewAddressBan) (AddressBan, error)
	// UnbanAddress lets a banned address or network connect again.
	UnbanAddress(ctx context.Context, network string) error

	// Invites lists the invite codes.
	Invites(ctx context.Context) ([]Invite, error)
	// AddInvite makes an invite code.
	AddInvite(ctx context.Context, in NewInvite) (Invite, error)
	// RemoveInvite makes a code worthless. Accounts made with it stay.
	RemoveInvite(ctx context.Context, code string) error

	// Message is the message of the day.
	Message(ctx context.Context) (Message, error)
	// SetMessage changes the message of the day; an empty one takes it away.
	SetMessage(ctx context.Context, in Message) (Message, error)
	// Broadcast tells the players something for a while.
	Broadcast(ctx context.Context, in Broadcast) (Told, error)
}

// Mute names the persona to be muted.
type Mute struct {
	Name string `json:"name"`
}

// AddressBan keeps an address or a network away.
type AddressBan struct {
	Network string    `json:"network"` // ADDRESS/BITS
	Reason  string    `json:"reason,omitempty"`
	Created time.Time `json:"created"`
	// Closed is how many connections the ban has ended, when it was made.
	Closed int `json:"closed_connections,omitempty"`
}

// NewAddressBan is a ban to be made. The reason is for the operator; the player
// only sees that no connection comes about.
type NewAddressBan struct {
	// Network is ADDRESS or ADDRESS/BITS. An IPv6 address without BITS stands for its
	// /56 network, which is what one household has.
	Network string `json:"network"`
	Reason  string `json:"reason,omitempty"`
}

// Invite is a code with which accounts can be made where web.signup is "invite".
type Invite struct {
	Code    string    `json:"code"`
	Note    string    `json:"note,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // never when missing
	Uses    int       `json:"uses"`             // accounts it is good for
	// Accounts are the names of those made with it, as far as they still exist.
	Accounts []string `json:"accounts"`
	Used     int      `json:"used"`
	Valid    bool     `json:"valid"` // another account can be made with it
}

// NewInvite is an invite to be made. Uses 0 is one account, Days 0 never ends.
type NewInvite struct {
	Note string `json:"note,omitempty"`
	Uses int    `json:"uses,omitempty"`
	Days int    `json:"days,omitempty"` // until it is over
}

// Message is the message of the day, one line of plain ASCII for the game's news
// ticker. Where there is none, the ticker shows web.ticker.
type Message struct {
	Text string `json:"text"`
	// Notice is a broadcast that the ticker shows in its place until Until. Both come
	// with answers only.
	Notice string    `json:"notice,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// Broadcast is something to be told for a while.
type Broadcast struct {
	Text    string `json:"text"`
	Minutes int    `json:"minutes,omitempty"` // 0 is 15
	// Shutdown says that you are going to stop the server when the minutes are over.
	// Players who log in until then are told, where player.shutdown_notice is on.
	Shutdown bool `json:"shutdown,omitempty"`
	// Clear takes back what is being told; there is no text then.
	Clear bool `json:"clear,omitempty"`
}

// Told says how a broadcast reached the players.
type Told struct {
	Until   time.Time `json:"until"`   // the ticker shows it as long
	Players int       `json:"players"` // in the game now
	Mails   int       `json:"mails"`   // sent to them, when in-game mail is on
}

// MessageBlob is the name under which the store keeps the message of the day.
const MessageBlob = "message-of-the-day"

// Bounds of what is written to players.
const (
	maxMessage       = 500 // characters, as web.ticker
	maxBroadcast     = 200
	usualMinutes     = 15
	maxMinutes       = 24 * 60
	maxInviteUses    = 10000
	maxInviteDays    = 3650
	maxReason        = 200
	inviteCharacters = 12
)

// reload has the running server, if any, read again what Moderation stores.
func (l *Local) reload() (closed int, err error) {
	if l.Server == nil {
		return 0, nil
	}
	return l.Server.Reload()
}

// Mute implements API.
func (l *Local) Mute(_ context.Context, in Mute) (Persona, error) { return l.mute(in.Name, true) }

// Unmute implements API.
func (l *Local) Unmute(_ context.Context, name string) error {
	_, err := l.mute(name, false)
	return err
}

func (l *Local) mute(name string, muted bool) (shown Persona, err error) {
	err = l.Store.Update(func(tx storage.Tx) error {
		p, err := findPersona(tx, name)
		if err != nil {
			return err
		}
		p.Muted = muted
		if err := tx.PutPersona(p); err != nil {
			return err
		}
		shown, err = l.persona(tx, p, accountName(tx, p.Account))
		return err
	})
	if err != nil {
		return Persona{}, err
	}
	_, err = l.reload()
	return shown, err
}

// AddressBans implements API.
func (l *Local) AddressBans(context.Context) ([]AddressBan, error) {
	list := []AddressBan{}
	err := l.Store.View(func(tx storage.ReadTx) error {
		return tx.AddressBans(func(b storage.AddressBan) error {
			list = append(list, AddressBan{Network: b.Network.String(), Reason: b.Reason, Created: b.Created.UTC()})
			return nil
		})
	})
	return list, err
}

// network reads an address or network into its shortest form. A lone IPv6 address stands
// for the network of its owner, who has millions of them.
func network(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil && !strings.Contains(addr.Zone(), "/") {
		return limits.Customer(addr), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, refuse(Invalid, "%q is neither an address, such as 192.0.2.7, nor a network, such as 192.0.2.0/24", text)
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, refuse(Invalid, "%q is a network of both kinds of addresses; name the IPv4 network", text)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

var loopbacks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// BanAddress implements API.
func (l *Local) BanAddress(_ context.Context, in NewAddressBan) (AddressBan, error) {
	p, err := network(in.Network)
	if err != nil {
		return AddressBan{}, err
	}
	for _, own := range loopbacks {
		if p.Overlaps(own) {
			return AddressBan{}, refuse(Invalid, "%s holds this computer's own addresses, which cannot be banned", p)
		}
	}
	if len(in.Reason) > maxReason {
		return AddressBan{}, refuse(Invalid, "a reason has at most %d bytes", maxReason)
	}
	ban := storage.AddressBan{Network: p, Reason: oneLine(in.Reason), Created: l.Users.Now().UTC()}
	if err := l.Store.Update(func(tx storage.Tx) error { return tx.PutAddressBan(ban) }); err != nil {
		return AddressBan{}, err
	}
	closed, err := l.reload()
	return AddressBan{Network: p.String(), Reason: ban.Reason, Created: ban.Created, Closed: closed}, err
}

// UnbanAddress implements API.
func (l *Local) UnbanAddress(_ context.Context, text string) error {
	p, err := network(text)
	if err != nil {
		return err
	}
	err = l.Store.Update(func(tx storage.Tx) error { return tx.DeleteAddressBan(p) })
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(NotFound, "%s is not banned", p)
	}
	if err != nil {
		return err
	}
	_, err = l.reload()
	return err
}

// Invites implements API.
func (l *Local) Invites(context.Context) ([]Invite, error) {
	list := []Invite{}
	err := l.Store.View(func(tx storage.ReadTx) error {
		return tx.Invites(func(i storage.Invite) error {
			list = append(list, l.invite(tx, i))
			return nil
		})
	})
	return list, err
}

func (l *Local) invite(tx storage.ReadTx, i storage.Invite) Invite {
	shown := Invite{
		Code: i.Code, Note: i.Note, Created: i.Created.UTC(), Expires: i.Expires.UTC(), Uses: i.Uses, Accounts: []string{},
		Used: len(i.Accounts), Valid: i.Valid(l.Users.Now()),
	}
	for _, id := range i.Accounts {
		if name := accountName(tx, id); name != "" {
			shown.Accounts = append(shown.Accounts, name)
		}
	}
	return shown
}

// AddInvite implements API.
func (l *Local) AddInvite(_ context.Context, in NewInvite) (shown Invite, err error) {
	switch {
	case in.Uses < 0 || in.Uses > maxInviteUses:
		return shown, refuse(Invalid, "a code is good for 1 to %d accounts", maxInviteUses)
	case in.Days < 0 || in.Days > maxInviteDays:
		return shown, refuse(Invalid, "a code is good for 1 to %d days", maxInviteDays)
	case len(in.Note) > maxReason:
		return shown, refuse(Invalid, "a note has at most %d bytes", maxReason)
	}
	now := l.Users.Now().UTC()
	i := storage.Invite{Code: newCode(), Note: oneLine(in.Note), Created: now, Uses: max(in.Uses, 1)}
	if in.Days > 0 {
		i.Expires = now.AddDate(0, 0, in.Days)
	}
	err = l.Store.Update(func(tx storage.Tx) error {
		if err := tx.PutInvite(i); err != nil {
			return err
		}
		shown = l.invite(tx, i)
		return nil
	})
	return shown, err
}

// newCode is a code of three groups of four characters that are hard to mistake.
func newCode() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32 of them: a byte divides evenly
	var random [inviteCharacters]byte
	_, _ = rand.Read(random[:]) // never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(r)%len(letters)])
	}
	return b.String()
}

// RemoveInvite implements API.
func (l *Local) RemoveInvite(_ context.Context, code string) error {
	err := l.Store.Update(func(tx storage.Tx) error { return tx.DeleteInvite(code) })
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(NotFound, "there is no such invite code")
	}
	return err
}

// oneLine makes one line of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ") }

// news checks a text for the ticker: plain ASCII on one line.
func news(text string, longest int) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > longest {
		return "", refuse(Invalid, "the text has %d characters; the game's ticker gets at most %d", len(text), longest)
	}
	for _, r := range text {
		if r < ' ' || r > '~' {
			return "", refuse(Invalid, "the text must be one line of plain ASCII, which is all that the game can show; %q is not", string(r))
		}
	}
	return text, nil
}

// StoredMessage reads the message of the day, "" when there is none.
func StoredMessage(tx storage.ReadTx) (string, error) {
	text, err := tx.Blob(MessageBlob)
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return string(text), err
}

// Message implements API.
func (l *Local) Message(context.Context) (m Message, err error) {
	err = l.Store.View(func(tx storage.ReadTx) error {
		m.Text, err = StoredMessage(tx)
		return err
	})
	l.withNotice(&m)
	return m, err
}

// withNotice adds the broadcast that hides the message.
func (l *Local) withNotice(m *Message) {
	if l.Server == nil {
		return
	}
	if n := l.Server.Notice(); n.Text != "" {
		m.Notice, m.Until = n.Text, n.Until
	}
}

// SetMessage implements API.
func (l *Local) SetMessage(_ context.Context, in Message) (Message, error) {
	text, err := news(in.Text, maxMessage)
	if err != nil {
		return Message{}, err
	}
	var blob []byte // nil removes it
	if text != "" {
		blob = []byte(text)
	}
	if err := l.Store.Update(func(tx storage.Tx) error { return tx.PutBlob(MessageBlob, blob) }); err != nil {
		return Message{}, err
	}
	_, err = l.reload()
	m := Message{Text: text}
	l.withNotice(&m)
	return m, err
}

// Broadcast implements API.
func (l *Local) Broadcast(_ context.Context, in Broadcast) (Told, error) {
	text, err := news(in.Text, maxBroadcast)
	switch {
	case err != nil:
		return Told{}, err
	case in.Clear && text != "":
		return Told{}, refuse(Invalid, "taking a broadcast back needs no text")
	case text == "" && !in.Clear:
		return Told{}, refuse(Invalid, "there is nothing to tell")
	case in.Minutes < 0 || in.Minutes > maxMinutes:
		return Told{}, refuse(Invalid, "a broadcast lasts 1 to %d minutes", maxMinutes)
	case l.Server == nil:
		return Told{}, errNotRunning()
	case in.Clear:
		return l.Server.Broadcast(Notice{})
	case in.Minutes == 0:
		in.Minutes = usualMinutes
	}
	return l.Server.Broadcast(Notice{
		Text: text, Until: l.Users.Now().UTC().Add(time.Duration(in.Minutes) * time.Minute), Shutdown: in.Shutdown,
	})
}
