package console

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

var sampleLine = regexp.MustCompile(`^(mcos_[a-z_]+)(\{[a-z]+="([^"\\\n]|\\["\\n])*"(,[a-z]+="([^"\\\n]|\\["\\n])*")*\})? -?[0-9.]+$`)

func TestMetrics(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Status = func() admin.Status {
			return admin.Status{Version: "1.0 \"odd\"\\\n", Started: time.Unix(1700000000, 0), Players: 3, Connections: map[string]int{"rooms": 7, "lobby": 5}, Messages: admin.MessageCounts{Received: 1 << 52}}
		}
	})
	f.local.Server = &fakeServer{}
	status, text, header := f.do(request{method: http.MethodGet, path: "/metrics"})
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, "text/plain; version=0.0.4; charset=utf-8", header.Get("Content-Type"))
	for _, line := range []string{
		`mcos_info{version="1.0 \"odd\"\\\n"} 1`, "mcos_start_time_seconds 1700000000", "mcos_players 3", `mcos_connections{service="lobby"} 5`,
		"mcos_messages_received_total 4503599627370496", `mcos_messages_by_kind_total{service="login",message="0x501 USER_LOGIN"} 5`,
		`mcos_messages_by_kind_total{service="login",message="unknown"} 1`, "mcos_logins 1", "mcos_races 0", `mcos_disk_used_bytes{what="logs"} 0`,
		"# TYPE mcos_messages_sent_total counter",
	} {
		assert.Contains(t, text, line+"\n")
	}
	typed := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			assert.False(t, typed[name], "twice: %s", name)
			assert.Contains(t, []string{"counter", "gauge"}, kind)
			assert.Equal(t, kind == "counter", strings.HasSuffix(name, "_total"), name)
			typed[name] = true
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		require.NotNil(t, m, "%q", line)
		assert.True(t, typed[m[1]], "no type before %q", line)
	}
}

func TestMetricsWithoutAGame(t *testing.T) {
	f := newFixture(t, nil)
	status, text, _ := f.do(request{method: http.MethodGet, path: "/metrics"})
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "mcos_players 3\n")
	assert.NotContains(t, text, "mcos_logins")
}
