package nps_test

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Rows of nps-vectors.tsv that some server once sent and that must not be copied:
// they only have to be read without harm.
var tolerated = map[string]bool{
	"login_0601_legacy_A": true, "login_0601_legacy_B": true, "login_0601_2019_opaque": true, "login_0602_short": true,
	"persona_0607_legacy_capture": true, "persona_0607_2019": true, "persona_020a_reference": true, "persona_060c_reference": true,
}

// Rows whose message is not the default form of its number.
var forms = map[string]*wire.Message{
	"persona_0207_for_0503_capture": nps.SelectAckA.Message,
	"persona_0207_for_0503_2019":    nps.SelectAckB.Message,
	"persona_0207_for_050f_capture": nps.LogoutAck.Message,
	"persona_0601_for_0507":         nps.PersonaCreated.Message,
}

// Rows that hold only a body.
var bodies = map[string]*wire.Message{
	"persona_0607_body_one":  nps.PersonaList.Message,
	"persona_0607_body_none": nps.PersonaList.Message,
	"persona_record_DrBrown": nps.PersonaCreated.Message,
}

// Rows about the key inside 0x501, which is not this package's business.
func isKeyRow(name string) bool {
	return strings.HasSuffix(name, "_plaintext") || strings.HasPrefix(name, "session_key_block") ||
		strings.HasPrefix(name, "selfmade_rsa")
}

func TestLoginVectors(t *testing.T) {
	exact := 0
	for _, row := range table(t, "captures/nps-vectors.tsv", 5) {
		name, raw := row[0], unhex(t, row[3])
		t.Run(name, func(t *testing.T) {
			family, _ := familyOf(row[1])
			open, seal := loginFraming(row[1], row[2])
			switch {
			case isKeyRow(name):
			case tolerated[name]:
				size, err := open.Size(raw)
				require.NoError(t, err)
				if size > len(raw) {
					return // the length of the recorded packet is not that of a message
				}
				f, err := open.Open(raw[:size])
				require.NoError(t, err)
				m := nps.Registry.Find(family, wire.ToClient, f.Number)
				_, _ = m.Layout().Decode(f.Body, m.Layout().New()) // may fail, must not panic
			case bodies[name] != nil:
				exact++
				assert.Equal(t, raw, again(t, bodies[name], raw))
			default:
				exact++
				size, err := open.Size(raw)
				require.NoError(t, err)
				require.Equal(t, len(raw), size)
				f, err := open.Open(raw)
				require.NoError(t, err)
				m := forms[name]
				if m == nil {
					m = nps.Registry.Find(family, directions(row[2])[0], f.Number)
				}
				require.NotNil(t, m)
				assert.Equal(t, m.Number, f.Number)
				assert.Equal(t, m.Short, f.Short)
				f.Body = again(t, m, f.Body)
				got, err := seal.Seal(nil, f)
				require.NoError(t, err)
				assert.Equal(t, loose(row, f, raw), loose(row, f, got))
			}
		})
	}
	assert.Greater(t, exact, 40, "the file has lost its rows")
}

// loose clears the fields of a long header that are free: the checksum in rows
// that were not captured, the version 0 of a server of 2019, and both where a test
// made the header up.
func loose(row []string, f wire.Frame, message []byte) []byte {
	if row[1] == "8227" || f.Short {
		return message
	}
	if !strings.Contains(row[4], "capture") {
		clear(message[8:12])
	}
	if row[0] == "persona_0207_for_0503_2019" || strings.Contains(row[4], "header made up") {
		clear(message[4:6])
	}
	return message
}

func loginFraming(port, direction string) (opener, sealer) {
	switch {
	case port == "8227":
		return nps.NewShortOpener(nps.DefaultLoginCap), nps.NewShortSealer()
	case direction == "C>S":
		return nps.NewLongOpener(nps.DefaultLoginCap), nps.NewLongSealer()
	}
	return nps.NewLongClientOpener(nps.DefaultLoginCap), nps.NewLongSealer()
}

// again decodes a body and encodes it.
func again(t *testing.T, m *wire.Message, body []byte) []byte {
	t.Helper()
	v := m.Layout().New()
	used, err := m.Layout().Decode(body, v)
	require.NoError(t, err, "%s", m)
	require.Equal(t, len(body), used, "%s: bytes are left", m)
	if info, ok := v.(*nps.ServerInfoBody); ok && body[3+binary.BigEndian.Uint32(body)] == 0 {
		info.End("\x00") // decoding takes the NUL off
	}
	out, err := wire.Packet{Message: m, Body: v}.AppendBody([]byte{})
	require.NoError(t, err, "%s", m)
	return out
}

// chain is one direction of one recorded connection.
type chain struct {
	open *nps.LobbyOpener
	seal *nps.LobbySealer
}

func TestLobbyVectors(t *testing.T) {
	keys := map[string]cipher.SessionKey{}
	chains := map[string]chain{}
	exact := 0
	for _, row := range table(t, "captures/lobby-vectors.tsv", 7) {
		if session, ok := strings.CutPrefix(row[0], "# key of "); ok {
			var key cipher.SessionKey
			copy(key[:], unhex(t, row[5]))
			keys[session] = key
			continue
		}
		if row[0] == "S1728.9001.segment" || row[0] == "channeldata.full" {
			continue // tests of their own
		}
		t.Run(row[0], func(t *testing.T) {
			session, _, recorded := strings.Cut(row[0], ".")
			key, known := keys[session]
			if !known || !recorded {
				key, known = keys["S1741"], false
			}
			id := session + row[1] + row[2]
			c, ok := chains[id]
			if !ok || !known {
				c = newChain(t, row[2], key, row[3] == "yes")
			}
			if known && row[3] == "yes" {
				chains[id] = c
			}
			if lobbyRow(t, row, c) {
				exact++
			}
		})
	}
	assert.Greater(t, exact, 65, "the file has lost its rows")
}

func newChain(t *testing.T, direction string, key cipher.SessionKey, secure bool) chain {
	c := chain{nps.NewLobbyOpener(nps.DefaultLobbyCap), nps.NewLobbySealer()}
	if direction == "S>C" {
		c.open = nps.NewLobbyClientOpener(nps.DefaultLobbyCap)
	}
	if secure {
		require.NoError(t, c.open.Secure(key))
		require.NoError(t, c.seal.Secure(key))
	}
	return c
}

// lobbyRow checks one row: framing, cipher, layout and back. It reports whether
// the row was compared byte by byte.
func lobbyRow(t *testing.T, row []string, c chain) bool {
	encrypted := row[3] == "yes"
	raw := unhex(t, row[4])
	if row[3] == "inner only" {
		raw = unhex(t, row[5])
		size, err := c.open.Size(raw)
		require.NoError(t, err)
		raw = raw[:size] // relay.97.A has a byte of padding
	}
	wired := append([]byte(nil), raw...)
	size, err := c.open.Size(raw)
	require.NoError(t, err)
	require.Equal(t, len(raw), size)
	f, err := c.open.Open(raw)
	require.NoError(t, err)
	assert.Equal(t, !encrypted, f.Plain)
	m := nps.Registry.Find(wire.Lobby, directions(row[2])[0], f.Number)
	require.NotNil(t, m, "0x%03X", f.Number)

	inner := unhex(t, strings.TrimPrefix(row[5], "-"))
	if len(inner) > 0 {
		assert.Equal(t, binary.BigEndian.Uint16(inner), f.Number)
		assert.Equal(t, inner[4:binary.BigEndian.Uint16(inner[2:])], f.Body)
	} else if encrypted { // masked: number and length only
		assert.Equal(t, uint16(0x20D), f.Number)
		assert.Len(t, f.Body, 51-4)
	}

	badUsers := f.Number == 0x229 && row[0][0] == 'S' // ids little-endian, names without NUL
	if badUsers {
		v := m.Layout().New()
		_, err := m.Layout().Decode(f.Body, v)
		require.NoError(t, err)
	} else {
		assert.Equal(t, f.Body, again(t, m, f.Body))
	}
	if !encrypted || row[2] == "S>C" { // the client fills the last block with junk
		got, err := c.seal.Seal(nil, f)
		require.NoError(t, err)
		assert.Equal(t, hex.EncodeToString(wired), hex.EncodeToString(got))
	}
	return !badUsers
}

// The key hash of a login is the MD5 of the session key.
func TestKeyHashVectors(t *testing.T) {
	keys := map[string]cipher.SessionKey{}
	checked := 0
	for _, row := range table(t, "captures/lobby-vectors.tsv", 7) {
		if session, ok := strings.CutPrefix(row[0], "# key of "); ok && len(row[5]) == 64 {
			keys[session] = cipher.SessionKey(unhex(t, row[5]))
		}
		session, _, _ := strings.Cut(row[0], ".")
		key, known := keys[session]
		if !strings.HasPrefix(row[4], "0100") || !known {
			continue
		}
		login, err := nps.Login.Decode(unhex(t, row[4])[4:])
		require.NoError(t, err)
		assert.Equal(t, key.Hash(), login.KeyHash)
		assert.Equal(t, "Dr Brown", login.Name)
		assert.Equal(t, uint32(5551212), login.Customer)
		checked++
	}
	assert.Equal(t, 3, checked)
}

// Two messages in one TCP read are two messages.
func TestSegmentVector(t *testing.T) {
	rows := map[string][]byte{}
	for _, row := range table(t, "captures/lobby-vectors.tsv", 7) {
		if strings.HasPrefix(row[0], "S1728.9001.") {
			rows[row[0]] = unhex(t, row[4])
		}
	}
	segment, first := rows["S1728.9001.segment"], rows["S1728.9001.c4"]
	require.Len(t, segment, 432)
	size, err := nps.NewLobbyOpener(nps.DefaultLobbyCap).Size(segment)
	require.NoError(t, err)
	assert.Equal(t, first, segment[:size])
	assert.Equal(t, rows["S1728.9001.c5"], segment[size:])
}

// What one player sends arrives at the other as the reference says.
func TestRelayVectors(t *testing.T) {
	rows := map[string][]byte{}
	for _, row := range table(t, "captures/lobby-vectors.tsv", 7) {
		if strings.HasPrefix(row[0], "relay.") {
			rows[row[0]] = unhex(t, row[5])
		}
	}
	for _, name := range []string{"relay.97.B", "relay.95.test", "relay.93.test"} {
		sent := rows[name]
		relay, err := nps.RelayNotSingle.Decode(sent[4:])
		require.NoError(t, err)
		p, ok := nps.Delivered(binary.BigEndian.Uint16(sent), &nps.RelayBody{Comm: relay.Comm, Sender: relay.Sender, Blob: relay.Blob})
		require.True(t, ok)
		body, err := p.AppendBody(nil)
		require.NoError(t, err)
		got, err := nps.NewLobbySealer().Seal(nil, wire.Frame{Number: p.Message.Number, Body: body})
		require.NoError(t, err)
		assert.Equal(t, rows[name+".delivered"], got, name)
	}
}

func TestChannelDataVector(t *testing.T) {
	for _, row := range table(t, "captures/lobby-vectors.tsv", 7) {
		if row[0] != "channeldata.full" {
			continue
		}
		raw := append(make([]byte, 4), unhex(t, row[5])...)
		got, err := nps.SetChannelData.Decode(raw)
		require.NoError(t, err)
		d := got.Data
		assert.Equal(t, int32(7), d.Race)
		assert.Equal(t, "nightcruise", nps.Text(d.RaceName[:]))
		assert.Equal(t, int32(500), d.EntryFee)
		assert.Equal(t, 6, d.MaxRacers())
		assert.Equal(t, uint32(9999), d.Sponsor)
		assert.Equal(t, uint32(1), d.NoNOS)
		assert.Equal(t, uint32(1), d.Major)
		assert.Equal(t, uint32(3), d.Revision)
		assert.Equal(t, raw, again(t, nps.SetChannelData.Message, raw))
		return
	}
	t.Fatal("no such row")
}
