package tape

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"strings"

	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Unwrapper makes entries as ours of those that hold the bytes as they were on the
// wire: whole messages, decrypted where it has the key. Entries of our own pass through
// it unchanged.
type Unwrapper struct {
	keys    []cipher.SessionKey
	login   *rsa.PrivateKey
	streams map[string]*stream
}

// NewUnwrapper makes one. login is the key of the server that was recorded, with which
// the session keys of the logins are found; it may be nil.
func NewUnwrapper(login *rsa.PrivateKey) *Unwrapper {
	return &Unwrapper{login: login, streams: map[string]*stream{}}
}

// AddKeys adds session keys from the text of a key file: one key as hex digits at the
// start of each line. A key may be shorter than 32 bytes; then it serves only the
// ciphers that it suffices for. It returns how many it has found.
func (u *Unwrapper) AddKeys(text string) (found int) {
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		raw, err := hex.DecodeString(word)
		if err != nil || len(raw) < cipher.DESKeySize || len(raw) > cipher.SessionKeySize {
			continue
		}
		var key cipher.SessionKey
		copy(key[:], raw)
		u.keys = append(u.keys, key)
		found++
	}
	return found
}

// stream is one direction of a connection.
type stream struct {
	opener opener
	buf    []byte
	lost   bool // what comes cannot be cut into messages
	sealed bool // decryption has begun
}

type opener interface {
	Size(buf []byte) (int, error)
	Open(raw []byte) (wire.Frame, error)
	Secure(key cipher.SessionKey) error
}

// newOpener is the framing of one direction of a family, and of messages in clear.
func newOpener(f wire.Family, d wire.Direction) (opener, sealer) {
	const most = 1<<16 - 1
	switch {
	case f == wire.MCOTS:
		return mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer()
	case f == wire.Mail:
		return nps.NewShortOpener(most), nps.NewShortSealer()
	case f == wire.Lobby && d == wire.ToServer:
		return nps.NewLobbyOpener(most), nps.NewLobbySealer()
	case f == wire.Lobby:
		return nps.NewLobbyClientOpener(most), nps.NewLobbySealer()
	case d == wire.ToServer:
		return nps.NewLongOpener(most), nps.NewLongSealer()
	default:
		return nps.NewLongClientOpener(most), nps.NewLongSealer()
	}
}

type sealer interface {
	Seal(dst []byte, f wire.Frame) ([]byte, error)
}

// Unwrap gives the entries that follow from one: none while a message is not whole,
// several where several came at once.
func (u *Unwrapper) Unwrap(e *Entry) []Entry {
	raw := e.Family == "" // ours always tell
	e.Complete()
	if !raw || !e.IsMessage() || e.Family == Web || e.Family == "" {
		return []Entry{*e}
	}
	name := e.Conn + " " + string(e.Type)
	s := u.streams[name]
	if s == nil {
		s = &stream{}
		s.opener, _ = newOpener(e.Family, e.Direction())
		u.streams[name] = s
	}
	if s.lost {
		return []Entry{*e}
	}
	s.buf = append(s.buf, e.Data...)
	var out []Entry
	for {
		n, err := s.opener.Size(s.buf)
		if err != nil {
			s.lost = true
			return append(out, *e)
		}
		if n == 0 || n > len(s.buf) {
			return out
		}
		frame := bytes.Clone(s.buf[:n])
		s.buf = s.buf[n:]
		out = append(out, u.message(e, s, frame))
	}
}

// message makes the entry of one whole message.
func (u *Unwrapper) message(e *Entry, s *stream, raw []byte) Entry {
	m := *e
	m.Data, m.Name, m.Number, m.Body = raw, "", 0, 0
	f, err := u.open(e, s, raw)
	if err != nil { // encrypted, and no key fits
		m.Encrypted = true
		m.Complete()
		return m
	}
	if f.Heartbeat {
		m.Name = "heartbeat"
		return m
	}
	m.Encrypted = !f.Plain && (m.Family == wire.Lobby || m.Family == wire.MCOTS)
	m.Number = f.Number
	if m.Family == wire.Lobby || m.Family == wire.MCOTS {
		_, sealer := newOpener(m.Family, m.Direction())
		f.Plain = true
		if m.Data, err = sealer.Seal(nil, f); err != nil {
			m.Data = raw
		}
	}
	m.Body = len(m.Data) - len(f.Body)
	if d := Message(m.Family, m.Direction(), m.Number, f.Body); d != nil {
		m.Name = d.Name
	}
	u.learn(&m)
	return m
}

// open opens a message; the first encrypted one of a stream tells which key is right.
func (u *Unwrapper) open(e *Entry, s *stream, raw []byte) (wire.Frame, error) {
	f, err := s.opener.Open(bytes.Clone(raw))
	if err == nil || s.sealed {
		return f, err
	}
	for _, key := range u.keys {
		try, _ := newOpener(e.Family, e.Direction())
		if try.Secure(key) != nil {
			break // nothing is encrypted on this port
		}
		f, tryErr := try.Open(bytes.Clone(raw))
		if tryErr == nil && Message(e.Family, e.Direction(), f.Number, f.Body) != nil {
			s.opener, s.sealed = try, true
			return f, nil
		}
	}
	return f, err
}

// learn takes the session key out of a login.
func (u *Unwrapper) learn(e *Entry) {
	if u.login == nil || e.Family != wire.Login || e.Number != nps.UserLogin.Number {
		return
	}
	body, err := nps.UserLogin.Decode(e.Data[e.Body:])
	if err != nil {
		return
	}
	if key, err := cipher.DecryptSessionKey(u.login, []byte(body.Key)); err == nil {
		u.keys = append([]cipher.SessionKey{key}, u.keys...)
	}
}
