package app_test

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/config"
	"mcos/app/datadir"
)

// lines collects a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestUDPProbe(t *testing.T) {
	out := &lines{}
	log := logrus.New()
	log.SetOutput(out)
	cfg := config.Default()
	cfg.Ports, cfg.Server.Listen, cfg.Research.UDPProbe = config.FreePorts(), "127.0.0.1", true
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	a, err := app.Start(t.Context(), app.Options{Dir: dir, Config: cfg, Log: log, Passwords: cheap})
	require.NoError(t, err)
	t.Cleanup(a.Stop)

	conn, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(bound(a, 9000))))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.Eventually(t, func() bool { // a datagram may be lost
		_, _ = conn.Write([]byte{0xca, 0xfe})
		return strings.Contains(out.String(), "head=cafe")
	}, enough, 20*time.Millisecond)
	assert.Contains(t, out.String(), "port=9000")
	a.Stop() // returns: nobody listens any more
}
