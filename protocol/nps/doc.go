// Package nps declares every message of the NPS ports and their framings: login
// (8226), in-game mail (8227), persona (8228) and the lobby family (7003 and the
// room ports).
//
// # Names
//
// A message is a handle named after what it does, such as UserLogin or
// MiniRiffList. A request and its answer that share a name differ in the ending
// Req. The struct of a message's body is the handle's name with Body behind it;
// bodies that several messages share are named after their fields (CommBody,
// CommPortBody). Structs that are repeated in a body end in Entry, structs with a
// length of their own in Record. Fields named Unknown, Pad or Tail hold bytes
// without a known meaning, so that what was received can be sent on unchanged.
//
// A handle whose layout depends on a switch has one declaration per form: the
// default one under the plain name, the others with Variant set to the switch and
// its value.
//
// # Texts
//
// A received text may be longer than the buffer that the client has for it: check
// it against the limits of this package (MaxName and the others) before it is
// sent on, because encoding a text that is too long fails.
//
// All integers are big-endian, except inside UserData and ChannelData.
package nps
