// Package tape is the file form of a recorded session: what travelled over which
// connection when, one JSON object for each event.
//
// A file is a JSON array with one event a line, so that programs for the
// community's session files read it, and so that a file whose end is missing loses
// nothing but its last line. The fields timestamp, type, port, connectionId and hex
// are the community's; all others are ours and may be missing. The hex of a message
// is the whole message with its header, decrypted and exploded.
package tape

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mcos/protocol/wire"
)

// Type says what an entry tells.
type Type string

// The types. Key and Note are ours: a session key, kept only when secrets are
// recorded, and a remark about the recording itself.
const (
	Connect    Type = "connect"
	In         Type = "data_in"  // client to server
	Out        Type = "data_out" // server to client
	Disconnect Type = "disconnect"
	Key        Type = "session_key"
	Note       Type = "note"
)

// Entry is one event.
type Entry struct {
	Time time.Time
	Type Type
	// Port is the documented number of the server's port, whatever number it
	// really had.
	Port int
	// Conn names the connection within the recording.
	Conn string
	// Data is a message in its framing, decrypted and exploded; of type Key it is
	// the 32 bytes of the session key.
	Data []byte

	// Family is the number space of the message; "web" for HTTP, empty in the
	// community's files.
	Family wire.Family
	// Number and Name are the message's.
	Number uint16
	Name   string
	// Body is where the message's body starts in Data, behind header and number;
	// 0 when that is not known.
	Body int
	// Persona is who plays on the connection, once that is known.
	Persona string
	// Client and Server are the addresses of the connection, with ports, told with
	// its connect.
	Client, Server string
	// Encrypted tells that the message was encrypted on the wire. Data is not.
	Encrypted bool
	// Masked names the fields that are overwritten in Data.
	Masked []string
	// Text is the reason of a disconnect, or a note.
	Text string
}

// Web is the family of HTTP requests and answers.
const Web wire.Family = "web"

// form is an entry as JSON.
type form struct {
	Time      timestamp   `json:"timestamp"`
	Type      Type        `json:"type"`
	Port      int         `json:"port"`
	Conn      connID      `json:"connectionId"`
	Hex       string      `json:"hex"`
	Family    wire.Family `json:"protocol,omitempty"`
	Number    uint16      `json:"number,omitempty"`
	Name      string      `json:"name,omitempty"`
	Body      int         `json:"body,omitempty"`
	Persona   string      `json:"persona,omitempty"`
	Client    string      `json:"client,omitempty"`
	Server    string      `json:"server,omitempty"`
	Encrypted bool        `json:"encrypted,omitempty"`
	Decrypted bool        `json:"decrypted,omitempty"`
	Masked    []string    `json:"masked,omitempty"`
	Text      string      `json:"text,omitempty"`
}

// timestamp is written as RFC 3339 in UTC with microseconds, and read in that form
// or as milliseconds since 1970.
type timestamp time.Time

// MarshalText implements encoding.TextMarshaler.
func (t timestamp) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, "2006-01-02T15:04:05.000000Z"), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *timestamp) UnmarshalJSON(b []byte) error {
	if ms, err := strconv.ParseFloat(string(b), 64); err == nil {
		*t = timestamp(time.UnixMicro(int64(ms * 1000)).UTC())
		return nil
	}
	return json.Unmarshal(b, (*time.Time)(t))
}

// connID is a text, read also from a number.
type connID string

// UnmarshalJSON implements json.Unmarshaler.
func (c *connID) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		*c = connID(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(c))
}

// MarshalJSON writes the entry as one line of a file.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(form{
		Time: timestamp(e.Time), Type: e.Type, Port: e.Port, Conn: connID(e.Conn), Hex: hex.EncodeToString(e.Data),
		Family: e.Family, Number: e.Number, Name: e.Name, Body: e.Body, Persona: e.Persona, Client: e.Client, Server: e.Server,
		Encrypted: e.Encrypted, Decrypted: e.Encrypted, Masked: e.Masked, Text: e.Text,
	})
}

// errEntry says that a JSON object is no entry.
var errEntry = errors.New("not an event of a recorded session")

// UnmarshalJSON reads one entry.
func (e *Entry) UnmarshalJSON(b []byte) error {
	var f form
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if f.Type == "" {
		return fmt.Errorf("%w: it has no type", errEntry)
	}
	data, err := hex.DecodeString(f.Hex)
	if err != nil {
		return fmt.Errorf("%w: its hex is none: %w", errEntry, err)
	}
	if f.Body < 0 || f.Body > len(data) {
		return fmt.Errorf("%w: its body starts at %d of %d bytes", errEntry, f.Body, len(data))
	}
	*e = Entry{
		Time: time.Time(f.Time), Type: f.Type, Port: f.Port, Conn: string(f.Conn), Data: data,
		Family: f.Family, Number: f.Number, Name: f.Name, Body: f.Body, Persona: f.Persona, Client: f.Client, Server: f.Server,
		Encrypted: f.Encrypted, Masked: f.Masked, Text: f.Text,
	}
	return nil
}

// Direction is the way that the entry's message takes.
func (e *Entry) Direction() wire.Direction {
	if e.Type == Out {
		return wire.ToClient
	}
	return wire.ToServer
}

// IsMessage tells whether the entry holds a message, of the game or of the web.
func (e *Entry) IsMessage() bool { return e.Type == In || e.Type == Out }
