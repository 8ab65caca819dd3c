package dcl

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A prefix code is complete when the shares 2^-size of all its symbols add up to exactly 1; then every bit pattern means
// something and the decoder needs no case for "no such code".
func TestCodesAreComplete(t *testing.T) {
	for _, tc := range []struct {
		name    string
		code    code
		symbols int
		longest uint
	}{
		{"literals", literalCode, 256, 13},
		{"lengths", lengthCode, 16, 7},
		{"distances", distanceCode, 64, 8},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Len(t, tc.code.prefixes, tc.symbols)
			require.Equal(t, tc.longest, tc.code.longest)
			share := 0
			for symbol, p := range tc.code.prefixes {
				share += len(tc.code.entries) >> p.size
				assert.Equal(t, entry{symbol: uint8(symbol), size: p.size}, tc.code.entries[p.bits], "symbol %d", symbol)
			}
			assert.Equal(t, len(tc.code.entries), share)
		})
	}
}

// Every length has exactly one symbol, so that the encoder's search can neither fail nor choose.
func TestEveryLengthHasOneSymbol(t *testing.T) {
	for length := minCopy; length <= endLength; length++ {
		var symbols []int
		for symbol := range lengthBase {
			if fits(length, symbol) {
				symbols = append(symbols, symbol)
			}
		}
		assert.Len(t, symbols, 1, "length %d", length)
	}
}

// The first code of a table is all ones, the last all zeros: the end code 519 is 1, 0000000, 11111111.
func TestCodesAreInverted(t *testing.T) {
	assert.Equal(t, prefix{bits: 0b11, size: 2}, lengthCode.prefixes[0])
	assert.Equal(t, prefix{bits: 0, size: 7}, lengthCode.prefixes[15])
	assert.Equal(t, prefix{bits: 0b11, size: 2}, distanceCode.prefixes[0])
	assert.Equal(t, prefix{bits: 0, size: 8}, distanceCode.prefixes[63])
	assert.Equal(t, prefix{bits: 0b1111, size: 4}, literalCode.prefixes[' '])
	assert.Equal(t, prefix{bits: 0, size: 13}, literalCode.prefixes[255])
}
