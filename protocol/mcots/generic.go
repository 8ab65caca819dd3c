package mcots

import "mcos/protocol/wire"

// The generic replies.
var (
	// MsgSuccess says that a request was carried out.
	MsgSuccess = reply[GenericReply](101, "MC_SUCCESS", "mcots-1 2.2", wire.Captured)
	// MsgFailed refuses a request; Refuse makes one.
	MsgFailed = reply[GenericReply](102, "MC_FAILED", "mcots-1 2.2", wire.Reference)
	// MsgGenericReply is success with data in an older reference; not sent unless
	// a switch asks for it (purchase_reply_number).
	MsgGenericReply = reply[GenericReply](103, "MC_GENERIC_REPLY", "mcots-1 2.2", wire.Reference)
)

// GenericRequest is the body of most requests, 10 bytes (mcots-1 2.1).
type GenericRequest struct {
	Data  uint32 // first parameter, often an id, or 0
	Data2 uint32 // second parameter or 0
}

// genericReplySize is the size of a GenericReply without padding, number included.
const genericReplySize = 16

// GenericReply is the body of 101, 102, 103 and of the two special answers to
// 492, 16 bytes (mcots-1 2.2).
type GenericReply struct {
	Request uint16 // number of the request being answered
	Result  uint32 // 0, or a Reason with 102, or 101 in the answer to 142
	Data    uint32 // depends on the request, such as a new id
	Data2   uint32 // depends on the request, normally 0
	Pad     []byte `wire:"rest"` // zeros of the longer forms (generic_reply_size)
}

// PadTo fills the reply with zeros up to size bytes, number included; the known
// forms have 16, 17 and 114. Smaller sizes remove the padding.
func (r *GenericReply) PadTo(size int) {
	r.Pad = nil
	if size > genericReplySize {
		r.Pad = make([]byte, size-genericReplySize)
	}
}

// Accept answers a request with success and no data.
func Accept(request *wire.Message) wire.Packet {
	return MsgSuccess.With(&GenericReply{Request: request.Number})
}

// Refuse answers a request with failure; both data words are 0 in every refusal
// (mcots-1 2.3). It takes the number, because requests of unknown numbers are
// refused as well.
func Refuse(request uint16, reason Reason) wire.Packet {
	return MsgFailed.With(&GenericReply{Request: request, Result: uint32(reason)})
}

// Timestamp is a calendar date and time, 16 bytes (mcots-1 1.8). All zero means
// no date.
type Timestamp struct {
	Year     int16
	Month    uint16 // 1 to 12
	Day      uint16 // 1 to 31
	Hour     uint16
	Minute   uint16
	Second   uint16
	Fraction uint32 // nanoseconds
}

// SplitID takes a race or trade id apart: the transaction server's instance in
// the top byte, the running number in the other 24 bits (mcots-2 0.3).
func SplitID(id uint32) (instance uint8, number uint32) {
	return uint8(id >> 24), id & 0xFFFFFF
}

// JoinID makes a race or trade id; only the low 24 bits of number count. A single
// server uses instance 0 (mcots-2 0.3).
func JoinID(instance uint8, number uint32) uint32 {
	return uint32(instance)<<24 | number&0xFFFFFF
}
