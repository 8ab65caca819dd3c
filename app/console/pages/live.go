package pages

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// How often streams send something, and how long a browser may take to read it.
const (
	liveEvery = 2 * time.Second
	liveBeat  = 15 * time.Second
	liveWrite = 10 * time.Second
)

// maxStreams is how many pages are kept fresh at a time; those beyond it are told
// to try again, and are as fresh as their last reload.
const maxStreams = 48

var tooManyStreams = &problem{http.StatusServiceUnavailable, "Too many pages are open; this one does not refresh itself."}

// stream is an open answer of server-sent events.
type stream struct {
	v       *visit
	control *http.ResponseController
	last    map[string][]byte // what each part was sent as
	beat    time.Time
}

// stream begins an answer of server-sent events; the caller ends it with end, unless
// there is an error.
func (v *visit) stream() (*stream, error) {
	if v.p.streams.Add(1) > maxStreams {
		v.p.streams.Add(-1)
		return nil, tooManyStreams
	}
	s := &stream{v: v, control: http.NewResponseController(v.w), last: map[string][]byte{}}
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	v.status = http.StatusOK
	v.w.WriteHeader(http.StatusOK)
	_ = s.control.SetReadDeadline(time.Time{}) // a browser says nothing more
	if err := s.write([]byte("retry: 3000\n\n")); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *stream) end() { s.v.p.streams.Add(-1) }

// write sends bytes at once.
func (s *stream) write(text []byte) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(liveWrite))
	if _, err := s.v.w.Write(text); err != nil {
		return err
	}
	s.beat = time.Now()
	return s.control.Flush()
}

// lineEnds are what browsers take for the end of a line in an event.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// event sends one event with a part of a page; its data may have several lines.
func (s *stream) event(name string, data []byte) error {
	var b bytes.Buffer
	b.WriteString("event: " + name + "\n")
	for line := range strings.SplitSeq(lineEnds.Replace(string(s.v.session.placed(data))), "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteByte('\n')
	return s.write(b.Bytes())
}

// part sends a template of a page, when it looks different from the last time.
// The browser puts it into the element whose id is the template's name. The event
// is called part-NAME: browsers have events of their own that are called open and
// error.
func (s *stream) part(file, name string, data any) error {
	var b bytes.Buffer
	if err := s.v.p.templates[file].ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	if bytes.Equal(s.last[name], b.Bytes()) {
		return nil
	}
	s.last[name] = b.Bytes()
	return s.event("part-"+name, b.Bytes())
}

// alive keeps the connection open and tells whether the stream may go on.
func (s *stream) alive() bool {
	if !s.v.p.sessions.lives(s.v.session) {
		return false
	}
	if time.Since(s.beat) >= liveBeat {
		return s.write([]byte(": still here\n\n")) == nil
	}
	return true
}

// live keeps parts of a page fresh until the browser goes away, its session ends
// or the server does. Each part is a template of the file.
func (v *visit) live(file string, data func() (any, error), parts ...string) error {
	s, err := v.stream()
	if err != nil {
		return err
	}
	defer s.end()
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	for {
		now, err := data()
		if err != nil {
			return err
		}
		for _, name := range parts {
			if err := s.part(file, name, now); err != nil {
				return nil // the browser is gone
			}
		}
		select {
		case <-tick.C:
		case <-v.r.Context().Done():
			return nil
		case <-v.p.closing.Done():
			return nil
		}
		if !s.alive() {
			return nil
		}
	}
}
