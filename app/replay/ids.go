package replay

import (
	"encoding/binary"
	"strings"

	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// kind is what a number stands for. Numbers of different kinds have nothing to do with
// each other.
type kind string

const (
	customer kind = "account"
	persona  kind = "driver"
	thing    kind = "car or part"
	race     kind = "race"
	channel  kind = "channel"
	mail     kind = "mail"
)

// kinds tells by its name which field holds a number that the server gives out.
var kinds = map[string]kind{
	"Customer": customer, "CustomerID": customer,
	"Persona": persona, "PersonaID": persona, "PlayerID": persona, "User": persona, "Sender": persona,
	"Recipient": persona, "Buddy": persona, "OwnerID": persona, "ID": persona,
	"VehicleID": thing, "PartID": thing, "ParentID": thing, "TradeInCarID": thing,
	"RaceID": race, "RaceHistoryID": race,
	"Comm": channel,
	"Mail": mail,
}

// requests tells what the first parameter of a generic request is, answers what the
// data of a generic answer to a request are.
var (
	requests = map[uint16]kind{
		mcots.MsgGetPlayerInfo.Number: persona, mcots.MsgGetOwnedVehicles.Number: persona,
		mcots.MsgGetPlayerPhysical.Number: persona, mcots.MsgGetRacingHistory.Number: persona,
		mcots.MsgGetVehicleInfo.Number: thing, mcots.MsgGetAssembly.Number: thing, mcots.MsgRepairPart.Number: thing,
		mcots.MsgRemovePart.Number: thing, mcots.MsgDestroyPart.Number: thing,
		mcots.MsgRacerLeft.Number: race, mcots.MsgKeepRaceAlive.Number: race,
	}
	answers = map[uint16]kind{mcots.MsgBuyPart.Number: thing, mcots.MsgPurchaseCar.Number: thing}
)

// changing are the fields that differ from one moment and one server to the next.
var changing = map[string]bool{
	"ServerTime": true, "Created": true, "LastLogin": true, "GameStart": true, "Purchased": true, "Sent": true, "Expires": true,
	"TimeOnline": true, "TimeInGame": true, "WebCookie": true, "SecondsTillShutdown": true,
	"Year": true, "Month": true, "Day": true, "Hour": true, "Minute": true, "Second": true, "Fraction": true,
	"Port": true, "IP": true, "Host": true, "URL": true,
}

// names are the fields that hold a driver's name.
var names = map[string]bool{"Name": true, "PersonaName": true, "PlayerName": true}

// ids knows which numbers and names of the recording stand for which ones here.
type ids struct {
	numbers  map[kind]map[uint64]uint64
	names    map[string]string
	password []byte // of the race that was reserved last
}

func newIDs() *ids { return &ids{numbers: map[kind]map[uint64]uint64{}, names: map[string]string{}} }

// learn notes that old stands for now. It reports whether that agrees with what is
// known.
func (i *ids) learn(k kind, old, now uint64) bool {
	if i.numbers[k] == nil {
		i.numbers[k] = map[uint64]uint64{0: 0} // 0 is nobody and nothing
	}
	known, ok := i.numbers[k][old]
	if !ok {
		i.numbers[k][old] = now
		return true
	}
	return known == now
}

// kindOf tells what a number field of a message holds, "" for a plain number.
func kindOf(m *wire.Message, v wire.Value, request uint16) kind {
	if v.Name == "Data" && m.Family == wire.MCOTS {
		if m.Dir == wire.ToServer {
			return requests[m.Number]
		}
		return answers[request]
	}
	return kinds[v.Name]
}

// requestOf is the number of the request that a generic reply answers.
func requestOf(fields []wire.Value) uint16 {
	for _, f := range fields {
		if n, ok := f.Data.(uint64); ok && f.Name == "Request" {
			return uint16(n)
		}
	}
	return 0
}

// adapt is the body of a recorded message for this session.
func (r *run) adapt(e *tape.Entry) []byte {
	body := append([]byte(nil), e.Data[e.Body:]...)
	m, fields, err := e.Fields()
	if m == nil || err != nil {
		return body
	}
	if e.Family == wire.Lobby && e.Number == nps.Login.Number {
		hash := r.client.SessionKeyHash()
		copy(body[len(body)-len(hash):], hash[:])
	}
	return r.replace(m, body, fields)
}

// replace changes the fields of a body, the last one first, because texts may change
// their length.
func (r *run) replace(m *wire.Message, body []byte, fields []wire.Value) []byte {
	for i := len(fields) - 1; i >= 0; i-- {
		v := fields[i]
		body = r.replace(m, body, v.Fields)
		switch x := v.Data.(type) {
		case uint64:
			if now, ok := r.ids.numbers[kindOf(m, v, 0)][x]; ok {
				putUint(body[v.Offset:v.Offset+v.Size], now, v.Little)
			}
		case string:
			if now, ok := r.ids.names[x]; ok && names[v.Name] {
				body = putText(body, v, now)
			} else if v.Secret && v.Name == "Password" && strings.Trim(x, "*") == "" && x != "" && r.ids.password != nil {
				body = putText(body, v, string(r.ids.password))
			}
		}
	}
	return body
}

func putUint(b []byte, x uint64, little bool) {
	var all [8]byte
	if little {
		binary.LittleEndian.PutUint64(all[:], x)
		copy(b, all[:])
		return
	}
	binary.BigEndian.PutUint64(all[:], x)
	copy(b, all[8-len(b):])
}

// putText puts another text into a body. In a container of fixed size it is cut; with a
// count in front the body changes its length.
func putText(body []byte, v wire.Value, text string) []byte {
	raw := make([]byte, 0, len(text))
	for _, c := range text {
		raw = append(raw, byte(c)) // Latin-1, as it came
	}
	old := body[v.Offset : v.Offset+v.Size]
	var field []byte
	switch v.Form {
	case wire.Char:
		field = make([]byte, v.Size)
		copy(field[:max(0, v.Size-1)], raw)
	case wire.Str16:
		field = append(binary.BigEndian.AppendUint16(nil, uint16(len(raw))), raw...)
	case wire.Pstr:
		if old[len(old)-1] == 0 {
			raw = append(raw, 0)
		}
		field = make([]byte, 4, 4+len(raw))
		putUint(field, uint64(len(raw)), v.Little)
		field = append(field, raw...)
	case wire.Cstr:
		raw = append(raw, 0)
		field = raw
	default:
		return body
	}
	out := append([]byte(nil), body[:v.Offset]...)
	out = append(out, field...)
	return append(out, body[v.Offset+v.Size:]...)
}

// notePassword remembers the password of a race that the server has told.
func (i *ids) notePassword(f wire.Frame) {
	switch f.Number {
	case mcots.MsgRaceCreated.Number:
		if b, err := mcots.MsgRaceCreated.Decode(f.Body); err == nil {
			i.password = b.Password[:]
		}
	case mcots.MsgRaceJoined.Number:
		if b, err := mcots.MsgRaceJoined.Decode(f.Body); err == nil {
			i.password = b.Password[:]
		}
	}
}
