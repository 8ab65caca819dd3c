package garage_test

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/garage"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

const (
	tire   = 110014 // list price 129
	wheels = 15001  // the assembly that tires hang on
)

// desk is a world with a garage service behind a real port.
type desk struct {
	*apptest.World
	addr   string
	racing uint32 // car that is in a race
}

// open starts the service; adjust changes its configuration and may be nil.
func open(t *testing.T, adjust func(*garage.Config)) *desk {
	t.Helper()
	cfg := garage.Default()
	if adjust != nil {
		adjust(&cfg)
	}
	d := &desk{World: apptest.NewWorld(t)}
	s := garage.New(cfg, garage.Deps{
		Store: d.Store, Rules: d.Rules,
		Racing: func(vehicle uint32) bool { return vehicle == d.racing },
	})
	connect := gateway.On(mcots.MsgConnect, gateway.Connected, func(c *gateway.Call, req *mcots.Connect) error {
		sess := d.Sessions.ByAccount(req.CustomerID)
		if err := c.Sit(gateway.Seat{Session: sess, Persona: req.PersonaID, Name: req.PersonaName}); err != nil {
			return err
		}
		c.SetState(gateway.LoggedIn)
		c.Accept()
		return c.Secure(sess.Key)
	})
	d.addr = d.Serve(gateway.MCOTSPort(gateway.DefaultMCOTS(), append(s.Rows(), connect), gateway.Timeouts{}))
	t.Cleanup(func() { require.NoError(t, d.Store.View(storage.Check)) })
	return d
}

// client is a connection that speaks in whole bodies.
type client struct{ *apptest.Client }

func (d *desk) dial() client {
	d.T.Helper()
	return client{apptest.Dial(d.T, d.addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())}
}

// login connects as a player.
func (d *desk) login(p apptest.Player) client {
	d.T.Helper()
	c := d.dial()
	c.Send(mcots.MsgConnect.With(&mcots.Connect{CustomerID: p.Account, PersonaID: p.Persona, PersonaName: p.Name}))
	c.Secure(p.Key)
	apptest.Expect(c.Client, mcots.MsgSuccess)
	return c
}

// player is a player with so much money.
func (d *desk) player(name string, key byte, cash int64) apptest.Player {
	d.T.Helper()
	p := d.Player(name, key)
	d.Update(func(tx storage.Tx) error { return d.Rules.Grant(tx, p.Persona, cash-10000, "test") })
	return p
}

// send sends a body in hex, which begins with the message number.
func (c client) send(body string) {
	c.T.Helper()
	raw := unhex(c.T, body)
	c.SendFrame(wire.Frame{Number: binary.LittleEndian.Uint16(raw), Body: raw[2:]})
}

// ask sends a body and returns the body of the reply, both in hex.
func (c client) ask(body string) string {
	c.T.Helper()
	c.send(body)
	f := c.Next()
	require.Equal(c.T, c.Seq(), f.Seq, "a reply has the sequence number of its request")
	return hex.EncodeToString(binary.LittleEndian.AppendUint16(nil, f.Number)) + hex.EncodeToString(f.Body)
}

// request is a body with two parameters, in hex.
func request(number uint16, data, data2 uint32) string { return u16(number) + u32(data) + u32(data2) }

// done and refused are the bodies of 101 and 102.
func done(number uint16) string { return "6500" + u16(number) + u32(0) + u32(0) + u32(0) }
func refused(number uint16, reason uint32) string {
	return "6600" + u16(number) + u32(reason) + u32(0) + u32(0)
}

func u16(v uint16) string { return hex.EncodeToString(binary.LittleEndian.AppendUint16(nil, v)) }
func u32(v uint32) string { return hex.EncodeToString(binary.LittleEndian.AppendUint32(nil, v)) }

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return raw
}

// part is a part record in hex.
func part(id, parent, branded, repair, junk, wear uint32, point, damage byte) string {
	return u32(id) + u32(parent) + u32(branded) + u32(repair) + u32(junk) + u32(wear) + hex.EncodeToString([]byte{point, damage})
}

// give gives a player a car.
func (d *desk) give(p apptest.Player, car, skin uint32) (vehicle uint32) {
	d.T.Helper()
	d.Update(func(tx storage.Tx) (err error) {
		vehicle, err = d.Rules.GiveCar(tx, p.Persona, car, skin, "")
		return err
	})
	return vehicle
}

// put stores a loose part.
func (d *desk) put(p storage.Part) {
	d.T.Helper()
	d.Update(func(tx storage.Tx) error { return tx.PutPart(p) })
}

// part reads a part, which is zero when it is not there.
func (d *desk) part(id uint32) (p storage.Part) {
	d.T.Helper()
	_ = d.Store.View(func(tx storage.ReadTx) (err error) {
		p, err = tx.Part(id)
		return err
	})
	return p
}

// vectors reads the rows of a vector file of the reference by name.
// The test is skipped when there is no reference.
func vectors(t *testing.T, file string, nameAt, bodyAt int) map[string]string {
	t.Helper()
	root, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		require.NotEqual(t, filepath.Dir(root), root)
		root = filepath.Dir(root)
	}
	reference := os.Getenv("MCOS_REFERENCE")
	if reference == "" {
		reference = filepath.Join(root, "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(reference, "captures", file))
	if os.IsNotExist(err) {
		t.Skip("no reference documents here")
	}
	require.NoError(t, err)
	rows := map[string]string{}
	for _, line := range strings.Split(string(data), "\n") {
		if columns := strings.Split(line, "\t"); len(columns) > bodyAt && columns[nameAt] != "" {
			rows[columns[nameAt]] = columns[bodyAt]
		}
	}
	require.NotEmpty(t, rows, "no rows in %s", file)
	return rows
}
