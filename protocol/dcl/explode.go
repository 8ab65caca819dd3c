package dcl

import "fmt"

// Explode appends the plain bytes of the stream src to dst and returns the extended slice. It appends at most limit bytes; a stream
// that holds more is refused with ErrTooLong. On any error it returns dst as it was given.
//
// Bytes of src behind the end code are ignored, because senders pad. dst and src must not overlap.
//
// Memory: when dst has room for limit bytes nothing is allocated. Otherwise the stream is walked once to learn its true size and
// dst grows once to exactly that, so a hostile stream makes the caller pay for what it holds and never for what it claims.
func Explode(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < headerSize {
		return dst, fmt.Errorf("%w: %d bytes hold no header", ErrTruncated, len(src))
	}
	mode, dict := Mode(src[0]), Dict(src[1])
	if err := checkHeader(mode, dict); err != nil {
		return dst, err
	}
	start := decoder{in: src[headerSize:], mode: mode, dict: dict}
	if cap(dst)-len(dst) < limit {
		size, err := start.measure(limit)
		if err != nil {
			return dst, err
		}
		dst = grow(dst, size)
	}
	return start.appendTo(dst, limit)
}

// grow returns dst with room for exactly extra more bytes (or whatever more it already has).
func grow(dst []byte, extra int) []byte {
	if cap(dst)-len(dst) >= extra {
		return dst
	}
	grown := make([]byte, len(dst), len(dst)+extra)
	copy(grown, dst)
	return grown
}

// decoder reads the tokens of a stream. It is a value: a copy starts again from the same place.
type decoder struct {
	in    []byte // all bytes behind the header
	at    int    // next byte of in that is not yet in hold
	hold  uint64 // bits taken from in, the next one lowest; zero above held
	held  uint   // number of bits in hold
	mode  Mode
	dict  Dict
	short bool // more bits were used than the input has
}

// token is one step of a stream: a copy when distance is not 0, else a literal, else (length 0) the end.
type token struct {
	length   int
	distance int
	literal  byte
}

// tokenBits is the most that one token takes: flag, length code and bits, distance code and bits.
const tokenBits = 1 + 7 + 8 + 8 + 6

// next reads one token. Near the end of the input missing bits read as zeros and the decoder is marked short; the
// token is then worthless.
func (d *decoder) next() token {
	for d.held < tokenBits && d.at < len(d.in) {
		d.hold |= uint64(d.in[d.at]) << d.held
		d.held += 8
		d.at++
	}
	if d.bits(1) == 0 {
		return token{length: 1, literal: d.readLiteral()}
	}
	symbol := d.symbol(&lengthCode)
	length := int(lengthBase[symbol]) + d.bits(uint(lengthBits[symbol]))
	if length == endLength {
		return token{}
	}
	high := int(d.symbol(&distanceCode))
	low := lowBits(length, d.dict)
	return token{length: length, distance: high<<low + d.bits(low) + 1}
}

func (d *decoder) readLiteral() byte {
	if d.mode == ASCII {
		return d.symbol(&literalCode)
	}
	return byte(d.bits(8))
}

// bits takes the next n plain bits, the first one lowest.
func (d *decoder) bits(n uint) int {
	v := int(d.hold & (1<<n - 1))
	d.skip(n)
	return v
}

// symbol takes the next symbol of a prefix code.
func (d *decoder) symbol(c *code) uint8 {
	e := c.entries[d.hold&(1<<c.longest-1)]
	d.skip(uint(e.size))
	return e.symbol
}

func (d *decoder) skip(n uint) {
	if n > d.held {
		d.short = true
		n = d.held
	}
	d.hold >>= n
	d.held -= n
}

// check tells whether a token may follow after written bytes of output, of which there may be limit.
func (d *decoder) check(t token, written, limit int) error {
	switch {
	case d.short:
		return fmt.Errorf("%w: no end code in %d bytes, %d bytes of output before", ErrTruncated, headerSize+len(d.in), written)
	case t.distance > written:
		return fmt.Errorf("%w: distance %d at output byte %d", ErrDistance, t.distance, written)
	case t.length > limit-written:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLong, limit)
	}
	return nil
}

// measure walks the stream to its end and returns the size of its output. The receiver is a copy: the caller's decoder stays
// where it is.
func (d decoder) measure(limit int) (int, error) {
	written := 0
	for {
		t := d.next()
		if err := d.check(t, written, limit); err != nil {
			return 0, err
		}
		if t.length == 0 {
			return written, nil
		}
		written += t.length
	}
}

// appendTo writes the output behind dst, which must have the capacity for it.
func (d *decoder) appendTo(dst []byte, limit int) ([]byte, error) {
	out, start := dst, len(dst)
	for {
		t := d.next()
		if err := d.check(t, len(out)-start, limit); err != nil {
			return dst, err
		}
		switch {
		case t.length == 0:
			return out, nil
		case t.distance == 0:
			out = append(out, t.literal)
		default:
			out = appendCopy(out, t.length, t.distance)
		}
	}
}

// appendCopy repeats length bytes from distance bytes back. When they overlap the bytes just written count: distance 1
// repeats the last byte. Each round at least doubles what can be copied at once.
func appendCopy(out []byte, length, distance int) []byte {
	from := len(out) - distance
	for length > 0 {
		n := min(length, len(out)-from)
		out = append(out, out[from:from+n]...)
		length -= n
	}
	return out
}
