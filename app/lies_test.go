package app

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/protocol/wire/wiretest"
	"mcos/storage"
)

// liar is a player who knows how to log in, and sends messages that no game would.
type liar struct {
	t       *testing.T
	a       *App
	account uint32
	persona uint32
	key     cipher.SessionKey
}

func newLiar(t *testing.T, a *App) *liar {
	t.Helper()
	l := &liar{t: t, a: a, key: cipher.SessionKey{1, 2, 3}}
	require.NoError(t, a.store.Update(func(tx storage.Tx) (err error) {
		if l.account, err = tx.NextAccount(); err != nil {
			return err
		}
		if err := tx.PutAccount(storage.Account{ID: l.account, Name: "liar", PasswordHash: "-", Created: time.Now()}); err != nil {
			return err
		}
		p, err := a.rules.CreatePersona(tx, l.account, "Liar", a.opts.Config.Shard.ID, 0)
		l.persona = p.ID
		return err
	}))
	ticket, err := a.sessions.Issue(l.account, "liar")
	require.NoError(t, err)
	s, err := a.sessions.Login(ticket, l.key, apptest.Home)
	require.NoError(t, err)
	s.Select(l.persona)
	return l
}

// enter opens a connection to a documented port and logs in where there is a login.
func (l *liar) enter(documented int, p *gateway.Port) *apptest.Client {
	l.t.Helper()
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(l.a.reachedAt(documented)))
	opener, sealer := p.Framing()
	if p.Family != wire.Lobby {
		return apptest.Dial(l.t, addr, opener, sealer)
	}
	c := apptest.Dial(l.t, addr, nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
	if documented == 7003 {
		apptest.Expect(c, nps.OKToLogin)
	}
	c.Send(nps.Login.With(&nps.LoginBody{User: l.persona, Name: "Liar", Customer: l.account, Version: "4.5.0.0", KeyHash: l.key.Hash()}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(l.key)
	return c
}

// TestLiesEndTheConnection sends every message that a port understands and that has a
// length in it with that length too large: it is not read as far as it goes, the
// connection ends, and the log says why (DECISIONS 51).
func TestLiesEndTheConnection(t *testing.T) {
	a := startInside(t)
	log, hook := logtest.NewNullLogger()
	log.SetLevel(logrus.DebugLevel)
	a.opts.Log.(*logrus.Logger).AddHook(hook)
	l := newLiar(t, a)
	tried := map[wire.Family]int{}
	for _, documented := range []int{8226, 8227, 8228, 7003, 9000, 9001, 10001} {
		port := a.gamePorts()[documented]
		for _, r := range port.Rows {
			m := r.Message
			if r.Treatment != gateway.Handled || m.Confidence == wire.Guess || m.Number == nps.Login.Number && m.Family == wire.Lobby {
				continue
			}
			body, err := wiretest.Sample(m.Layout())
			require.NoError(t, err)
			lies, err := wiretest.Lies(m.Layout(), body)
			require.NoError(t, err)
			for _, lie := range lies {
				name := fmt.Sprintf("port %d, %s: %s", documented, m, lie.Field)
				hook.Reset()
				c := l.enter(documented, port)
				c.SendFrame(wire.Frame{Number: m.Number, Body: lie.Body, Short: m.Short})
				c.Ended()
				tried[m.Family]++
				said := false
				for _, e := range hook.AllEntries() {
					said = said || e.Data["message"] == m.String() && e.Message == gateway.Lie
				}
				assert.True(t, said, "%s: not in the log", name)
			}
		}
	}
	for family, least := range map[wire.Family]int{wire.Login: 3, wire.Persona: 6, wire.Lobby: 40} {
		assert.GreaterOrEqual(t, tried[family], least, "lies told on the %s ports", family)
	}
}
