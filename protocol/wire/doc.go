// Package wire turns bytes into Go structs and back, and is the one place where
// the layout of a message is declared: the struct's fields, in order, with a
// `wire` tag where the Go type alone does not say how the field travels.
//
// A layout is compiled once from the struct (Compile) and then decodes and
// encodes without further reflection on types. Decoding is bounded: it never
// panics, never reads past the input, and never allocates more than the input
// can fill. Integers take the byte order of the layout unless the field says
// otherwise.
//
// # Tags
//
//	le, be        byte order of this field and everything in it
//	char=N        string in N bytes, NUL-terminated, the rest zero
//	str16=N       string of at most N bytes behind a u16 count, no NUL
//	pstr=N        string behind a u32 count that includes a NUL; N is the
//	              client's buffer, so at most N-1 characters are sent, and
//	              so many without their NUL
//	cstr=N        string up to a NUL, at most N bytes with it
//	pstr=N,asis   the same without the NUL, at most N-1 characters
//	size=N        []byte in exactly N bytes; bool in N bytes (1, 2 or 4; default 1)
//	rest          []byte up to the end of the message
//	rec16         struct behind a u16 that counts the struct's bytes
//	count=F       slice with as many elements as the earlier integer field F says
//	opt           the field may be missing at the end of a received message
//	secret        the field must never reach a log or an unmasked recording
//
// Text on the wire is one byte per character (Latin-1); strings in Go are UTF-8.
// Decoded []byte fields alias the input.
package wire
