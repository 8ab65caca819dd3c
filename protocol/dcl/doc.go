// Package dcl reads and writes streams of the PKWARE Data Compression Library, the "implode" and "explode" of the 1990s
// (mcots-1 1.6). It is neither the implode of zip files nor deflate.
//
// A stream begins with two bytes: the mode (0 binary, 1 ASCII) and the number of low distance bits (4, 5 or 6, which means a
// dictionary of 1024, 2048 or 4096 bytes). A bit stream follows, least significant bit of each byte first, made of
//
//	0, literal             one byte: 8 plain bits in binary mode, a prefix code in ASCII mode
//	1, length, distance    copy length bytes (2 to 518) from distance bytes (1 to the dictionary size) back
//	1, length 519          end of the stream
//
// Lengths and the upper part of distances are prefix codes from fixed tables, followed by plain bits. All codes are sent
// first bit first and inverted: the numerically first code of a table is all ones. A copy of length 2 has a distance of two low
// bits, whatever the dictionary, and so reaches back 256 bytes only.
//
// Compressing is a choice, not a duty: the game accepts everything uncompressed, but it may compress what it sends.
package dcl

import (
	"errors"
	"fmt"
)

// The errors of Explode and Implode. Each returned error wraps one of them and adds the offending value and its place.
var (
	// ErrHeader says that the first two bytes are no mode and dictionary of this format.
	ErrHeader = errors.New("dcl: bad header")
	// ErrTruncated says that the input ended before the end code.
	ErrTruncated = errors.New("dcl: input is truncated")
	// ErrTooLong says that the output would be longer than the caller allows.
	ErrTooLong = errors.New("dcl: output is too long")
	// ErrDistance says that a copy reaches back before the first output byte.
	ErrDistance = errors.New("dcl: distance reaches before the start")
)

// Mode says how literal bytes are written. It is the first byte of a stream.
type Mode byte

// The two modes of the format.
const (
	Binary Mode = 0 // every literal takes 8 bits
	ASCII  Mode = 1 // a fixed prefix code: 4 to 8 bits for usual English text, up to 13 for other bytes
)

// Dict is the dictionary size as the second byte of a stream: the number of low bits of a distance.
type Dict byte

// The three dictionary sizes of the format.
const (
	Dict1024 Dict = 4
	Dict2048 Dict = 5
	Dict4096 Dict = 6
)

// Size is the size of the dictionary in bytes, and so the largest distance of a copy.
func (d Dict) Size() int { return 64 << d }

// Sizes of the format.
const (
	headerSize = 2
	minCopy    = 2
	endLength  = 519 // the length that means "end of the stream"
	shortBits  = 2   // low distance bits of a copy of length 2
)

// checkHeader refuses a mode or dictionary that the format does not know.
func checkHeader(mode Mode, dict Dict) error {
	if mode > ASCII {
		return fmt.Errorf("%w: mode %d, want 0 or 1", ErrHeader, byte(mode))
	}
	if dict < Dict1024 || dict > Dict4096 {
		return fmt.Errorf("%w: dictionary %d, want 4, 5 or 6", ErrHeader, byte(dict))
	}
	return nil
}

// lowBits is the number of plain distance bits that follow the distance code of a copy.
func lowBits(length int, dict Dict) uint {
	if length == minCopy {
		return shortBits
	}
	return uint(dict)
}
