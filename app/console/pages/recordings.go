package pages

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"mcos/app/admin"
	"mcos/app/buildinfo"
	"mcos/app/record"
	"mcos/app/record/pcap"
	"mcos/app/record/tape"
)

// recordingWithin is how long reading a recording may take.
const recordingWithin = 10 * time.Minute

// recordings lists the recordings, which the menu calls sessions.
func (v *visit) recordings() error {
	list, err := v.p.Admin.Recordings(v.r.Context())
	if err != nil {
		return err
	}
	// The newest first.
	for i, j := 0, len(list.Files)-1; i < j; i, j = i+1, j-1 {
		list.Files[i], list.Files[j] = list.Files[j], list.Files[i]
	}
	return v.show("recordings.html", page{Title: "Sessions", Here: "/sessions", Data: list})
}

// startRecording starts one.
func (v *visit) startRecording() error {
	order := record.Order{WithSecrets: v.form("secrets") == "on"}
	order.Persona = v.form("persona")
	if text := v.form("port"); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return v.refused("/sessions", &admin.Error{Kind: admin.Invalid, Text: "the port must be a number, such as 43300"})
		}
		order.Port = int(port)
	}
	running, err := v.p.Admin.Record(v.r.Context(), order)
	return v.result("/sessions", err, "The recording %s has begun.", running.ID)
}

// stopRecording ends one.
func (v *visit) stopRecording() error {
	id := v.form("id")
	_, err := v.p.Admin.StopRecording(v.r.Context(), admin.RecordingID{ID: id})
	return v.result("/sessions", err, "The recording %s has ended.", id)
}

// removeRecording removes one.
func (v *visit) removeRecording() error {
	id := v.form("id")
	return v.result("/sessions", v.p.Admin.RemoveRecording(v.r.Context(), id), "The recording %s has been removed.", id)
}

// recordingFile sends a recording as it is, or as a capture for Wireshark.
func (v *visit) recordingFile() error {
	id := v.query("id")
	v.deadline(recordingWithin)
	var kind string
	var send func(io.Writer) error
	switch v.r.PathValue("form") {
	case "json":
		kind, send = "application/json", func(w io.Writer) error { return v.p.Admin.Recording(v.r.Context(), id, w) }
	case "pcapng":
		kind, send = "application/octet-stream", func(w io.Writer) error {
			begin := sync.OnceValue(func() *pcap.Writer { return pcap.NewWriter(w, "mcos "+buildinfo.Version) })
			_, err := v.entries(id, func(e *tape.Entry) error {
				e.Complete()
				return begin().Write(e)
			})
			if err == nil {
				begin() // a capture without a packet
			}
			return err
		}
	default:
		return v.missing()
	}
	begun := &lateWriter{v: v, kind: kind, name: id + "." + v.r.PathValue("form")}
	if err := send(begun); err != nil {
		if v.status == 0 {
			return err
		}
		v.log(err)
		panic(http.ErrAbortHandler) // so that nobody takes half a file for a whole one
	}
	begun.begin()
	return nil
}

// lateWriter begins an answer with its first byte, so that an error before it can
// still be told.
type lateWriter struct {
	v          *visit
	kind, name string
}

func (w *lateWriter) begin() {
	if w.v.status != 0 {
		return
	}
	h := w.v.w.Header()
	h.Set("Content-Type", w.kind)
	h.Set("Content-Disposition", `attachment; filename="`+w.name+`"`)
	w.v.status = http.StatusOK
	w.v.w.WriteHeader(http.StatusOK)
}

func (w *lateWriter) Write(b []byte) (int, error) {
	w.begin()
	return w.v.w.Write(b)
}

// entries reads a recording.
func (v *visit) entries(id string, each func(*tape.Entry) error) (cut bool, err error) {
	ctx, cancel := context.WithCancel(v.r.Context())
	defer cancel()
	r, w := io.Pipe()
	defer r.Close()
	go func() { w.CloseWithError(v.p.Admin.Recording(ctx, id, w)) }()
	return tape.Read(r, each)
}

// packetsShown is how many packets one page of a recording has.
const packetsShown = 100

// recordingData is what the page of a recording shows.
type recordingData struct {
	ID             string
	Summary        record.Summary
	Port, Persona  string // of the filter
	Number         string
	Packets        []packet
	From, Until    int // of the packets that fit the filter, counted from 1
	Found          int
	Before, Behind string // addresses of the pages around this one
}

// recording shows one recording.
func (v *visit) recording() error {
	filter, err := v.trafficFilter()
	if err != nil {
		return err
	}
	start, err := strconv.Atoi(v.query("start"))
	if err != nil || start < 0 {
		start = 0
	}
	d := recordingData{ID: v.query("id"), Port: v.query("port"), Persona: filter.Persona, Number: v.query("number")}
	var sum record.Counter
	cut, err := v.entries(d.ID, func(e *tape.Entry) error {
		e.Complete()
		sum.Add(e)
		if !fits(filter, e) {
			return nil
		}
		if d.Found >= start && len(d.Packets) < packetsShown {
			d.Packets = append(d.Packets, newPacket(e))
		}
		d.Found++
		return nil
	})
	if err != nil {
		return err
	}
	d.Summary = sum.Summary(cut)
	d.From, d.Until = min(start+1, d.Found), start+len(d.Packets)
	to := func(start int) string {
		return "/sessions/show?" + url.Values{"id": {d.ID}, "port": {d.Port}, "persona": {d.Persona}, "number": {d.Number}, "start": {strconv.Itoa(start)}}.Encode()
	}
	if start > 0 {
		d.Before = to(max(0, start-packetsShown))
	}
	if d.Until < d.Found {
		d.Behind = to(start + packetsShown)
	}
	return v.show("recording.html", page{Title: "Recording " + d.ID, Here: "/sessions", Data: d})
}

// fits tells whether an entry is what the filter asks for.
func fits(f record.Filter, e *tape.Entry) bool {
	return (f.Port == 0 || f.Port == e.Port) && (f.Persona == "" || strings.EqualFold(f.Persona, e.Persona)) &&
		(f.Number == 0 || e.IsMessage() && f.Number == e.Number)
}
