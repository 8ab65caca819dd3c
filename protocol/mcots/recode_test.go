package mcots

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// bodies gives a fresh struct for each layout, to decode without knowing the
// message's Go type.
var bodies = map[string]func() any{
	"Raw": alloc[wire.Raw], "GenericRequest": alloc[GenericRequest], "GenericReply": alloc[GenericReply],
	"Connect": alloc[Connect], "Login": alloc[Login], "LoginComplete": alloc[LoginComplete],
	"LoginComplete72": alloc[LoginComplete72], "Tracking": alloc[Tracking], "Lobbies": alloc[Lobbies],
	"PurseInfo": alloc[PurseInfo], "ArcadeCars": alloc[ArcadeCars], "GameURLs": alloc[GameURLs],
	"Tunables": alloc[Tunables], "PlayerInfo": alloc[PlayerInfo], "PlayerPhysical": alloc[PlayerPhysical],
	"RacingHistory": alloc[RacingHistory], "SetOptions": alloc[SetOptions], "SetDescription": alloc[SetDescription],
	"DeletePersona": alloc[DeletePersona], "OwnedVehicles": alloc[OwnedVehicles], "VehicleInfo": alloc[VehicleInfo],
	"VehicleInfoExact": alloc[VehicleInfoExact], "StockCars": alloc[StockCars], "PurchaseCar": alloc[PurchaseCar],
	"PartsList": alloc[PartsList], "PartsList28": alloc[PartsList28], "PartsList34": alloc[PartsList34],
	"OwnedParts7": alloc[OwnedParts7], "PlayerInfo385": alloc[PlayerInfo385],
	"RepairParts": alloc[RepairParts], "InstallPart": alloc[InstallPart], "CreateRace": alloc[CreateRace],
	"RaceCreated": alloc[RaceCreated], "JoinRace": alloc[JoinRace], "RaceJoined": alloc[RaceJoined],
	"StartRace": alloc[StartRace], "RaceStarted": alloc[RaceStarted], "RacerCompleted": alloc[RacerCompleted],
	"FinalResults": alloc[FinalResults], "InRaceDamage": alloc[InRaceDamage], "PostRaceDamage": alloc[PostRaceDamage],
	"CRCPreRace": alloc[CRCPreRace],
}

func alloc[T any]() any { return new(T) }

// recodeErr decodes a body and encodes it again.
func recodeErr(m *wire.Message, body []byte) ([]byte, error) {
	v := bodies[m.Layout().Type()]()
	if _, err := m.Layout().Decode(body, v); err != nil {
		return nil, err
	}
	return m.Layout().Append([]byte{}, v)
}

func recode(t testing.TB, m *wire.Message, body []byte) []byte {
	t.Helper()
	again, err := recodeErr(m, body)
	require.NoError(t, err, m.String())
	return again
}

func TestEveryLayoutCanBeRecoded(t *testing.T) {
	for _, m := range Registry.All() {
		require.Contains(t, bodies, m.Layout().Type(), m.String())
	}
}
