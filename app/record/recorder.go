package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/gateway"
	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

// Options are what a Recorder needs. No field may be nil.
type Options struct {
	Dir    string // folder of the recordings
	Config Config
	Log    logrus.FieldLogger
	Now    func() time.Time
}

// Recorder records and passes on what it observes. Its methods may be called from any
// goroutine.
type Recorder struct {
	o        Options
	watching atomic.Bool // somebody wants to see something
	secrets  atomic.Bool // some recording keeps secrets
	webs     atomic.Uint64

	queue   queue
	dropped atomic.Uint64

	control chan func()
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once

	// What follows belongs to the goroutine.
	recordings []*recording
	subs       []*Subscription
	sources    map[*gateway.Conn]*source
	told       uint64 // of dropped, in the log
	second     string // in which the newest recording began
	nth        int    // of that second
	spare      []*event
	scratch    []byte // for the message at hand, while nobody else keeps it
}

// source is a connection as it stands in entries.
type source struct {
	name           string
	port           int
	family         wire.Family
	client, server string
	sealer         gateway.Sealer // makes messages in clear
}

// New starts a recorder, and its first recording when the configuration wants one.
// Close it at the end.
func New(o Options) (*Recorder, error) {
	r := &Recorder{
		o: o, control: make(chan func()),
		stop: make(chan struct{}), stopped: make(chan struct{}), sources: map[*gateway.Conn]*source{},
	}
	go r.run()
	if o.Config.Enabled {
		if _, err := r.Start(Order{WithSecrets: o.Config.WithSecrets}); err != nil {
			r.Close()
			return nil, fmt.Errorf("record.enabled: the recording cannot be started: %w", err)
		}
	}
	return r, nil
}

// Close ends all recordings and subscriptions.
func (r *Recorder) Close() {
	r.once.Do(func() { close(r.stop) })
	<-r.stopped
}

// ErrClosed says that the recorder has been closed.
var ErrClosed = errors.New("the server stops; nothing is recorded any more")

// do runs a function on the goroutine. When it returns the observers know what has
// changed: what comes after the answer to Start is in the recording.
func (r *Recorder) do(f func()) error {
	done := make(chan struct{})
	select {
	case r.control <- func() { f(); r.listen(); close(done) }:
		<-done
		return nil
	case <-r.stopped:
		return ErrClosed
	}
}

// flushEvery is how much a crash can lose of a recording.
const flushEvery = 500 * time.Millisecond

// drainEvery is how long events wait in the queue at most.
const drainEvery = 5 * time.Millisecond

// yieldAfter is how many events are handled before others get their turn: a race that
// waits has the processor first.
const yieldAfter = 8

func (r *Recorder) run() {
	defer close(r.stopped)
	flushed := time.Now()
	for {
		var tick <-chan time.Time
		if r.watching.Load() {
			tick = time.After(drainEvery)
		}
		select {
		case f := <-r.control:
			r.drain()
			f()
		case now := <-tick:
			r.drain()
			if now.Sub(flushed) >= flushEvery {
				r.flush()
				flushed = now
			}
		case <-r.stop:
			r.watching.Store(false)
			r.drain()
			r.end()
			return
		}
	}
}

// drain handles what is in the queue.
func (r *Recorder) drain() {
	all := r.queue.take(r.spare)
	for _, s := range r.subs {
		s.left = atOnce
	}
	for i, e := range all {
		if i%yieldAfter == yieldAfter-1 {
			runtime.Gosched()
		}
		r.handle(e)
	}
	clear(all)
	r.spare = all
}

// listen switches the observers on or off.
func (r *Recorder) listen() {
	r.watching.Store(len(r.recordings)+len(r.subs) > 0)
	r.secrets.Store(slices.ContainsFunc(r.recordings, func(rec *recording) bool { return rec.order.WithSecrets }))
	if !r.watching.Load() {
		clear(r.sources)
	}
}

func (r *Recorder) end() {
	for _, rec := range slices.Clone(r.recordings) {
		r.finish(rec, "the server stopped")
	}
	for _, s := range r.subs {
		close(s.c)
	}
	r.subs = nil
}

func (r *Recorder) flush() {
	for _, rec := range slices.Clone(r.recordings) {
		if err := rec.flush(); err != nil {
			r.failed(rec, err)
		}
	}
	if n := r.dropped.Load(); n > r.told {
		r.o.Log.WithField("messages", n-r.told).Warn("the recording could not keep up; messages are missing in it")
		for _, rec := range r.recordings {
			rec.note(r.o.Now(), strconv.FormatUint(n-r.told, 10)+" messages are missing here: the recording could not keep up")
		}
		r.told = n
	}
}

// failed ends a recording that cannot be written.
func (r *Recorder) failed(rec *recording, err error) {
	r.o.Log.WithError(err).WithField("recording", rec.id).Error("a recording cannot be written and has ended")
	r.remove(rec)
	_ = rec.close() // what could be written is there
	r.listen()
}

func (r *Recorder) remove(rec *recording) {
	r.recordings = slices.DeleteFunc(r.recordings, func(x *recording) bool { return x == rec })
}

// finish ends a recording in good order.
func (r *Recorder) finish(rec *recording, why string) {
	rec.note(r.o.Now(), why)
	r.remove(rec)
	if err := rec.close(); err != nil {
		r.o.Log.WithError(err).WithField("recording", rec.id).Error("a recording did not end cleanly")
	}
	r.o.Log.WithFields(logrus.Fields{"recording": rec.id, "messages": rec.messages}).Info("recording ended")
}

// handle gives one event to all who want it.
func (r *Recorder) handle(e *event) {
	defer e.free()
	if len(r.recordings)+len(r.subs) == 0 {
		return
	}
	if e.web != nil {
		r.handleWeb(e)
		return
	}
	s := r.source(e.conn)
	entry := tape.Entry{Time: e.at, Type: e.kind, Port: s.port, Conn: s.name, Family: s.family, Text: e.text}
	if seat := e.conn.Seat(); seat != nil {
		entry.Persona = seat.Name
	}
	switch e.kind {
	case tape.Connect:
		entry.Client, entry.Server = s.client, s.server
	case tape.Disconnect:
		delete(r.sources, e.conn)
	case tape.Key:
		entry.Data = e.data
		r.keep(&entry, e.conn, s, true)
		return
	case tape.In, tape.Out:
		r.message(e, s, &entry)
		return
	}
	r.keep(&entry, e.conn, s, false)
	r.publish(&entry)
}

// message makes the entry of a message, keeps it with its secrets where that is
// wished, and masked everywhere else.
func (r *Recorder) message(e *event, s *source, entry *tape.Entry) {
	f := e.frame
	f.Body = e.data
	entry.Number, entry.Encrypted = f.Number, !f.Plain && s.encrypts()
	room := r.scratch[:0]
	passing := r.passing()
	if passing { // it will be kept
		room = make([]byte, 0, len(e.data)+maxHead+frameExtra)
	}
	if e.heads > 0 {
		entry.Data = append(append(room, e.head[:e.heads]...), e.data...)
	} else {
		f.Plain = true
		data, err := s.sealer.Seal(room, f)
		if err != nil {
			return // the message could not be sent either
		}
		entry.Data = data
	}
	if !passing && cap(entry.Data) <= keepBytes {
		r.scratch = entry.Data
	}
	entry.Body = len(entry.Data) - len(e.data)
	body := entry.Data[entry.Body:]
	m := known(entry, body)
	if m != nil {
		entry.Name = m.Name
	}
	if r.secrets.Load() {
		r.keep(entry, e.conn, s, true)
	}
	entry.Masked = mask(m, entry.Number, e.early && entry.Type == tape.In, body)
	r.keep(entry, e.conn, s, false)
	r.publish(entry)
}

// frameExtra is what a message's header may take beyond maxHead.
const frameExtra = 4

func (s *source) encrypts() bool { return s.family == wire.Lobby || s.family == wire.MCOTS }

func (r *Recorder) handleWeb(e *event) {
	x := e.web
	s := &source{name: x.conn(), port: x.Port, family: tape.Web, client: x.Client, server: x.Server}
	r.keepBoth(tape.Entry{Time: x.Began, Type: tape.Connect, Client: x.Client, Server: x.Server}, s, nil)
	r.keepBoth(tape.Entry{Time: x.Began, Type: tape.In, Name: x.Name, Encrypted: x.Port == webTLS}, s, x.Request)
	r.keepBoth(tape.Entry{Time: e.at, Type: tape.Out, Name: x.Name, Encrypted: x.Port == webTLS}, s, x.Answer)
	r.keepBoth(tape.Entry{Time: e.at, Type: tape.Disconnect}, s, nil)
}

const webTLS = 443

// keepBoth is for entries of the web, whose secrets are marked in pieces.
func (r *Recorder) keepBoth(entry tape.Entry, s *source, text []Piece) {
	entry.Port, entry.Conn, entry.Family = s.port, s.name, s.family
	if r.secrets.Load() {
		entry.Data, _ = pieces(text, true)
		r.keep(&entry, nil, s, true)
	}
	entry.Data, entry.Masked = pieces(text, false)
	r.keep(&entry, nil, s, false)
	r.publish(&entry)
}

// keep writes an entry to every recording that wants it in this form.
func (r *Recorder) keep(entry *tape.Entry, c *gateway.Conn, s *source, secrets bool) {
	for i := 0; i < len(r.recordings); i++ {
		rec := r.recordings[i]
		withSecrets := rec.order.WithSecrets && (entry.IsMessage() || entry.Type == tape.Key)
		if withSecrets != secrets {
			continue
		}
		err := rec.add(entry, c, s)
		if err == nil && rec.full() {
			err = r.turn(rec)
		}
		if err != nil {
			r.failed(rec, err)
			i--
		}
	}
}

// turn goes on with a recording in a new file.
func (r *Recorder) turn(rec *recording) error {
	if err := rec.close(); err != nil {
		return err
	}
	return r.open(rec)
}

func (r *Recorder) source(c *gateway.Conn) *source {
	if s := r.sources[c]; s != nil {
		return s
	}
	s := &source{name: "c" + strconv.FormatUint(c.ID(), 10), port: c.Port().Number, family: c.Port().Family}
	s.client, s.server = c.Addrs()
	_, s.sealer = c.Port().Framing()
	r.sources[c] = s
	return s
}

// open makes the file of a recording, after making room for it.
func (r *Recorder) open(rec *recording) error {
	if err := os.MkdirAll(r.o.Dir, 0o700); err != nil {
		return err
	}
	if err := r.room(); err != nil {
		return err
	}
	now := r.o.Now()
	base := now.UTC().Format("20060102-150405")
	if base != r.second {
		r.second, r.nth = base, 0
	}
	// An id is given once, also when the recording that had it has been removed.
	for {
		r.nth++
		id := base
		if r.nth > 1 {
			id = fmt.Sprintf("%s-%d", base, r.nth)
		}
		if rec.order.WithSecrets {
			id += secretMark
		}
		err := rec.open(Folder(r.o.Dir), id, now, r.o.Config.MaxFile)
		if !errors.Is(err, fs.ErrExist) || r.nth > maxNth {
			return err
		}
	}
}

// maxNth is how many recordings may begin within one second.
const maxNth = 1000
