package nps

import "mcos/protocol/wire"

// Messages of the in-game mail server, TCP 8227 (nps-login-persona 3). Both
// directions have the 4-byte header.
var (
	MailListReq = declare[MailListReqBody](wire.Mail, wire.ToServer, 0x526, "LIST_EMAILS", "nps-login-persona 3.1", wire.Captured)
	MailList    = declare[MailListBody](wire.Mail, wire.ToClient, 0x61B, "mail id list", "nps-login-persona 3.2", wire.Captured)
	MailReq     = declare[MailReqBody](wire.Mail, wire.ToServer, 0x524, "RECEIVE_EMAIL", "nps-login-persona 3.3", wire.Reference)
	Mail        = declare[MailBody](wire.Mail, wire.ToClient, 0x619, "in-game mail", "nps-login-persona 3.4", wire.Reference)
	SendMail    = unknown(wire.Mail, wire.ToServer, 0x523, "SEND_EMAIL", "nps-login-persona 3.5")
	DeleteMails = unknown(wire.Mail, wire.ToServer, 0x525, "DELETE_EMAILS", "nps-login-persona 3.5")
)

// MailListReqBody asks for the ids of the mails behind the last one known
// (nps-login-persona 3.1). Tail is 4 bytes that the client never set.
type MailListReqBody struct {
	Persona uint32
	Last    uint32 // 0: from the beginning
	Tail    []byte `wire:"rest"`
}

// MailListBody lists mail ids (nps-login-persona 3.2). Without mail, 4 zero bytes
// stand where the first id would: see NoMail.
type MailListBody struct {
	Count uint16
	IDs   []uint32 `wire:"count=Count"`
	Fill  []byte   `wire:"rest"`
}

// NoMail makes the answer to 0x526 for a persona without mail, 10 bytes with the
// header (nps-login-persona 3.2).
func NoMail() wire.Packet { return MailList.With(&MailListBody{Fill: make([]byte, 4)}) }

// MailReqBody asks for one mail (nps-login-persona 3.3); never captured.
type MailReqBody struct {
	Persona    uint32
	Mail       uint32
	HeaderOnly bool `wire:"size=2,opt"` // the body is not wanted
}

// MailBody is one mail (nps-login-persona 3.4); never captured. Rest holds, in the
// reference's form: sender name and NUL, a zero byte, title and NUL, u32 time
// sent, u32 expiry, u16 unread, u16 length of the text, the text.
type MailBody struct {
	Mail   uint32
	Sender uint32
	Rest   []byte `wire:"rest"`
}
