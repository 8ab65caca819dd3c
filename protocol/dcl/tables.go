package dcl

// The fixed prefix codes as lists of code lengths in symbol order, run by run: high nibble = symbols in the run minus one, low
// nibble = code length in bits. A code is built from its lengths alone: shorter codes first, symbols of equal length ascending.
var (
	literalCode = newCode([]byte{
		0x0b, 0x7c, 0x08, 0x07, 0x1c, 0x07, 0xbc, 0x0d, 0x4c, 0x04, 0x0a, 0x08, 0x0c, 0x0a, 0x0c, 0x0a,
		0x08, 0x17, 0x08, 0x09, 0x07, 0x06, 0x07, 0x08, 0x07, 0x06, 0x37, 0x08, 0x17, 0x18, 0x0c, 0x0b,
		0x07, 0x09, 0x0b, 0x0c, 0x06, 0x07, 0x16, 0x05, 0x07, 0x18, 0x06, 0x0b, 0x09, 0x06, 0x07, 0x16,
		0x07, 0x0b, 0x26, 0x07, 0x09, 0x08, 0x19, 0x0b, 0x08, 0x0b, 0x09, 0x0c, 0x08, 0x0c, 0x05, 0x26,
		0x05, 0x26, 0x05, 0x0b, 0x07, 0x05, 0x06, 0x15, 0x06, 0x0a, 0x35, 0x08, 0x07, 0x18, 0x0a, 0x1b,
		0x2c, 0xfd, 0xfd, 0xfd, 0xfc, 0xfc, 0xfc, 0x0d, 0x0c, 0x2d, 0x0c, 0x2d, 0x0c, 0x3d, 0x0c, 0x2d,
		0x2c, 0xad,
	})
	lengthCode   = newCode([]byte{0x02, 0x23, 0x24, 0x35, 0x26, 0x17})
	distanceCode = newCode([]byte{0x02, 0x14, 0x35, 0xe6, 0xf7, 0x97, 0xf8})
)

// lengthBase and lengthBits give the copy length of each symbol of lengthCode: the base plus that many plain bits.
var (
	lengthBase = [16]uint16{3, 2, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 40, 72, 136, 264}
	lengthBits = [16]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
)

// prefix is the code of one symbol: its bits in the order of the stream, the first sent as the lowest, and their number.
type prefix struct {
	bits uint16
	size uint8
}

// entry is what a decoder learns from the next bits of the stream: the symbol and how many of the bits were its code.
type entry struct {
	symbol uint8
	size   uint8
}

// code is one prefix code, for writing (by symbol) and reading (by the next longest bits of the stream).
type code struct {
	prefixes []prefix
	entries  []entry // indexed by the next `longest` bits, first bit lowest
	longest  uint
}

// newCode builds a code from its runs of code lengths. The tables of this format are complete: they leave no
// bit pattern without a symbol, so reading a symbol cannot fail except at the end of the input (a test proves it).
func newCode(runs []byte) code {
	var c code
	for _, run := range runs {
		size := run & 0x0f
		c.longest = max(c.longest, uint(size))
		for range run>>4 + 1 {
			c.prefixes = append(c.prefixes, prefix{size: size})
		}
	}
	c.entries = make([]entry, 1<<c.longest)
	next := 1<<c.longest - 1 // inverted: the first code is all ones, left-aligned in longest bits
	for size := uint(1); size <= c.longest; size++ {
		for symbol := range c.prefixes {
			p := &c.prefixes[symbol]
			if uint(p.size) != size {
				continue
			}
			p.bits = reverse(uint16(next>>(c.longest-size)), size)
			next -= 1 << (c.longest - size)
			c.fill(uint8(symbol), *p)
		}
	}
	return c
}

// fill enters a symbol at every index that begins with its code.
func (c *code) fill(symbol uint8, p prefix) {
	for i := int(p.bits); i < len(c.entries); i += 1 << p.size {
		c.entries[i] = entry{symbol: symbol, size: p.size}
	}
}

// reverse turns the lowest size bits of v around.
func reverse(v uint16, size uint) uint16 {
	var r uint16
	for range size {
		r = r<<1 | v&1
		v >>= 1
	}
	return r
}
