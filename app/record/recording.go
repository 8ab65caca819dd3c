package record

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"mcos/app/gateway"
	"mcos/app/record/tape"
)

// Filter chooses what is recorded or shown. An empty field chooses everything.
type Filter struct {
	Conn    uint64 `json:"connection,omitempty"` // number of a connection, as in the log
	Persona string `json:"persona,omitempty"`    // who plays on it; what came before his login belongs to it
	Port    int    `json:"port,omitempty"`       // documented number
	Number  uint16 `json:"number,omitempty"`     // of the message
}

// match judges all but the persona.
func (f Filter) match(e *tape.Entry) bool {
	return (f.Conn == 0 || e.Conn == fmt.Sprintf("c%d", f.Conn)) &&
		(f.Port == 0 || f.Port == e.Port) &&
		(f.Number == 0 || !e.IsMessage() || f.Number == e.Number)
}

// Order says what to record.
type Order struct {
	Filter
	// WithSecrets keeps passwords, tickets and session keys as they are.
	WithSecrets bool `json:"with_secrets,omitempty"`
}

// recording is one that runs. It belongs to the recorder's goroutine.
type recording struct {
	id       string // of the file that is being written
	first    string // of its first file
	order    Order
	began    time.Time
	messages int64
	limit    int64

	file  *os.File
	tape  *tape.Writer
	conns map[string]*seen
}

// seen is a connection that a recording knows.
type seen struct {
	told   bool // its connect stands in the file
	keyed  bool
	waits  []tape.Entry // until its persona is known
	bytes  int          // of data in waits
	passed bool         // it is of no interest
}

// Most messages of a connection that wait for a login, and most bytes of them:
// anybody can connect and send.
const (
	maxWaits     = 64
	maxWaitBytes = 64 << 10
)

const suffix = ".json"

// open starts a file. Its name is its id.
func (rec *recording) open(dir Folder, id string, now time.Time, limit int64) error {
	path, err := dir.Path(id)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	rec.id, rec.began, rec.limit, rec.file, rec.tape = id, now, limit, f, tape.NewWriter(f)
	if rec.first == "" {
		rec.first = id
	}
	// Connections are introduced again in every file.
	for _, s := range rec.conns {
		s.told, s.keyed = false, false
	}
	return nil
}

// secretMark is part of the names of recordings with secrets.
const secretMark = "-secrets"

func (rec *recording) full() bool { return rec.tape.Bytes() >= rec.limit }

func (rec *recording) flush() error { return rec.tape.Flush() }

func (rec *recording) close() error { return errors.Join(rec.tape.End(), rec.file.Close()) }

// note writes a remark; that it cannot be written shows with the next entry.
func (rec *recording) note(at time.Time, text string) {
	_ = rec.tape.Write(&tape.Entry{Time: at, Type: tape.Note, Text: text})
}

// add writes an entry that the order asks for.
func (rec *recording) add(e *tape.Entry, c *gateway.Conn, s *source) error {
	if !rec.order.match(e) {
		return nil
	}
	conn := rec.conns[e.Conn]
	if conn == nil {
		conn = &seen{}
		rec.conns[e.Conn] = conn
	}
	if e.Type == tape.Disconnect {
		defer delete(rec.conns, e.Conn)
	}
	if want := rec.order.Persona; want != "" {
		switch {
		case conn.passed, c == nil, e.Persona != "" && !strings.EqualFold(e.Persona, want):
			conn.passed, conn.waits = true, nil
			return nil
		case e.Persona == "" && len(conn.waits) < maxWaits && conn.bytes+len(e.Data) <= maxWaitBytes:
			waiting := *e
			waiting.Data = append([]byte(nil), e.Data...)
			conn.waits = append(conn.waits, waiting)
			conn.bytes += len(e.Data)
			return nil
		case e.Persona == "":
			return nil
		}
	}
	waits := conn.waits
	conn.waits, conn.bytes = nil, 0
	for i := range waits {
		if err := rec.write(&waits[i], conn, c, s); err != nil {
			return err
		}
	}
	return rec.write(e, conn, c, s)
}

// write introduces the connection where that is missing, and writes the entry.
func (rec *recording) write(e *tape.Entry, conn *seen, c *gateway.Conn, s *source) error {
	if !conn.told && e.Type != tape.Connect {
		if e.Type == tape.Disconnect {
			return nil
		}
		first := tape.Entry{
			Time: e.Time, Type: tape.Connect, Port: e.Port, Conn: e.Conn, Family: e.Family, Persona: e.Persona,
			Client: s.client, Server: s.server, Text: "it was there before the recording began",
		}
		if err := rec.tape.Write(&first); err != nil {
			return err
		}
	}
	conn.told = true
	if e.Type == tape.Key {
		conn.keyed = true
	} else if err := rec.lateKey(e, conn, c); err != nil {
		return err
	}
	if e.IsMessage() {
		rec.messages++
	}
	return rec.tape.Write(e)
}

// lateKey tells the key of a connection that was encrypted before the recording
// began.
func (rec *recording) lateKey(e *tape.Entry, conn *seen, c *gateway.Conn) error {
	if !rec.order.WithSecrets || conn.keyed || c == nil || !e.Encrypted {
		return nil
	}
	seat := c.Seat()
	if seat == nil {
		return nil
	}
	conn.keyed = true
	return rec.tape.Write(&tape.Entry{
		Time: e.Time, Type: tape.Key, Port: e.Port, Conn: e.Conn, Family: e.Family, Persona: e.Persona, Data: seat.Session.Key[:],
	})
}
