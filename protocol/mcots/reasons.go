package mcots

import "strconv"

// Reason is the code in GenericReply.Result that says why a request was refused
// (mcots-1 2.3, mcots-2 3.14). The codes share the number space of the messages
// but are never sent as one.
type Reason uint32

// The known reasons. Which request gets which one is our assignment where the
// name does not say it.
const (
	// ReasonNone is sent where no code is listed for the refusal.
	ReasonNone Reason = 0
	// ReasonInsufficientFunds answers a purchase, repair, entry or race that cannot be paid.
	ReasonInsufficientFunds Reason = 133
	// ReasonInvalidCarClass answers 218: the car's class may not race here.
	ReasonInvalidCarClass Reason = 189
	// ReasonInvalidDriverClass answers 218 and 230: the driver's level does not fit.
	ReasonInvalidDriverClass Reason = 190
	// ReasonInvalidVehicle answers 218, 142, 181 and 182: not owned, not offered, stripped or destroyed.
	ReasonInvalidVehicle Reason = 191
	// ReasonInvalidRaceID says that there is no such race.
	ReasonInvalidRaceID Reason = 231
	// ReasonPersonaNotInRace says that the persona does not take part in the race.
	ReasonPersonaNotInRace Reason = 236
	// ReasonTooManyPlayers answers 218: the race is full.
	ReasonTooManyPlayers Reason = 238
	// ReasonRaceTimeAlreadyReceived belongs to a second 234 of the same racer.
	ReasonRaceTimeAlreadyReceived Reason = 239
)

// ReasonInfo describes one reason for lists and documentation.
type ReasonInfo struct {
	Reason  Reason
	Name    string
	Section string // document and section of the protocol reference
}

// Reasons lists every reason but ReasonNone in ascending order.
func Reasons() []ReasonInfo {
	const section = "mcots-2 3.14"
	return []ReasonInfo{
		{ReasonInsufficientFunds, "MC_INSUFFICIENT_FUNDS", section},
		{ReasonInvalidCarClass, "MC_INVALID_CAR_CLASS", section},
		{ReasonInvalidDriverClass, "MC_INVALID_DRIVER_CLASS", section},
		{ReasonInvalidVehicle, "MC_INVALID_VEHICLE", section},
		{ReasonInvalidRaceID, "MC_INVALID_RACE_ID", section},
		{ReasonPersonaNotInRace, "MC_PERSONA_NOT_IN_RACE", section},
		{ReasonTooManyPlayers, "MC_TOO_MANY_PLAYERS", section},
		{ReasonRaceTimeAlreadyReceived, "MC_RACE_TIME_ALREADY_RECEIVED", section},
	}
}

// String gives code and name, for logs.
func (r Reason) String() string {
	code := strconv.FormatUint(uint64(r), 10)
	for _, info := range Reasons() {
		if info.Reason == r {
			return code + " " + info.Name
		}
	}
	return code
}
