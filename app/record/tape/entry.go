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

// form is an entry as JSON, for reading; appendJSON writes it.
type form struct {
	Time      timestamp   `json:"timestamp"`
	Type      Type        `json:"type"`
	Port      int         `json:"port"`
	Conn      connID      `json:"connectionId"`
	Hex       string      `json:"hex"`
	Family    wire.Family `json:"protocol"`
	Number    uint16      `json:"number"`
	Name      string      `json:"name"`
	Body      int         `json:"body"`
	Persona   string      `json:"persona"`
	Client    string      `json:"client"`
	Server    string      `json:"server"`
	Encrypted bool        `json:"encrypted"`
	Masked    []string    `json:"masked"`
	Text      string      `json:"text"`
}

// timestamp is written as RFC 3339 in UTC with microseconds, and read in that form
// or as milliseconds since 1970.
type timestamp time.Time

const timeForm = "2006-01-02T15:04:05.000000Z"

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
func (e Entry) MarshalJSON() ([]byte, error) { return e.appendJSON(nil), nil }

// appendJSON does the same without reflection: a busy server records some ten thousand
// messages a second.
func (e *Entry) appendJSON(b []byte) []byte {
	b = append(b, `{"timestamp":"`...)
	b = e.Time.UTC().AppendFormat(b, timeForm)
	b = append(b, `","type":`...)
	b = appendText(b, string(e.Type))
	b = append(b, `,"port":`...)
	b = strconv.AppendInt(b, int64(e.Port), 10)
	b = append(b, `,"connectionId":`...)
	b = appendText(b, e.Conn)
	b = append(b, `,"hex":"`...)
	b = hex.AppendEncode(b, e.Data)
	b = append(b, '"')
	b = appendField(b, "protocol", string(e.Family))
	b = appendNumber(b, "number", int64(e.Number))
	b = appendField(b, "name", e.Name)
	b = appendNumber(b, "body", int64(e.Body))
	b = appendField(b, "persona", e.Persona)
	b = appendField(b, "client", e.Client)
	b = appendField(b, "server", e.Server)
	if e.Encrypted {
		b = append(b, `,"encrypted":true,"decrypted":true`...)
	}
	for i, name := range e.Masked {
		if i == 0 {
			b = append(b, `,"masked":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendText(b, name)
	}
	if len(e.Masked) > 0 {
		b = append(b, ']')
	}
	b = appendField(b, "text", e.Text)
	return append(b, '}')
}

func appendNumber(b []byte, key string, n int64) []byte {
	if n == 0 {
		return b
	}
	b = append(append(append(b, ',', '"'), key...), '"', ':')
	return strconv.AppendInt(b, n, 10)
}

func appendField(b []byte, key, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(append(append(b, ',', '"'), key...), '"', ':'), text)
}

// appendText quotes a text; only what is not plain is left to the library.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil {
				return append(b, '"', '"') // no text is beyond the library
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
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
