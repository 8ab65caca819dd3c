package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/game"
	"mcos/app/keys"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/catalog"
)

// The crowd of BenchmarkLobbyMemory: every player on one connection to one of the
// chat ports, in one of its three chat rooms, which holds 83 or 84 of them.
const (
	visitors  = 5000
	firstPort = 9001
	chatPorts = 20
)

var chatRooms = []struct {
	comm uint32
	riff string
}{{2, "LOBBY"}, {191, "MCCHAT"}, {301, "MCC01"}}

// BenchmarkLobbyMemory measures the memory that a connected lobby client costs: a
// server process on a data folder with 5,000 drivers, its resident memory before
// anybody came and when all of them sit in chat rooms and nothing happens any more.
// Each has logged in by the game's own login, so a session is part of the figure;
// what the kernel keeps for a socket is not.
func BenchmarkLobbyMemory(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("reads the memory of a process from /proc")
	}
	dir := b.TempDir()
	guests, key := populate(b, dir, visitors)
	for b.Loop() {
		s := run(b, dir)
		s.rest()
		before := s.resident()
		c := crowd{server: s, key: key}
		conns := c.invite(b, guests)
		s.rest()
		after := s.resident()
		require.Zero(b, c.gone.Load(), "not everybody is connected any more")
		b.ReportMetric(float64(before)/1024, "MiB-before")
		b.ReportMetric(float64(after)/1024, "MiB-after")
		b.ReportMetric(float64(after-before)/visitors, "KiB/client")
		for _, conn := range conns {
			_ = conn.Close()
		}
		s.kill()
	}
}

// crowd is everybody who comes to a server.
type crowd struct {
	server *server
	key    *rsa.PublicKey
	gone   atomic.Int64 // connections that have ended
}

// guest is a player of the crowd.
type guest struct {
	account, persona uint32
	name, ticket     string
}

// populate makes a data folder with the drivers, a ticket for each, and the keys.
func populate(b *testing.B, dir string, count int) ([]guest, *rsa.PublicKey) {
	b.Helper()
	ring, err := keys.Open(filepath.Join(dir, "keys"), keys.Default(), func() []string { return []string{"localhost"} }, time.Now)
	require.NoError(b, err)
	base, err := catalog.Base()
	require.NoError(b, err)
	rules := game.New(game.Default(), func() *catalog.Catalog { return base }, time.Now)
	store, err := bolt.Open(bolt.Options{Path: filepath.Join(dir, "mcos.db")})
	require.NoError(b, err)
	guests := make([]guest, count)
	var cfg bytes.Buffer
	cfg.WriteString("log:\n  level: error\nresearch:\n  tickets:\n")
	require.NoError(b, store.Update(func(tx storage.Tx) error {
		for i := range guests {
			id, err := tx.NextAccount()
			if err != nil {
				return err
			}
			g := guest{account: id, name: fmt.Sprintf("P%d", i), ticket: fmt.Sprintf("%034x", i+1)}
			if err := tx.PutAccount(storage.Account{ID: id, Name: g.name, PasswordHash: "-", Created: time.Now()}); err != nil {
				return err
			}
			p, err := rules.CreatePersona(tx, id, g.name, 44, 0)
			if err != nil {
				return err
			}
			g.persona = p.ID
			guests[i] = g
			fmt.Fprintf(&cfg, "    - ticket: \"%s\"\n      account: %s\n", g.ticket, g.name)
		}
		return nil
	}))
	require.NoError(b, store.Close())
	require.NoError(b, os.WriteFile(filepath.Join(dir, "mcos.yaml"), cfg.Bytes(), 0o600))
	return guests, &ring.LoginKey().PublicKey
}

// invite brings everybody into a chat room. Their connections are read until they
// end.
func (c *crowd) invite(b *testing.B, guests []guest) []net.Conn {
	b.Helper()
	conns := make([]net.Conn, len(guests))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(guests)) && !b.Failed(); i = next.Add(1) - 1 {
				conn, err := c.visit(guests[i], int(i))
				if err != nil {
					b.Errorf("%s: %v", guests[i].name, err)
					return
				}
				conns[i] = conn
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return conns
}

// visit logs a guest in, who enters a chat port and joins a room of it.
func (c *crowd) visit(g guest, i int) (net.Conn, error) {
	key := cipher.SessionKey{byte(i), byte(i >> 8), 1}
	sealed, err := cipher.EncryptSessionKey(c.key, key, rand.Reader)
	if err != nil {
		return nil, err
	}
	login := nps.UserLogin.With(&nps.UserLoginBody{Ticket: g.ticket, Key: string(sealed), Game: "2176"})
	conn, err := c.server.ask(8226, nps.NewLongSealer(), login, nps.UserValid.Number)
	if err != nil {
		return nil, err
	}
	if err := conn.Close(); err != nil {
		return nil, err
	}
	port := firstPort + i%chatPorts
	sealer := nps.NewLobbySealer()
	enter := nps.Login.With(&nps.LoginBody{User: g.persona, Name: g.name, Customer: g.account, KeyHash: key.Hash()})
	if conn, err = c.server.ask(port, sealer, enter, nps.LoginResp.Number); err != nil {
		return nil, err
	}
	room := chatRooms[i/chatPorts%len(chatRooms)]
	if err := sealer.Secure(key); err != nil {
		return nil, err
	}
	open := &nps.OpenChannelBody{Comm: room.comm, Riff: room.riff, Slot: -1, User: g.persona, Type: nps.ChannelPublic, State: nps.GameNotRunning}
	if err := say(conn, sealer, nps.OpenChannel.With(open)); err != nil {
		return nil, err
	}
	joined := make(chan error, 1)
	go func() {
		buf := make([]byte, 512)
		_, err := conn.Read(buf) // granted, or the connection has ended
		for joined <- err; err == nil; {
			_, err = conn.Read(buf)
		}
		c.gone.Add(1)
	}()
	return conn, <-joined
}

type sealer interface {
	Seal(dst []byte, f wire.Frame) ([]byte, error)
}

func say(conn net.Conn, seal sealer, p wire.Packet) error {
	body, err := p.AppendBody(nil)
	if err != nil {
		return err
	}
	raw, err := seal.Seal(nil, wire.Frame{Number: p.Message.Number, Body: body})
	if err != nil {
		return err
	}
	_, err = conn.Write(raw)
	return err
}

// ask connects to a documented port, sends one message and reads the one answer.
func (s *server) ask(port int, seal sealer, p wire.Packet, want uint16) (net.Conn, error) {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.target.Ports[port])))
	if err != nil {
		return nil, err
	}
	err = func() error {
		if err := conn.SetDeadline(time.Now().Add(enough)); err != nil {
			return err
		}
		if err := say(conn, seal, p); err != nil {
			return err
		}
		var head [4]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return err
		}
		if got := binary.BigEndian.Uint16(head[:]); got != want {
			return fmt.Errorf("answer 0x%X, want 0x%X", got, want)
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(head[2:]))-4); err != nil {
			return err
		}
		return conn.SetDeadline(time.Time{})
	}()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// resident is the server's resident memory in KiB.
func (s *server) resident() int {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	require.NoError(s.t, err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			require.NoError(s.t, err)
			return kib
		}
	}
	s.t.Fatal("no VmRSS in the status of the process")
	return 0
}

// rest waits until the server has done nothing for a second.
func (s *server) rest() {
	s.t.Helper()
	last := -1
	require.Eventually(s.t, func() bool {
		now := s.ticks()
		idle := now == last
		last = now
		return idle
	}, enough, time.Second)
}

// ticks is the processor time that the server has had.
func (s *server) ticks() int {
	s.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	require.NoError(s.t, err)
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest) // from the third field on
	user, err := strconv.Atoi(fields[11])
	require.NoError(s.t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(s.t, err)
	return user + system
}
