package dcl

// Implode appends the compressed stream of src to dst and returns the extended slice. It fails only for a mode or dictionary
// that the format does not know (ErrHeader), and then returns dst as it was given. dst and src must not overlap.
//
// Incompressible input grows by an eighth in binary mode and can grow by three quarters in ASCII mode. An empty src gives a
// valid stream of four bytes, which the original library refuses to read: send empty messages uncompressed.
func Implode(dst, src []byte, mode Mode, dict Dict) ([]byte, error) {
	if err := checkHeader(mode, dict); err != nil {
		return dst, err
	}
	e := encoder{out: append(dst, byte(mode), byte(dict)), mode: mode, dict: dict}
	f := newFinder(src, dict)
	for at := 0; at < len(src); {
		length, distance := f.find(at)
		if length < minCopy {
			e.literal(src[at])
			length = 1
		} else {
			e.copy(length, distance)
		}
		for end := at + length; at < end; at++ {
			f.enter(at)
		}
	}
	return e.finish(), nil
}

// maxCopy is the longest copy that Implode writes. The format goes up to 518, but the original compressor stops here and
// its decompressor's window is sized to match.
const maxCopy = 516

// encoder collects bits into bytes.
type encoder struct {
	out  []byte
	hold uint64 // bits not yet in out, the next one lowest
	held uint   // number of bits in hold
	mode Mode
	dict Dict
}

func (e *encoder) bits(v int, n uint) {
	e.hold |= uint64(v) << e.held
	e.held += n
	for e.held >= 8 {
		e.out = append(e.out, byte(e.hold))
		e.hold >>= 8
		e.held -= 8
	}
}

func (e *encoder) symbol(c *code, symbol int) {
	p := c.prefixes[symbol]
	e.bits(int(p.bits), uint(p.size))
}

func (e *encoder) literal(b byte) {
	e.bits(0, 1)
	if e.mode == ASCII {
		e.symbol(&literalCode, int(b))
	} else {
		e.bits(int(b), 8)
	}
}

func (e *encoder) copy(length, distance int) {
	e.length(length)
	low := lowBits(length, e.dict)
	e.symbol(&distanceCode, (distance-1)>>low)
	e.bits((distance-1)&(1<<low-1), low)
}

// length writes the flag, code and plain bits of a copy length, or of endLength.
func (e *encoder) length(length int) {
	symbol := len(lengthBase) - 1
	for !fits(length, symbol) {
		symbol--
	}
	e.bits(1, 1)
	e.symbol(&lengthCode, symbol)
	e.bits(length-int(lengthBase[symbol]), uint(lengthBits[symbol]))
}

// fits tells whether a length is one of those that a symbol of lengthCode stands for.
func fits(length, symbol int) bool {
	rest := length - int(lengthBase[symbol])
	return rest >= 0 && rest < 1<<lengthBits[symbol]
}

// finish writes the end code and fills the last byte with zero bits.
func (e *encoder) finish() []byte {
	e.length(endLength)
	if e.held > 0 {
		e.bits(0, 8-e.held)
	}
	return e.out
}
