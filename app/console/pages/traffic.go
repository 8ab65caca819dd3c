package pages

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mcos/app/admin"
	"mcos/app/record"
	"mcos/app/record/tape"
)

// How the live traffic is shown. What comes faster than a browser can draw, or a
// person can see, is counted instead: the game goes first.
const (
	trafficBuffer = 512
	trafficEvery  = 300 * time.Millisecond
	trafficShown  = 25 // packets in each
)

// trafficData is what the page of the live traffic shows.
type trafficData struct {
	Port, Number, Persona, Conn string // as they were asked for
	Filtered                    bool
}

// trafficFilter reads the filter of the page.
func (v *visit) trafficFilter() (record.Filter, error) {
	var f record.Filter
	f.Persona = strings.TrimSpace(v.query("persona"))
	for _, number := range []struct {
		key  string
		bits int
		set  func(uint64)
	}{
		{"port", 16, func(n uint64) { f.Port = int(n) }},
		{"number", 16, func(n uint64) { f.Number = uint16(n) }},
		{"conn", 64, func(n uint64) { f.Conn = n }},
	} {
		text := strings.TrimPrefix(strings.TrimSpace(v.query(number.key)), "c")
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 0, number.bits) // 0x… is hexadecimal
		if err != nil {
			return f, &admin.Error{Kind: admin.Invalid, Text: "the field " + number.key + " must be a number, such as 43300 or 0x50C"}
		}
		number.set(n)
	}
	return f, nil
}

// traffic shows packets as they come and go.
func (v *visit) traffic() error {
	f, err := v.trafficFilter()
	if err != nil {
		return v.refused("/traffic", err)
	}
	d := trafficData{Port: v.query("port"), Number: v.query("number"), Persona: f.Persona, Conn: v.query("conn"), Filtered: f != record.Filter{}}
	live := "/live/traffic?" + url.Values{"port": {d.Port}, "number": {d.Number}, "persona": {d.Persona}, "conn": {d.Conn}}.Encode()
	return v.show("traffic.html", page{Title: "Traffic", Here: "/traffic", Live: live, Data: d})
}

// trafficLive sends packets as they come and go.
func (v *visit) trafficLive() error {
	f, err := v.trafficFilter()
	if err != nil {
		return err
	}
	sub, err := v.p.Recorder.Subscribe(f, trafficBuffer)
	if err != nil {
		return err
	}
	defer sub.Close()
	s, err := v.stream()
	if err != nil {
		return err
	}
	defer s.end()
	tick := time.NewTicker(trafficEvery)
	defer tick.Stop()
	for w := (window{sub: sub}); ; {
		select {
		case e, open := <-sub.Entries():
			if !open {
				return nil
			}
			w.add(e)
			continue
		case <-tick.C:
		case <-v.r.Context().Done():
			return nil
		case <-v.p.closing.Done():
			return nil
		}
		if err := w.send(s); err != nil || !s.alive() {
			return nil // the browser is gone
		}
	}
}

// window is the traffic since the last time something was sent.
type window struct {
	sub     *record.Subscription
	packets []packet
	skipped uint64
	dropped uint64 // of the subscription, as told
}

func (w *window) add(e tape.Entry) {
	if len(w.packets) == trafficShown {
		w.skipped++
		return
	}
	w.packets = append(w.packets, newPacket(&e))
}

// send shows the packets of the window, the newest first, and starts another one.
func (w *window) send(s *stream) error {
	dropped := w.sub.Dropped()
	w.skipped, w.dropped = w.skipped+dropped-w.dropped, dropped
	if len(w.packets) == 0 && w.skipped == 0 {
		return nil
	}
	var b bytes.Buffer
	if w.skipped > 0 {
		if err := s.v.p.templates["traffic.html"].ExecuteTemplate(&b, "skipped", w.skipped); err != nil {
			return err
		}
	}
	for i := len(w.packets) - 1; i >= 0; i-- {
		if err := s.v.p.templates["traffic.html"].ExecuteTemplate(&b, "packet", w.packets[i]); err != nil {
			return err
		}
	}
	w.packets, w.skipped = w.packets[:0], 0
	return s.event("part-packets", b.Bytes())
}
