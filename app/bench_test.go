package app_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/config"
	"mcos/app/pace"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// exchange opens a connection, sends one request and reads one NPS answer.
func exchange(addr string, request []byte, want uint16) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	if got := binary.BigEndian.Uint16(head[:]); got != want {
		return fmt.Errorf("answer 0x%X, want 0x%X", got, want)
	}
	_, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(head[2:]))-4)
	return err
}

func seal(b *testing.B, p wire.Packet) []byte {
	b.Helper()
	body, err := p.AppendBody(nil)
	require.NoError(b, err)
	raw, err := nps.NewLongSealer().Seal(nil, wire.Frame{Number: p.Message.Number, Body: body})
	require.NoError(b, err)
	return raw
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// BenchmarkNPSLogin is a player's way from 0x501 (with its RSA decryption) to
// 0x601 and from 0x532 to 0x607, each on a connection of its own. The logins per
// second are the figure to look at.
func BenchmarkNPSLogin(b *testing.B) {
	a := start(b, nil)
	const players = 64
	var requests [players][2][]byte
	for i := range players {
		name := fmt.Sprintf("player%d", i)
		acc, err := a.Accounts().Create(b.Context(), name, "password")
		require.NoError(b, err)
		require.NoError(b, a.Store().Update(func(tx storage.Tx) error {
			_, err := a.Rules().CreatePersona(tx, acc.ID, fmt.Sprintf("P%d", i), 44, 0)
			return err
		}))
		ticket := fmt.Sprintf("%034x", i+1)
		a.Sessions().Register(ticket, acc.ID, name)
		key, err := cipher.EncryptSessionKey(&a.Keys().LoginKey().PublicKey, cipher.SessionKey{byte(i)}, rand.Reader)
		require.NoError(b, err)
		requests[i][0] = seal(b, nps.UserLogin.With(&nps.UserLoginBody{Ticket: ticket, Key: string(key), Game: "2176"}))
		requests[i][1] = seal(b, nps.GetPersonaMaps.With(&nps.CustomerBody{Customer: acc.ID}))
	}
	login, persona := address(a.Ports().Login), address(a.Ports().Persona)
	var next atomic.Uint32
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := requests[next.Add(1)%players]
			if err := exchange(login, r[0], 0x601); err != nil {
				b.Error(err)
				return
			}
			if err := exchange(persona, r[1], 0x607); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

// BenchmarkAuthLogin is one web login with the real password cost over plain
// HTTP; TLS would add its handshake. It is bounded by the hash and nothing else.
func BenchmarkAuthLogin(b *testing.B) {
	a := startReal(b, b.TempDir())
	_, err := a.Accounts().Create(b.Context(), "marty", "password")
	require.NoError(b, err)
	target := "http://" + address(a.Ports().HTTP) + "/AuthLogin?" + url.Values{"username": {"marty"}, "password": {"password"}}.Encode()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := http.Get(target)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

// BenchmarkLobbyRequest is one encrypted request and its answer on an open lobby
// connection: the short user list.
func BenchmarkLobbyRequest(b *testing.B) {
	a := start(b, func(c *config.Config) { c.Pace = pace.Config{} })
	conn, opener, sealer := enterLobby(b, a)
	buf := make([]byte, 0, 4096)
	body, err := nps.MiniUserListReq.With(&nps.CommBody{}).AppendBody(nil)
	require.NoError(b, err)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		if out, err = sealer.Seal(out[:0], wire.Frame{Number: nps.MiniUserListReq.Number, Body: body}); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Write(out); err != nil {
			b.Fatal(err)
		}
		for buf = buf[:0]; ; {
			n, err := conn.Read(buf[len(buf):cap(buf)])
			if err != nil {
				b.Fatal(err)
			}
			buf = buf[:len(buf)+n]
			if size, _ := opener.Size(buf); size > 0 && size == len(buf) {
				if f, err := opener.Open(buf); err != nil || f.Number != nps.MiniUserList.Number {
					b.Fatal(f.Number, err)
				}
				break
			}
		}
	}
}

// enterLobby logs a new player in to 7003.
func enterLobby(b *testing.B, a *app.App) (net.Conn, *nps.LobbyOpener, *nps.LobbySealer) {
	b.Helper()
	acc, err := a.Accounts().Create(b.Context(), "marty", "password")
	require.NoError(b, err)
	var persona storage.Persona
	require.NoError(b, a.Store().Update(func(tx storage.Tx) (err error) {
		persona, err = a.Rules().CreatePersona(tx, acc.ID, "Marty", 44, 0)
		return err
	}))
	ticket, err := a.Sessions().Issue(acc.ID, "marty")
	require.NoError(b, err)
	key := cipher.SessionKey{1, 2, 3}
	home, _ := net.ResolveTCPAddr("tcp", "127.0.0.1:0")
	_, err = a.Sessions().Login(ticket, key, home.AddrPort().Addr())
	require.NoError(b, err)

	conn, err := net.Dial("tcp", address(a.Ports().Lobby))
	require.NoError(b, err)
	b.Cleanup(func() { conn.Close() })
	require.NoError(b, conn.SetDeadline(time.Now().Add(10*time.Minute)))
	greeting := make([]byte, 4)
	_, err = io.ReadFull(conn, greeting)
	require.NoError(b, err)
	opener, sealer := nps.NewLobbyClientOpener(1<<16), nps.NewLobbySealer()
	body, err := nps.Login.With(&nps.LoginBody{User: persona.ID, Name: "Marty", Customer: acc.ID, KeyHash: key.Hash()}).AppendBody(nil)
	require.NoError(b, err)
	raw, err := sealer.Seal(nil, wire.Frame{Number: nps.Login.Number, Body: body, Plain: true})
	require.NoError(b, err)
	_, err = conn.Write(raw)
	require.NoError(b, err)
	answer := make([]byte, 4)
	_, err = io.ReadFull(conn, answer)
	require.NoError(b, err)
	_, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(answer[2:]))-4)
	require.NoError(b, err)
	require.NoError(b, opener.Secure(key))
	require.NoError(b, sealer.Secure(key))
	return conn, opener, sealer
}

// BenchmarkStart is a start with an existing data folder, up to the moment when
// everything listens.
func BenchmarkStart(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "data")
	startIn(b, dir, nil).Stop()
	for b.Loop() {
		startIn(b, dir, nil).Stop()
	}
}
