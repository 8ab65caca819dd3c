package app

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mcos/app/admin"
	"mcos/app/gateway"
	"mcos/storage"
)

// moderation is what the operator has decided, ready for the services to ask at
// any moment without waiting.
type moderation struct {
	reading sync.Mutex // one reads the store at a time, so that the newest state stays
	muted   atomic.Pointer[map[uint32]bool]
	message atomic.Pointer[string]
	// notice is shown in place of the message until it is over.
	notice atomic.Pointer[notice]
}

type notice struct {
	text  string
	until time.Time
	// shutdown says that the server is to stop then.
	shutdown bool
}

// isMuted tells whether nobody may hear what a persona writes.
func (m *moderation) isMuted(persona uint32) bool {
	muted := m.muted.Load()
	return muted != nil && (*muted)[persona]
}

// news is the line for the ticker, "" for the configured one.
func (m *moderation) news(now time.Time) string {
	if n := m.notice.Load(); n != nil && now.Before(n.until) {
		return n.text
	}
	if text := m.message.Load(); text != nil {
		return *text
	}
	return ""
}

// shutdownIn is how long it is until an announced shutdown, 0 or less for none.
func (m *moderation) shutdownIn(now time.Time) time.Duration {
	if n := m.notice.Load(); n != nil && n.shutdown {
		return n.until.Sub(now)
	}
	return 0
}

// moderate reads what the operator has decided from the store and returns the
// banned networks.
func (a *App) moderate() ([]netip.Prefix, error) {
	a.moderation.reading.Lock()
	defer a.moderation.reading.Unlock()
	muted := map[uint32]bool{}
	var networks []netip.Prefix
	var message string
	err := a.store.View(func(tx storage.ReadTx) (err error) {
		if message, err = admin.StoredMessage(tx); err != nil {
			return err
		}
		err = tx.AddressBans(func(b storage.AddressBan) error {
			networks = append(networks, b.Network)
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Personas(func(p storage.Persona) error {
			if p.Muted && p.Live() {
				muted[p.ID] = true
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	a.moderation.muted.Store(&muted)
	a.moderation.message.Store(&message)
	a.limiter.SetBans(networks)
	return networks, nil
}

// Reload implements admin.Running.
func (l live) Reload() (closed int, err error) {
	if _, err := l.a.moderate(); err != nil {
		return 0, err
	}
	return l.a.gateway.Kick("banned address", func(c *gateway.Conn) bool { return l.a.limiter.Banned(c.Remote()) }), nil
}

// Broadcast implements admin.Running.
func (l live) Broadcast(n admin.Notice) (admin.Told, error) {
	if n.Text == "" {
		l.a.moderation.notice.Store(nil)
		return admin.Told{}, nil
	}
	l.a.moderation.notice.Store(&notice{n.Text, n.Until, n.Shutdown})
	var personas []uint32
	for _, s := range l.a.sessions.List() {
		if s.Persona != 0 && s.Connections > 0 {
			personas = append(personas, s.Persona)
		}
	}
	mails, err := l.a.mails.Notify(personas, "Announcement", n.Text)
	return admin.Told{Until: n.Until, Players: len(personas), Mails: mails}, err
}

// Notice implements admin.Running.
func (l live) Notice() admin.Notice {
	n := l.a.moderation.notice.Load()
	if n == nil || !time.Now().Before(n.until) {
		return admin.Notice{}
	}
	return admin.Notice{Text: n.text, Until: n.until, Shutdown: n.shutdown}
}
