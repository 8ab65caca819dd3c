// Package mcots declares the messages of MCOTS, the little-endian transaction
// protocol on TCP port 43300, and its framing.
//
// # Messages
//
// Every message is a Go struct with wire tags, declared once in Registry and
// reached through a typed handle: MsgLogin decodes and makes packets of the
// struct Login. The structs describe the body WITHOUT the leading u16 message
// number: the framing takes it off (wire.Frame.Number) and puts it on again.
// Sizes in doc comments are those of the protocol reference and include the
// number, so that they can be compared: "39 bytes" means 37 bytes of struct.
// Offsets of the reference count from the message number as well.
//
// Most requests share the body GenericRequest; each has its own handle all the
// same, for its name, section and confidence. Several layouts of one number, of
// which a switch chooses one, are variants with handles of their own
// (MsgLoginComplete72, MsgVehicleInfoExact, MsgOwnedParts28 and so on). Messages
// that are known by name only have the body wire.Raw.
//
// Message.NoReply marks the requests that must never be answered (mcots-1 1.4).
//
// # Framing
//
// Opener and Sealer read and write the 11-byte TOMC frame with its flags,
// sequence numbers, encryption and compression (mcots-1 1.1 to 1.6), one
// direction of one connection each.
package mcots
