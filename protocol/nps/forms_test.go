package nps_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// form is one message whose bytes were written by hand from the layout tables of
// the reference.
type form struct {
	name   string
	packet wire.Packet
	hex    string
	oneWay bool // decoding gives a body that says the same in other words
}

// zeros writes n zero bytes in hex.
func zeros(n int) string { return string(repeat('0', 2*n)) }

func repeat(c byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = c
	}
	return b
}

// Blobs written by hand from nps-lobby-rooms 5.1 and 5.2.
var (
	userDataHex = "01000000 68000000 2f000000 05 000000 a5ceffff 0d45acff ffffffff 00d8ffff 02 00 0000 00000000" +
		"01000000 00000000 08 00000000 00000000 0100 0000000000"
	userData = nps.UserData{
		Car: 1, Model: 104, Skin: 47, Driver: 5, SkinColor: 0xFFFFCEA5, HairColor: 0xFFAC450D,
		ShirtColor: 0xFFFFFFFF, PantsColor: 0xFFFFD800, CarFlags: 2, Lobby: 1, State: nps.UserDataValid, Level: 1,
	}
	channelDataHex = "07000000" + "72616365" + zeros(60) + "f4010000 64000000 32000000 26 43 55 00 02000000 0f270000" +
		"05 14 01 03 01000000 09 000000 16000000" + "4a69 6d" + zeros(27) + "0000" +
		"15000000 16000000" + zeros(16) + "c9000000 ffffffff" + zeros(16) + "68000000" + zeros(20) +
		"01000000 02000000 03000000" + zeros(32)
	channelData = nps.ChannelData{
		Race: 7, RaceName: [64]byte{'r', 'a', 'c', 'e'}, EntryFee: 500, BonusPerPlayer: 100, BonusPerRace: 50,
		Racers: 0x26, Laps: 0x43, Options: 0x55, Mode: 2, Sponsor: 9999, MinLevel: 5, MaxLevel: 20, BodyClass: 1,
		PowerClass: 3, NoNOS: 1, Progress: 9, Host: 22, HostName: [30]byte{'J', 'i', 'm'},
		Users: [6]uint32{21, 22}, Cars: [6]int32{201, -1}, Models: [6]int32{104}, Major: 1, Minor: 2, Revision: 3,
	}
)

func formsTest(t *testing.T, forms []form, opener opener, sealer sealer) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			want := unhex(t, f.hex)
			body, err := f.packet.AppendBody(nil)
			require.NoError(t, err)
			got, err := sealer.Seal(nil, wire.Frame{Number: f.packet.Message.Number, Body: body, Short: f.packet.Message.Short, Plain: true})
			require.NoError(t, err)
			assert.Equal(t, want, got)

			size, err := opener.Size(want)
			require.NoError(t, err)
			require.Equal(t, len(want), size)
			frame, err := opener.Open(want)
			require.NoError(t, err)
			assert.Equal(t, f.packet.Message.Number, frame.Number)
			back := f.packet.Message.Layout().New()
			used, err := f.packet.Message.Layout().Decode(frame.Body, back)
			require.NoError(t, err)
			assert.Equal(t, len(frame.Body), used, "the layout takes the whole body")
			if !f.oneWay {
				assert.Equal(t, counted(f.packet.Body), back)
			}
		})
	}
}

// counted returns the body as it reads after decoding: count fields set, empty
// rest fields not nil.
func counted(body any) any {
	v := reflect.ValueOf(body).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 && f.IsNil():
			f.SetBytes([]byte{})
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() != reflect.Uint8:
			v.FieldByName("Count").SetUint(uint64(f.Len()))
		}
	}
	return body
}

var marty = nps.GamePersonaBody{
	Customer: 654321, Name: "Marty", Created: 0x66000010, LastLogin: 0x66000010, Persona: 1000, Shard: 44,
}

const martyHex = "0009fbf1 0005 4d61727479 00000000 66000010 66000010 00000000 000003e8 0000 00000000 0000 00000000 00000000" +
	"0000 0000 0000 00 00000000 0000 0000 0000002c"

// What the server sends on 8226 and 8228.
func TestLoginAndPersonaReplies(t *testing.T) {
	none := &wire.Empty{}
	brown := nps.PersonaRecord{Customer: 654321, Persona: 21, Shard: 44, Created: 0x66000000, Name: "Dr Brown"}
	formsTest(t, []form{
		{"601 not banned", nps.UserValid.With(&nps.UserValidBody{Customer: 654321}),
			"0601 004b 0101 0000 0000004b 0009fbf1 00000000 00 0012" + zeros(18) + "0012" + zeros(18) + "0006 0000 00000000 00000000 0000", false},
		{"601 banned", nps.UserValid.With(&nps.UserValidBody{
			Customer: 654321, Ban: nps.BanRecord{Start: 0x66000000, Initiator: "op", StartComment: "spam"},
		}),
			"0601 0051 0101 0000 00000051 0009fbf1 00000000 00 0018 00000000 66000000 00000000 0002 6f70 0004 7370616d 0000" +
				"0012" + zeros(18) + "0006 0000 00000000 00000000 0000", false},
		{"602 on 8226", nps.UserInvalid.With(none), "0602 000c 0101 0000 0000000c", false},
		{"607 none", nps.PersonaList.With(&nps.PersonaListBody{Limit: 5}), "0607 000f 0101 0000 0000000f 0000 05", false},
		{"607 one", nps.PersonaList.With(&nps.PersonaListBody{Personas: []nps.PersonaRecord{brown}, Limit: 5}),
			"0607 002b 0101 0000 0000002b 0001 001a 0009fbf1 00000015 0000002c 66000000 0008 44722042726f776e 05", false},
		{"607 two", nps.PersonaList.With(&nps.PersonaListBody{Limit: 5, Personas: []nps.PersonaRecord{
			brown, {Customer: 654321, Persona: 22, Shard: 44, Created: 0x66000010, Name: "Marty"},
		}}),
			"0607 0044 0101 0000 00000044 0002 001a 0009fbf1 00000015 0000002c 66000000 0008 44722042726f776e" +
				"0017 0009fbf1 00000016 0000002c 66000010 0005 4d61727479 05", false},
		{"607 for 519", nps.PersonaInfo.With(&marty), "0607 004e 0101 0000 0000004e" + martyHex, false},
		{"207 for 503, A", nps.SelectAckA.With(&nps.AckFillBody{}), "0207 00ff" + zeros(251), false},
		{"207 for 503, B", nps.SelectAckB.With(&nps.AckFillBody{}), "0207 0107 0101 0000 00000107" + zeros(251), false},
		{"207 for 503, C", nps.SelectAckC.With(none), "0207 0004", false},
		{"207 for 50F", nps.LogoutAck.With(none), "0207 0004", false},
		{"207 for 534", nps.PersonaAck.With(none), "0207 000c 0101 0000 0000000c", false},
		{"614", nps.BuddyCount.With(&nps.BuddyCountBody{}), "0614 000e 0101 0000 0000000e 0000", false},
		{"614 two", nps.BuddyCount.With(&nps.BuddyCountBody{Count: 2}), "0614 000e 0101 0000 0000000e 0002", false},
		{"608", nps.BuddyEntryOn.With(&nps.BuddyEntryBody{Name: "Marty", Game: "Motor City", Buddy: true, Online: true}),
			"0608 0079 0101 0000 00000079 4d61727479" + zeros(28) + "4d6f746f722043697479" + zeros(55) + "01 01 00 00 00 00 00 00000000", false},
		{"601 name usable", nps.NameUsable.With(none), "0601 000c 0101 0000 0000000c", false},
		{"601 persona created", nps.PersonaCreated.With(&marty), "0601 004e 0101 0000 0000004e" + martyHex, false},
		{"20A", nps.NameTaken.With(none), "020a 000c 0101 0000 0000000c", false},
		{"635", nps.TextNotAllowed.With(none), "0635 000c 0101 0000 0000000c", false},
		{"612", nps.PersonaLimit.With(&nps.PersonaLimitBody{Limit: 5}), "0612 0010 0101 0000 00000010 00000005", false},
		{"641", nps.ShardClosed.With(none), "0641 000c 0101 0000 0000000c", false},
		{"602 on 8228", nps.PersonaRefused.With(none), "0602 000c 0101 0000 0000000c", false},
		{"60C", nps.PersonaDeleted.With(none), "060c 000c 0101 0000 0000000c", false},
	}, nps.NewLongClientOpener(nps.DefaultLoginCap), nps.NewLongSealer())
}

// What the client sends on 8226 and 8228.
func TestLoginAndPersonaRequests(t *testing.T) {
	formsTest(t, []form{
		{"501", nps.UserLogin.With(&nps.UserLoginBody{Ticket: "admin", Key: "0A1B", Game: "2176", Check: 0xFEA31C19}),
			"0501 0025 0101 0000 00000025 0005 61646d696e 0000 0004 30413142 0004 32313736 fea31c19", false},
		{"532", nps.GetPersonaMaps.With(&nps.CustomerBody{Customer: 5551212}), "0532 0010 0000 0000 00000010 0054b46c", false},
		{"503", nps.SelectPersona.With(&nps.PersonaKeyBody{Customer: 5551212, Persona: 21, Shard: 44}),
			"0503 0018 0101 0000 00000018 0054b46c 00000015 0000002c", false},
		{"50B", nps.GetBuddyList.With(&nps.PersonaBody{Persona: 21}), "050b 0010 0101 0000 00000010 00000015", false},
		{"50F", nps.LogoutPersona.With(&nps.PersonaKeyBody{Customer: 5551212, Persona: 21, Shard: 44}),
			"050f 0018 0101 0000 00000018 0054b46c 00000015 0000002c", false},
		{"533", nps.ValidateName.With(&nps.ValidateNameBody{Customer: 654321, Name: "Marty", Game: "Motor City"}),
			"0533 0023 0000 0000 00000023 0009fbf1 0005 4d61727479 000a 4d6f746f722043697479", false},
		{"534", nps.CheckToken.With(&nps.CheckTokenBody{Flags: 2, Text: "OUTATIM"}),
			"0534 0019 0000 0000 00000019 00000002 0007 4f55544154494d", false},
		{"507", nps.CreatePersona.With(&nps.CreatePersonaBody{Persona: marty, Game: "Motor City", Tail: []byte{0xCD, 0xCD, 0xCD}}),
			"0507 005d 0101 0000 0000005d" + martyHex + "000a 4d6f746f722043697479 cdcdcd", false},
		{"512", nps.DeletePersona.With(&nps.DeletePersonaBody{Customer: 654321, Persona: 21}),
			"0512 0014 0101 0000 00000014 0009fbf1 00000015", false},
		{"50C", nps.AddBuddyOn.With(&nps.BuddyBody{Persona: 21, Buddy: 22}), "050c 0014 0101 0000 00000014 00000015 00000016", false},
		{"50D", nps.DeleteBuddyOn.With(&nps.BuddyBody{Persona: 21, Buddy: 22}), "050d 0014 0101 0000 00000014 00000015 00000016", false},
		{"50E", nps.ClearBuddiesOn.With(&nps.PersonaBody{Persona: 21}), "050e 0010 0101 0000 00000010 00000015", false},
		{"517", nps.AddBuddyByNameOn.With(&nps.BuddyNameBody{Persona: 21, Name: "Marty"}), "0517 0017 0101 0000 00000017 00000015 0005 4d61727479", false},
		{"518", nps.GetBuddyInfoOn.With(&nps.BuddyBody{Persona: 21, Buddy: 22}), "0518 0014 0101 0000 00000014 00000015 00000016", false},
	}, nps.NewLongOpener(nps.DefaultLoginCap), nps.NewLongSealer())
}

func TestMailForms(t *testing.T) {
	formsTest(t, []form{
		{"526", nps.MailListReq.With(&nps.MailListReqBody{Persona: 21, Tail: []byte{0, 1, 0xFD, 0xFE}}), "0526 0010 00000015 00000000 0001fdfe", false},
		{"61B none", nps.NoMail(), "061b 000a 0000 00000000", false},
		{"61B one", nps.MailList.With(&nps.MailListBody{IDs: []uint32{1}}), "061b 000a 0001 00000001", false},
		{"61B two", nps.MailList.With(&nps.MailListBody{IDs: []uint32{1, 2}}), "061b 000e 0002 00000001 00000002", false},
		{"524", nps.MailReq.With(&nps.MailReqBody{Persona: 21, Mail: 1, HeaderOnly: true}), "0524 000e 00000015 00000001 0001", false},
		{"619", nps.Mail.With(&nps.MailBody{
			Mail: 1, Sender: 1, Name: "System", Title: "Test Email", Sent: 0x66000000, Expires: 0x66015180, Unread: true, Text: "This is a test email",
		}),
			"0619 003f 00000001 00000001 53797374656d00 00 5465737420456d61696c00 66000000 66015180 0001 0014 54686973206973206120746573742065 6d61696c", false},
		{"619 read, nothing in it", nps.Mail.With(&nps.MailBody{Mail: 2}), "0619 001b 00000002 00000000 00 00 00 00000000 00000000 0000 0000", false},
		{"523 by name", nps.SendMailOn.With(&nps.SendMailBody{Persona: 21, Name: "Marty", Title: "Hi", Text: "Race?"}),
			"0523 001d 00000015 00000000 4d6172747900 00 486900 0005 526163653f", false},
		{"523 by id", nps.SendMailOn.With(&nps.SendMailBody{Persona: 21, Recipient: 22}), "0523 0011 00000015 00000016 00 00 00 0000", false},
		{"525", nps.DeleteMailsOn.With(&nps.DeleteMailsBody{Persona: 21, IDs: []uint32{1, 7}}), "0525 0012 00000015 0002 00000001 00000007", false},
		{"207", nps.MailAck.With(&wire.Empty{}), "0207 0004", false},
	}, nps.NewShortOpener(nps.DefaultLoginCap), nps.NewShortSealer())
}

// Greeting, login and lists of the lobby family, the message inside the envelope.
func TestLobbyForms(t *testing.T) {
	none := &wire.Empty{}
	riffs := []nps.MiniRiffEntry{{Name: "CTRL", Population: 1}, {Name: "MCC01", Comm: 1, Population: 2}}
	padded := &nps.MiniRiffListBody{Riffs: riffs}
	padded.Pad()
	const riffsHex = "00000002 00000005 4354524c00 00000000 0001 00000006 4d4343303100 00000001 0002"
	formsTest(t, []form{
		{"230", nps.OKToLogin.With(none), "0230 0004", false},
		{"22A", nps.InvalidKey.With(none), "022a 0004", false},
		{"217", nps.Heartbeat.With(none), "0217 0004", false},
		{"104", nps.LogOff.With(none), "0104 0004", false},
		{"201", nps.ForceLogoff.With(none), "0201 0004", false},
		{"100", nps.Login.With(&nps.LoginBody{
			User: 21, Name: "Dr Brown", Customer: 5551212, Version: "4.5.0.0", Host: "mco", IP: "10.10.5.8",
			KeyHash: [16]byte{0x3b, 0xc1, 0xd7, 0x24, 0xae, 0x3b, 0xd4, 0x62, 0xec, 0x28, 0x7d, 0xbc, 0x2b, 0x68, 0x16, 0x94},
		}),
			"0100 008f 00000015 00000009 44722042726f776e00" + zeros(64) + "0054b46c 00000000 00000008 342e352e302e3000" +
				"00000004 6d636f00 0000000a 31302e31302e352e3800 3bc1d724ae3bd462ec287dbc2b681694", false},
		{"120", nps.LoginResp.With(&nps.LoginRespBody{User: 21, Name: "Dr Brown"}), "0120 0054 00000015 00000008 44722042726f776e" + zeros(64), false},
		{"120 with NUL", nps.LoginResp.With(&nps.LoginRespBody{User: 21, Name: "Dr Brown\x00", Data: userData}),
			"0120 0055 00000015 00000009 44722042726f776e00" + userDataHex, true},
		{"308", nps.LoginRespMC100.With(&nps.LoginRespBody{User: 21, Name: "J"}), "0308 004d 00000015 00000001 4a" + zeros(64), false},
		{"103", nps.SetUserData.With(&nps.UserInfoBody{User: 21, Name: "Dr Brown", Data: userData}),
			"0103 0055 00000015 00000009 44722042726f776e00" + userDataHex, false},
		{"204", nps.UserInfo.With(&nps.UserInfoBody{User: 21, Name: "Dr Brown", Data: userData}),
			"0204 0055 00000015 00000009 44722042726f776e00" + userDataHex, false},
		{"12A", nps.BuddyRefreshOn.With(none), "012a 0004", false},
		{"12B", nps.BuddyAddUsersOn.With(&nps.UserIDsBody{Users: []uint32{22, 23}}), "012b 0010 00000002 00000016 00000017", false},
		{"12C", nps.BuddyRemoveUsersOn.With(&nps.UserIDsBody{Users: []uint32{22}}), "012c 000c 00000001 00000016", false},
		{"22E", nps.BuddyListOn.With(&nps.LobbyBuddiesBody{Users: []nps.LobbyBuddy{{22, "Marty", true}, {23, "Jo", false}}}),
			"022e 0025 00000002 00000016 00000006 4d6172747900 0001 00000017 00000003 4a6f00 0000", false},
		{"22F", nps.BuddyListUpdateOn.With(&nps.LobbyBuddy{User: 22, Name: "Marty", Online: true}), "022f 0014 00000016 00000006 4d6172747900 0001", false},
		{"30C", nps.MiniRiffListReq.With(none), "030c 0004", false},
		{"404", nps.MiniRiffList.With(&nps.MiniRiffListBody{Riffs: riffs}), "0404 0027" + riffsHex, false},
		{"404 with fill", nps.MiniRiffList.With(padded), "0404 0054" + riffsHex + zeros(45), false},
		{"128", nps.MiniUserListReq.With(&nps.CommBody{}), "0128 0008 00000000", false},
		{"229", nps.MiniUserList.With(&nps.MiniUserListBody{Users: []nps.MiniUserEntry{{21, "Dr Brown"}, {88, "Marty"}}}),
			"0229 002b 00000000 00000002 00000015 00000009 44722042726f776e00 00000058 00000006 4d6172747900", false},
		{"101", nps.UserListReq.With(&nps.CommBody{Comm: 2}), "0101 0008 00000002", false},
		{"211", nps.UserList.With(&nps.UserListBody{Comm: 2, Users: []nps.UserInfoBody{{User: 21, Name: "Dr Brown", Data: userData}}}),
			"0211 005d 00000002 00000001 00000015 00000009 44722042726f776e00" + userDataHex, false},
		{"211 empty", nps.UserList.With(&nps.UserListBody{Comm: 9}), "0211 000c 00000009 00000000", false},
		{"302", nps.RiffListReq.With(none), "0302 0004", false},
		{"401", nps.RiffList.With(&nps.RiffListBody{Riffs: []nps.RiffEntry{{
			Name: "race", Protocol: nps.ProtocolTCP, Comm: 2883705, Type: nps.ChannelPublic, Users: 5, Channels: 10,
			Data: channelData, Ready: 3, MaxReady: 8, Owner: 21, State: nps.GameRunning,
		}}}),
			"0401 0133 00000000 00000001 00000005 7261636500 00000021 002c0079 00000001 00 0002 0005 000a 0000" +
				channelDataHex + "0003 0008 00000015 04", false},
		{"401 empty", nps.RiffList.With(&nps.RiffListBody{}), "0401 000c 00000000 00000000", false},
		{"309", nps.GameServersReq.With(none), "0309 0004", false},
		{"402", nps.GameServers.With(nps.NewGameServers([]nps.GameServerEntry{{"0", "RACE", "192.0.2.10"}})),
			"0402 002a 0000002a 00000001 00000002 3000 00000005 5241434500 0000000b 3139322e302e322e313000", false},
		{"10E", nps.ReadyListReq.With(&nps.CommBody{Comm: 42}), "010e 0008 0000002a", false},
		{"210", nps.ReadyList.With(&nps.ReadyListBody{Entries: []nps.ReadyEntry{{42, 21, true, true}, {42, 88, true, false}}}),
			"0210 0020 00000002 0000002a 00000015 0001 0001 0000002a 00000058 0001 0000", false},
	}, nps.NewLobbyOpener(nps.DefaultLobbyCap), nps.NewLobbySealer())
}

// Channels and the start of a race, the message inside the envelope.
func TestChannelForms(t *testing.T) {
	info := func(ip, end string) *nps.ServerInfoBody {
		b := &nps.ServerInfoBody{Riff: "MCC9001", Comm: 1, IP: ip, Port: 9001, User: 21, Players: 1}
		b.End(end)
		return b
	}
	formsTest(t, []form{
		{"10C", nps.ServerInfoReq.With(&nps.CommBody{Comm: 1}), "010c 0008 00000001", false},
		{"20D", nps.ServerInfo.With(info("192.0.2.10", "\x00")),
			"020d 002f 00000008 4d43433930303100 00000001 0000000b 3139322e302e322e313000 00002329 00000015 00000001", true},
		{"20D newline", nps.ServerInfo.With(info("192.0.2.10", "\n")),
			"020d 002f 00000008 4d4343393030310a 00000001 0000000b 3139322e302e322e31300a 00002329 00000015 00000001", false},
		{"20D longest address", nps.ServerInfo.With(info("192.168.100.200", "\x00")),
			"020d 0033 00000008 4d43433930303100 00000001 0000000f 3139322e3136382e3130302e323030 00002329 00000015 00000001", true},
		{"106", nps.OpenChannel.With(&nps.OpenChannelBody{
			Comm: 2, Riff: "LOBBY", Slot: -1, SlotFlags: 1, Port: 9001, Protocol: nps.ProtocolTCP, User: 21, CanReady: true,
			Type: nps.ChannelPublic, State: nps.GameNotRunning, Launch: 0xCDCD, Flags: 2,
		}),
			"0106 014a 00000002 00000006 4c4f42425900 ffffffff 00000001 00002329 00000021 00000015 0000 0000 0001 0000 0000 0002" +
				"00000001 00 0000 01 cdcd 0000 00000000 00000000" + zeros(256) + "00000002", false},
		{"106 race", nps.OpenChannel.With(&nps.OpenChannelBody{
			Comm: 1, Riff: "race", Users: 1, Channels: 2, GameReady: true, Master: true, Password: "ABC", NoBacklog: true,
			Launch: 1, MaxReady: 4, SKU: 5, SendRate: 6, Data: channelData,
		}),
			"0106 014c 00000001 00000005 7261636500 00000000 00000000 00000000 00000000 00000000 0001 0002 0000 0001 0001 0000" +
				"00000004 41424300 0001 00 0001 0004 00000005 00000006" + channelDataHex + "00000000", false},
		{"214", nps.ChannelGranted.With(&nps.CommPortBody{Comm: 2, Port: 9001}), "0214 000c 00000002 00002329", false},
		{"213", nps.ChannelDenied.With(&nps.CommPortBody{Comm: 2, Port: 9001}), "0213 000c 00000002 00002329", false},
		{"215", nps.ChannelConditional.With(&nps.CommPortBody{Comm: 2, Port: 9001}), "0215 000c 00000002 00002329", false},
		{"20E", nps.ChannelCreated.With(&nps.ChannelCreatedBody{
			Comm: 0x10000, Riff: "race", Protocol: nps.ProtocolTCP, Data: channelData, Type: 3, MaxReady: 6,
		}), "020e 0119 00010000 00000005 7261636500 00000021" + channelDataHex + "0003 0006", false},
		{"20C", nps.UserJoined.With(&nps.UserJoinedBody{User: 21, Name: "Dr Brown", Comm: 42, Data: userData, Persona: 21}),
			"020c 005d 00000015 00000009 44722042726f776e00 0000002a" + userDataHex + "00000015", false},
		{"105", nps.CloseChannel.With(&nps.CommBody{Comm: 2}), "0105 0008 00000002", false},
		{"209", nps.ChannelClosed.With(&nps.CommPortBody{Comm: 2, Port: 7003}), "0209 000c 00000002 00001b5b", false},
		{"208", nps.UserLeftChannel.With(&nps.UserCommBody{User: 21, Comm: 2}), "0208 000c 00000015 00000002", false},
		{"202", nps.UserLeft.With(&nps.UserCommBody{User: 21, Comm: 2}), "0202 000c 00000015 00000002", false},
		{"20F", nps.ChannelDeleted.With(&nps.CommBody{Comm: 2}), "020f 0008 00000002", false},
		{"10D", nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 42, Flags: nps.FlagExposeChannel | nps.FlagSetReady}), "010d 000c 0000002a 00000120", false},
		{"113", nps.SetChannelData.With(&nps.ChannelDataBody{Comm: 42, Data: channelData}), "0113 0108 0000002a" + channelDataHex, false},
		{"219", nps.ChannelUpdate.With(&nps.ChannelDataBody{Comm: 42, Data: channelData}), "0219 0108 0000002a" + channelDataHex, false},
		{"117", nps.BootUser.With(&nps.CommUserBody{Comm: 42, User: 88}), "0117 000c 0000002a 00000058", false},
		{"21A", nps.ForceLeave.With(&nps.CommBody{Comm: 42}), "021a 0008 0000002a", false},
		{"10A", nps.StartGameServer.With(&nps.StartGameServerBody{Comm: 12, Host: "127.0.0.1"}), "010a 0016 0000000c 0000000a 3132372e302e302e3100", false},
		{"21C", nps.GameServerStarted.With(&nps.CommBody{Comm: 12}), "021c 0008 0000000c", false},
		{"21C long", nps.GameServerStartedLong.With(info("192.0.2.10", "\x00")),
			"021c 002f 00000008 4d43433930303100 00000001 0000000b 3139322e302e322e313000 00002329 00000015 00000001", true},
		{"224", nps.GameServerState.With(&nps.CommStateBody{Comm: 12, State: nps.GameStartPending}), "0224 0009 0000000c 02", false},
		{"109", nps.ReadyForGame.With(&nps.CommTailBody{Comm: 12, Tail: []byte{1}}), "0109 0009 0000000c 01", false},
	}, nps.NewLobbyClientOpener(nps.DefaultLobbyCap), nps.NewLobbySealer())
}

func TestRelayForms(t *testing.T) {
	blob := []byte{0xDE, 0xAD, 0xBE, 0xEF}
	formsTest(t, []form{
		{"89", nps.RelayAll.With(&nps.RelayBody{Comm: 5, Sender: 21, Blob: blob}), "0089 0010 00000005 00000015 deadbeef", false},
		{"8F", nps.RelayList.With(&nps.RelayListBody{Comm: 5, Sender: 21, Users: []uint32{42, 43}, Blob: blob}),
			"008f 001c 00000005 00000015 00000002 0000002a 0000002b deadbeef", false},
		{"95", nps.RelaySingle.With(&nps.RelayUserBody{Comm: 7, Sender: 21, User: 42, Blob: blob}), "0095 0014 00000007 00000015 0000002a deadbeef", false},
		{"98", nps.RelayNotSingleLogged.With(&nps.RelayUserBody{Comm: 7, Sender: 21, User: 42}), "0098 0010 00000007 00000015 0000002a", false},
	}, nps.NewLobbyOpener(nps.DefaultLobbyCap), nps.NewLobbySealer())
}

// Every relay that reaches somebody arrives with its opcode and without its filter.
func TestDelivered(t *testing.T) {
	body := &nps.RelayBody{Comm: 7, Sender: 21, Blob: []byte{0xDE, 0xAD, 0xBE, 0xEF}}
	for opcode := range uint16(0x200) {
		p, ok := nps.Delivered(opcode, body)
		want := opcode >= 0x80 && opcode <= 0x98 && opcode != 0x81 && opcode != 0x88 && opcode != 0x8B && opcode != 0x8C
		require.Equal(t, want, ok, "0x%X", opcode)
		if !ok {
			continue
		}
		assert.Equal(t, opcode, p.Message.Number)
		assert.Same(t, p.Message, nps.Registry.Find(wire.Lobby, wire.ToClient, opcode))
		b, err := p.AppendBody(nil)
		require.NoError(t, err)
		assert.Equal(t, unhex(t, "00000007 00000015 deadbeef"), b)
	}
}

func TestOptionalTails(t *testing.T) {
	login, err := nps.UserLogin.Decode(unhex(t, "0001 61 0000 0002 3030 0004 32313736"))
	require.NoError(t, err, "the client's check value may be missing")
	assert.Equal(t, "a", login.Ticket)
	ready, err := nps.SetReadyForGame.Decode([]byte{0, 0})
	require.NoError(t, err)
	assert.Equal(t, &nps.CommTailBody{Tail: []byte{0, 0}}, ready)
	mail, err := nps.MailReq.Decode(unhex(t, "00000015 00000001"))
	require.NoError(t, err)
	assert.False(t, mail.HeaderOnly)
}

func TestText(t *testing.T) {
	field := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	for _, c := range []struct{ in, out string }{
		{"", ""}, {"abc", "abc"}, {"caf\u00e9", "caf\u00e9"}, {"1234567", "1234567"}, {"12345678", "1234567"}, {"\u4e16x", "?x"}, {"a\x00b", "a"},
	} {
		nps.PutText(field[:], c.in)
		assert.Equal(t, c.out, nps.Text(field[:]), "%q", c.in)
	}
	assert.Equal(t, "\u00ff\u0001", nps.Text([]byte{0xFF, 1}), "a field without NUL ends at its end")
	assert.Equal(t, 6, channelData.MaxRacers())
}
