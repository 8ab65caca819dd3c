package bot_test

import (
	"crypto/rsa"
	"crypto/sha1"
	"encoding/hex"

	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func (s *fake) login(f wire.Frame) []reply {
	body, err := nps.UserLogin.Decode(f.Body)
	if err != nil || body.Ticket != fakeTicket {
		return packets(nps.UserInvalid.With(&wire.Empty{}))
	}
	sealed, _ := hex.DecodeString(body.Key)
	block, err := rsa.DecryptOAEP(sha1.New(), nil, loginKey(), sealed, nil)
	if err != nil || len(block) != 38 {
		return packets(nps.UserInvalid.With(&wire.Empty{}))
	}
	s.key = cipher.SessionKey(block[2:34])
	return packets(nps.UserValid.With(&nps.UserValidBody{Customer: fakeCustomer}))
}

func (s *fake) persona(f wire.Frame) []reply {
	switch f.Number {
	case 0x532:
		return packets(nps.PersonaList.With(&nps.PersonaListBody{Personas: s.personas, Limit: 5}))
	case 0x533:
		return packets(nps.NameUsable.With(&wire.Empty{}))
	case 0x507:
		req, _ := nps.CreatePersona.Decode(f.Body)
		made := req.Persona
		made.Persona = 1000
		s.personas = append(s.personas, nps.PersonaRecord{
			Customer: made.Customer, Persona: made.Persona, Shard: made.Shard, Created: 0x66000010, Name: made.Name,
		})
		return packets(nps.PersonaCreated.With(&made))
	case 0x503:
		return packets(nps.SelectAckA.With(&nps.AckFillBody{}))
	case 0x50B:
		return packets(nps.BuddyCount.With(&nps.BuddyCountBody{}))
	case 0x50F:
		return packets(nps.LogoutAck.With(&wire.Empty{}))
	case 0x512:
		return packets(nps.PersonaDeleted.With(&wire.Empty{}))
	case 0x534:
		return packets(nps.PersonaAck.With(&wire.Empty{}))
	}
	return nil
}

func (s *fake) lobby(f wire.Frame) []reply {
	switch f.Number {
	case 0xFFFF:
		return []reply{{packet: nps.OKToLogin.With(&wire.Empty{}), plain: true}}
	case 0x100:
		req, _ := nps.Login.Decode(f.Body)
		if req.KeyHash != s.key.Hash() {
			return []reply{{packet: nps.InvalidKey.With(&wire.Empty{}), plain: true, hangUp: true}}
		}
		return []reply{{packet: nps.LoginResp.With(&nps.LoginRespBody{User: req.User, Name: req.Name}), plain: true}}
	case 0x30C:
		return packets(nps.MiniRiffList.With(&nps.MiniRiffListBody{Riffs: []nps.MiniRiffEntry{{Name: "MCC01", Comm: 1, Population: 2}}}))
	case 0x128:
		return packets(nps.MiniUserList.With(&nps.MiniUserListBody{Users: []nps.MiniUserEntry{{User: 88, Name: "Marty"}}}))
	case 0x10C:
		return packets(nps.ServerInfo.With(&nps.ServerInfoBody{Riff: "MCC9001\n", Comm: 1, IP: "127.0.0.1\n", Port: 9001, User: 21, Players: 1}))
	case 0x103:
		req, _ := nps.SetUserData.Decode(f.Body)
		return packets(
			nps.UserInfo.With(&nps.UserInfoBody{User: 88, Name: "Marty"}), // of somebody else: a push
			nps.UserInfo.With(req))
	case 0x106:
		req, _ := nps.OpenChannel.Decode(f.Body)
		return packets(
			nps.ChannelGranted.With(&nps.CommPortBody{Comm: req.Comm, Port: req.Port}),
			nps.UserJoined.With(&nps.UserJoinedBody{User: 88, Name: "Marty", Comm: req.Comm, Persona: 88}))
	case 0x101:
		return packets(nps.UserList.With(&nps.UserListBody{Comm: 2, Users: []nps.UserInfoBody{{User: 21, Name: "Dr Brown"}}}))
	case 0x105:
		return packets(
			nps.UserLeft.With(&nps.UserCommBody{User: 88, Comm: 2}),
			nps.ChannelClosed.With(&nps.CommPortBody{Comm: 2, Port: 7003}))
	case 0x217:
		return packets(nps.Heartbeat.With(&wire.Empty{}))
	case 0x89:
		req, _ := nps.RelayAll.Decode(f.Body)
		echo, _ := nps.Delivered(0x89, &nps.RelayBody{Comm: req.Comm, Sender: 88, Blob: req.Blob})
		return packets(echo)
	}
	return nil
}

// The car that the fake dealer sells has two parts.
func (s *fake) mcots(f wire.Frame) []reply {
	switch f.Number {
	case 438:
		return []reply{{packet: mcots.Accept(mcots.MsgConnect.Message), plain: true}}
	case 105:
		req, _ := mcots.MsgLogin.Decode(f.Body)
		if req.BrandedPartID != 0 && len(s.cars) == 0 {
			s.cars, s.balance = []mcots.OwnedVehicle{{VehicleID: 5000, BrandedPartID: req.BrandedPartID}}, s.balance-7394
			s.skins[5000] = req.SkinID
		}
		return packets(mcots.MsgLoginComplete.With(&mcots.LoginComplete{ServerTime: 1768135858, Flags: mcots.LoginFirstTime}))
	case 324:
		return packets(
			mcots.MsgLobbies.With(&mcots.Lobbies{More: true, Lobbies: []mcots.LobbyInfo{{LobbyID: 2}}}),
			mcots.MsgLobbies.With(&mcots.Lobbies{Lobbies: []mcots.LobbyInfo{{LobbyID: 10001}}}),
			mcots.MsgPurseInfo.With(&mcots.PurseInfo{Entries: []mcots.PurseEntry{{EntryFee: 100, Purse: 1000}}}))
	case 322:
		return packets(mcots.MsgArcadeCars.With(&mcots.ArcadeCars{Cars: []mcots.ArcadeCar{{BrandedPartID: 113}}}))
	case 363:
		return packets(
			mcots.MsgGameURLs.With(&mcots.GameURLs{More: true, URLs: []mcots.GameURL{{ID: 0, URL: "http://x/urls?id=0"}}}),
			mcots.MsgGameURLs.With(&mcots.GameURLs{URLs: []mcots.GameURL{{ID: 1, URL: "http://x/urls?id=1"}}}))
	case 389:
		return packets(mcots.MsgTunables.With(&mcots.Tunables{CarsPerLevel: 3}))
	case 172:
		return packets(mcots.MsgOwnedVehicles.With(&mcots.OwnedVehicles{Vehicles: s.cars}))
	case 108:
		req, _ := mcots.MsgGetPlayerInfo.Decode(f.Body)
		return packets(mcots.MsgPlayerInfo.With(&mcots.PlayerInfo{PlayerID: req.Data, BankBalance: s.balance, Level: 1}))
	case 264:
		req, _ := mcots.MsgGetPlayerPhysical.Decode(f.Body)
		if s.look != nil {
			return packets(mcots.MsgPlayerPhysical.With(s.look))
		}
		return packets(mcots.MsgPlayerPhysical.With(&mcots.PlayerPhysical{
			PlayerID: req.Data, BodyType: 5, HairColor: 0xFFAC450D, SkinColor: 0xFFFFCEA5, ShirtColor: 0xFFFFFFFF, PantsColor: 0xFFFFD800,
		}))
	case 174:
		return packets(mcots.OwnedParts(26, s.personas[0].Persona, nil))
	case 145:
		req, _ := mcots.MsgGetVehicleInfo.Decode(f.Body)
		skin, painted := s.skins[req.Data]
		if !painted {
			skin = 47
		}
		return packets(mcots.MsgVehicleInfo.With(&mcots.VehicleInfo{
			PlayerID: s.personas[0].Persona, Vehicle: mcots.Vehicle{VehicleID: req.Data, SkinID: skin},
			Parts: []mcots.Part{{PartID: req.Data + 1, ParentID: req.Data}, {PartID: req.Data + 2, ParentID: req.Data + 1}},
		}))
	case 361:
		history := &mcots.RacingHistory{}
		history.PadEmpty()
		return packets(mcots.MsgRacingHistory.With(history))
	case 141:
		req, _ := mcots.MsgStockCarRequest.Decode(f.Body)
		cars := []mcots.StockCar{{BrandedPartID: 113, RetailPrice: 7394}, {BrandedPartID: 104, RetailPrice: 6495, DealOfTheDay: true}}
		if req.Data != 8 {
			cars = nil
		}
		return []reply{{plain: f.Plain, packet: mcots.MsgStockCars.With(&mcots.StockCars{StarterCash: 10000, DealerID: req.Data, Brand: 105, Cars: cars})}}
	case 142:
		req, _ := mcots.MsgPurchaseCar.Decode(f.Body)
		s.cars, s.balance = append(s.cars, mcots.OwnedVehicle{VehicleID: 6000, BrandedPartID: req.BrandedPartID}), s.balance-6495
		return packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: 142, Result: 101, Data: 6000}))
	case 266:
		s.look, _ = mcots.MsgUpdatePlayerPhysical.Decode(f.Body)
		return packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: f.Number}))
	case 109, 106, 320:
		return packets(mcots.MsgSuccess.With(&mcots.GenericReply{Request: f.Number}))
	case 440:
		return nil
	}
	return packets(mcots.Refuse(f.Number, mcots.ReasonInsufficientFunds))
}
