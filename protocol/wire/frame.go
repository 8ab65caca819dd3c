package wire

// Frame is one message as its family's framing carries it: number and body, plus
// what the framing knows about it.
type Frame struct {
	Number uint16
	// Body is what follows header and message number, decrypted and exploded,
	// without padding.
	Body []byte
	// Seq is the MCOTS sequence number; 0 in the other families.
	Seq uint32
	// Plain marks a frame outside the connection's encryption.
	Plain bool
	// Short marks an NPS frame with the 4-byte header where 12 bytes are usual.
	Short bool
	// Heartbeat marks an MCOTS heartbeat (flag 0x80), which has no number.
	Heartbeat bool
	// Last marks an MCOTS frame after which the sender closes (flag 0x10).
	Last bool
}
