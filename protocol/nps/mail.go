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

// mailOn names the switch that the guessed layouts of mail belong to.
const mailOn = "nps.mail on"

// The layouts of the mail requests that nobody has seen, made after those of 0x619
// and 0x61B, and the answer to them.
var (
	SendMailOn    = guess[SendMailBody](SendMail.Message, mailOn)
	DeleteMailsOn = guess[DeleteMailsBody](DeleteMails.Message, mailOn)
	// MailAck says that a mail was sent or that mails were deleted. NPS_ACK is
	// what 8228 says in such a case (nps-login-persona 5.4).
	MailAck = variant[wire.Empty](wire.Mail, 0x207, "ACK", "nps-login-persona 5.4", mailOn, wire.Guess)
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

// Longest texts of a mail in characters (mcots-2 6.6).
const (
	MaxMailSender = 50
	MaxMailTitle  = 30
	MaxMailText   = 255
)

// MailBody is one mail (nps-login-persona 3.4); never captured. Sent and Expires
// are Unix seconds, Expires 0 for a mail that stays.
type MailBody struct {
	Mail    uint32
	Sender  uint32 // persona id, 0 for the server
	Name    string `wire:"cstr=51"`
	Zero    uint8  // needed, says the reference
	Title   string `wire:"cstr=31"`
	Sent    uint32
	Expires uint32
	Unread  bool   `wire:"size=2"`
	Text    string `wire:"str16=255"`
}

// SendMailBody sends a mail. The layout is a guess: that of MailBody without what
// the server knows by itself. The recipient is named by id, or by name when the id
// is 0.
type SendMailBody struct {
	Persona   uint32 // who sends it
	Recipient uint32
	Name      string `wire:"cstr=51"` // of the recipient
	Zero      uint8
	Title     string `wire:"cstr=31"`
	Text      string `wire:"str16=255"`
}

// DeleteMailsBody deletes mails. The layout is a guess: that of MailListBody behind
// the persona.
type DeleteMailsBody struct {
	Persona uint32
	Count   uint16
	IDs     []uint32 `wire:"count=Count"`
}
