package nps_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// seeds are real and hand-made streams.
func seeds(f *testing.F) {
	for _, s := range []string{
		"0532 0010 0000 0000 00000010 0054b46c",
		"0533 0026 0000 0000 00000026 0054b46c 0008 44722042726f776e 000a 4d6f746f722043697479",
		"0534 0017 0000 0000 00000017 00000002 0005 4d61727479",
		"0519 0023 0101 0000 00000023 0054b46c 000a 4d6f746f722043697479 0005 4d61727479",
		"0518 0023 0101 0000 00000023 000a 4d6f746f722043697479 00000015 0005 4d61727479",
		"0503 0018 0101 0000 00000018 0054b46c 00000015 0000002c",
		"0614 000e 0101 0000 0000000e 0000",
		"0526 0010 00000015 00000000 0001fdfe",
		"0207 0004 0207 000c 0101 0000 0000000c",
		"1101000c 23f48b6ee2604b9a 1101000c 7e0e18c6f486e39f 1101000c d2efa7a5aed9e73d",
		"0217 0004 1101 0004 0532 0003 ffff ffff",
	} {
		f.Add(unhex(f, s))
	}
}

// frames reads a stream the way a connection does, and checks what it gets.
func frames(t *testing.T, o opener, stream []byte, limit int) []wire.Frame {
	var list []wire.Frame
	for {
		size, err := o.Size(stream)
		if err != nil {
			return list
		}
		require.LessOrEqual(t, size, limit, "no frame is longer than the cap")
		if size == 0 || size > len(stream) {
			return list
		}
		f, err := o.Open(stream[:size])
		if err != nil {
			return list
		}
		require.LessOrEqual(t, len(f.Body), size-4)
		list = append(list, f)
		stream = stream[size:]
	}
}

// Any stream on 8226 to 8228 gives frames or an error, and what it gave comes out
// the same when it is sealed and opened again.
func FuzzLongFrames(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 512
		for _, pair := range []struct {
			open opener
			seal sealer
		}{
			{nps.NewLongOpener(limit), nps.NewLongSealer()},
			{nps.NewLongClientOpener(limit), nps.NewLongSealer()},
			{nps.NewShortOpener(limit), nps.NewShortSealer()},
		} {
			list := frames(t, pair.open, stream, limit)
			var again []byte
			for _, frame := range list {
				var err error
				again, err = pair.seal.Seal(again, frame)
				require.NoError(t, err)
			}
			require.Equal(t, list, frames(t, pair.open, again, limit))
		}
	})
}

// Any stream on a keyed lobby connection gives frames or an error, and what it gave
// comes out the same when it is sealed and opened again.
func FuzzLobbyFrames(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 512
		open, seal := nps.NewLobbyOpener(limit), nps.NewLobbySealer()
		require.NoError(t, open.Secure(testKey))
		require.NoError(t, seal.Secure(testKey))
		list := frames(t, open, bytes.Clone(stream), limit)
		var again []byte
		for _, frame := range list {
			var err error
			again, err = seal.Seal(again, frame)
			require.NoError(t, err)
		}
		second := nps.NewLobbyOpener(limit)
		require.NoError(t, second.Secure(testKey))
		require.Equal(t, list, frames(t, second, again, limit))
	})
}

var realRequests = []wire.Packet{
	nps.UserLogin.With(&nps.UserLoginBody{Ticket: "d316cd2dd6bf870893dfbaaf17f965884e", Key: "0A1B", Game: "2176", Check: 0xFEA31C19}),
	nps.CreatePersona.With(&nps.CreatePersonaBody{Persona: marty, Game: "Motor City", Tail: []byte{0xCD, 0xCD, 0xCD}}),
	nps.ValidateName.With(&nps.ValidateNameBody{Customer: 654321, Name: "Marty", Game: "Motor City"}),
	nps.PersonaInfoByName.With(&nps.NumberFirstBody{Asking: 654321, First: "Motor City", Second: "Marty"}),
	nps.PersonaInfoByText.With(&nps.TextFirstBody{Asking: 654321, First: "Motor City", Second: "Marty"}),
	nps.BuddyInfoByName.With(&nps.NumberFirstBody{Asking: 21, First: "Doc", Second: "Motor City"}),
	nps.BuddyInfoByText.With(&nps.TextFirstBody{Asking: 21, First: "Doc", Second: "Motor City"}),
	nps.CheckToken.With(&nps.CheckTokenBody{Flags: 2, Text: "Marty"}),
	nps.Login.With(&nps.LoginBody{User: 21, Name: "Dr Brown", Customer: 5551212, Version: "4.5.0.0", Host: "mco", IP: "10.10.5.8"}),
	nps.SetUserData.With(&nps.UserInfoBody{User: 21, Name: "Dr Brown", Data: userData}),
	nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", Slot: -1, Port: 9001, Data: channelData, Flags: 2}),
	nps.StartGameServer.With(&nps.StartGameServerBody{Comm: 12, Host: "127.0.0.1"}),
	nps.RelayList.With(&nps.RelayListBody{Comm: 5, Sender: 21, Users: []uint32{42, 43}, Blob: []byte{1}}),
}

// Any body of any request decodes or fails, and what decoded encodes to bytes that
// decode to the same. The first byte of the input chooses the message.
func FuzzDecode(f *testing.F) {
	var requests []*wire.Message
	for _, m := range nps.Registry.All() {
		if m.Dir&wire.ToServer != 0 && !m.Unknown {
			requests = append(requests, m)
		}
	}
	for i, m := range requests {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), bytes.Repeat([]byte{0xFF}, 64))
		f.Add(byte(i), make([]byte, m.Layout().MinSize()))
		f.Add(byte(i), bytes.Repeat([]byte{0, 0, 0, 1, 'A'}, 80))
		for _, p := range realRequests {
			if body, err := p.AppendBody(nil); err == nil && p.Message == m {
				f.Add(byte(i), body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		layout := requests[int(which)%len(requests)].Layout()
		v := layout.New()
		used, err := layout.Decode(body, v)
		require.LessOrEqual(t, used, len(body))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, len(body), layout.MinSize())
		out, err := layout.Append(nil, v)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrTooLong, "a received text may be longer than one to be sent")
			return
		}
		again := layout.New()
		_, err = layout.Decode(out, again)
		require.NoError(t, err)
		twice, err := layout.Append(nil, again)
		require.NoError(t, err)
		require.Equal(t, out, twice)
	})
}

// A count or length that a client made up costs nothing.
func TestHostileCountsDoNotAllocate(t *testing.T) {
	hostile := bytes.Repeat([]byte{0xFF}, 64)
	for _, m := range []*wire.Message{
		nps.RelayList.Message, nps.MiniRiffList.Message, nps.UserList.Message, nps.RiffList.Message,
		nps.MailList.Message, nps.PersonaList.Message, nps.Login.Message, nps.UserLogin.Message,
	} {
		v := m.Layout().New()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			_, err := m.Layout().Decode(hostile, v)
			require.Error(t, err, "%s", m)
		}
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100*8<<10), "%s", m)
	}
}
