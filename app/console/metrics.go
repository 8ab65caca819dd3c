package console

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mcos/app/admin"
)

// metricsType is the text form of Prometheus.
const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// metrics tells counters and gauges to Prometheus. The values of labels come from
// the server's own tables, never from clients.
func metrics(x *exchange) (any, error) {
	w := &metricsWriter{}
	s := x.c.Status()
	w.status(s)
	ctx := x.r.Context()
	if counters, err := x.c.Admin.Counters(ctx); err == nil {
		w.counters(counters)
	}
	if logins, err := x.c.Admin.Logins(ctx); err == nil {
		w.one("mcos_logins", "gauge", "Accounts that are logged in.", float64(len(logins)))
	}
	if o, err := x.c.Admin.Overview(ctx); err == nil && len(o.Samples) > 0 {
		w.one("mcos_races", "gauge", "Races that are open or running, at the last sample.", float64(o.Samples[len(o.Samples)-1].Races))
	}
	if d, err := x.c.Admin.Disk(ctx); err == nil {
		w.disk(d)
	}
	x.w.Header().Set("Content-Type", metricsType)
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(w.Bytes())
	return streamed{}, nil
}

// metricsWriter writes the text form.
type metricsWriter struct{ bytes.Buffer }

func (w *metricsWriter) status(s admin.Status) {
	w.head("mcos_info", "gauge", "Always 1; the version is the label.")
	w.value("mcos_info", 1, "version", s.Version)
	w.one("mcos_start_time_seconds", "gauge", "When the server started, in Unix seconds.", float64(s.Started.Unix()))
	w.one("mcos_players", "gauge", "Drivers in the game.", float64(s.Players))
	w.one("mcos_memory_bytes", "gauge", "Memory that the server has from the operating system.", float64(s.Memory))
	w.head("mcos_connections", "gauge", "Open connections of the game ports.")
	for _, service := range slices.Sorted(maps.Keys(s.Connections)) {
		w.value("mcos_connections", float64(s.Connections[service]), "service", service)
	}
	w.one("mcos_messages_received_total", "counter", "Messages from the game.", float64(s.Messages.Received))
	w.one("mcos_messages_sent_total", "counter", "Messages to the game.", float64(s.Messages.Sent))
}

// counters writes the messages by service and name; those that nobody knows count
// together.
func (w *metricsWriter) counters(list []admin.Counter) {
	type key struct{ service, message string }
	sums := map[key]uint64{}
	order := []key{}
	for _, c := range list {
		k := key{c.Service, c.Message}
		if k.message == "" {
			k.message = "unknown"
		}
		if _, seen := sums[k]; !seen {
			order = append(order, k)
		}
		sums[k] += c.Count
	}
	w.head("mcos_messages_by_kind_total", "counter", "Messages from the game by service and message.")
	for _, k := range order {
		w.value("mcos_messages_by_kind_total", float64(sums[k]), "service", k.service, "message", k.message)
	}
}

func (w *metricsWriter) disk(d admin.Disk) {
	w.head("mcos_disk_used_bytes", "gauge", "What the data folder holds.")
	w.value("mcos_disk_used_bytes", float64(d.Store), "what", "store")
	w.value("mcos_disk_used_bytes", float64(d.Backups), "what", "backups")
	w.value("mcos_disk_used_bytes", float64(d.Logs), "what", "logs")
	w.value("mcos_disk_used_bytes", float64(d.Recordings), "what", "recordings")
	w.one("mcos_disk_free_bytes", "gauge", "Free space on the disk of the data folder.", float64(d.Free))
}

// one writes a metric without labels.
func (w *metricsWriter) one(name, kind, help string, value float64) {
	w.head(name, kind, help)
	w.value(name, value)
}

func (w *metricsWriter) head(name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

var labelEscape = strings.NewReplacer("\\", `\\`, "\n", `\n`, `"`, `\"`)

// value writes one sample with its labels, given as names and values in turn.
func (w *metricsWriter) value(name string, value float64, labels ...string) {
	w.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		w.WriteByte(sep)
		fmt.Fprintf(w, `%s="%s"`, labels[i], labelEscape.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		w.WriteByte('}')
	}
	w.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
}
