package jet

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// maxLongValue is the longest memo that is read, in bytes.
const maxLongValue = 1 << 20

// Long values: the field holds a length with the place in its top byte, a row
// pointer, and 4 unused bytes.
const (
	longHead   = 12
	longInline = 0x80 // behind the head
	longOneRow = 0x40 // one row elsewhere; else a chain of rows
)

// cellOf decodes the bytes of a value. Numbers can lie among the variable
// columns, too.
func cellOf(kind byte, b []byte) (Cell, error) {
	if need := fixedSize(kind); len(b) < need {
		return Cell{}, formatError("a value of type %d in %d bytes", kind, len(b))
	}
	switch kind {
	case typeByte:
		return intCell(int64(b[0])), nil
	case typeInt16:
		return intCell(int64(int16(binary.LittleEndian.Uint16(b)))), nil
	case typeInt32:
		return intCell(int64(int32(binary.LittleEndian.Uint32(b)))), nil
	case typeCurrency:
		return Cell{Text: currency(int64(binary.LittleEndian.Uint64(b)))}, nil
	case typeFloat32:
		f := math.Float32frombits(binary.LittleEndian.Uint32(b))
		return Cell{Text: strconv.FormatFloat(float64(f), 'g', -1, 32)}, nil
	case typeFloat64:
		f := math.Float64frombits(binary.LittleEndian.Uint64(b))
		return Cell{Text: strconv.FormatFloat(f, 'g', -1, 64)}, nil
	case typeDate:
		return Cell{Text: date(math.Float64frombits(binary.LittleEndian.Uint64(b)))}, nil
	case typeText, typeMemo:
		return Cell{Text: decodeText(b)}, nil
	case typeGUID:
		return Cell{Text: guid(b)}, nil
	default:
		return Cell{Text: string(b)}, nil
	}
}

// fixedSize returns the bytes that a type needs.
func fixedSize(kind byte) int {
	switch kind {
	case typeByte:
		return 1
	case typeInt16:
		return 2
	case typeInt32, typeFloat32:
		return 4
	case typeCurrency, typeFloat64, typeDate:
		return 8
	case typeGUID:
		return 16
	default:
		return 0
	}
}

func intCell(n int64) Cell { return Cell{Int: n, Text: strconv.FormatInt(n, 10)} }

// currency writes a number of ten-thousandths.
func currency(n int64) string {
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%04d", sign, u/10000, u%10000)
}

// date writes a number of days since 1899-12-30; the fraction is the time of day
// and counts forward before that day, too. Numbers that no Access date has are
// written as they are.
func date(days float64) string {
	if !(math.Abs(days) < 3e6) {
		return strconv.FormatFloat(days, 'g', -1, 64)
	}
	whole := math.Trunc(days)
	seconds := int(math.Round(math.Abs(days-whole) * 86400))
	t := time.Date(1899, 12, 30, 0, 0, seconds, 0, time.UTC).AddDate(0, 0, int(whole))
	if seconds == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}

// guid writes 16 bytes in the registry form.
func guid(b []byte) string {
	return fmt.Sprintf("{%08X-%04X-%04X-%04X-%012X}", binary.LittleEndian.Uint32(b),
		binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:16])
}

// longValue reads a memo or OLE value, wherever it lies.
func (r *Rows) longValue(field []byte) ([]byte, error) {
	if len(field) == 0 {
		return nil, nil
	}
	if len(field) < longHead {
		return nil, formatError("a long value of %d bytes", len(field))
	}
	head, pointer := binary.LittleEndian.Uint32(field), binary.LittleEndian.Uint32(field[4:])
	size, place := int(head&0xffffff), byte(head>>24)
	if size > maxLongValue {
		return nil, formatError("a long value of %d bytes, more than %d", size, maxLongValue)
	}
	switch {
	case place&longInline != 0:
		return cutTo(field[longHead:], size)
	case place&longOneRow != 0:
		data, _, err := r.t.db.rowAt(pointer, r.memo)
		if err != nil {
			return nil, err
		}
		return cutTo(data, size)
	default:
		return r.chain(pointer, size)
	}
}

// cutTo returns the first size bytes.
func cutTo(data []byte, size int) ([]byte, error) {
	if size > len(data) {
		return nil, formatError("a long value of %d bytes in %d", size, len(data))
	}
	return data[:size], nil
}

// chain reads a long value from rows that each begin with a pointer to the next.
// Rows without a value byte end the chain, so it cannot go on for ever.
func (r *Rows) chain(pointer uint32, size int) ([]byte, error) {
	var value []byte
	for len(value) < size {
		data, _, err := r.t.db.rowAt(pointer, r.memo)
		if err != nil {
			return nil, err
		}
		if len(data) <= 4 {
			return nil, formatError("a long value of %d bytes ends after %d", size, len(value))
		}
		value = append(value, data[4:]...)
		pointer = binary.LittleEndian.Uint32(data)
	}
	return value[:size], nil
}

// windows1252 are the characters of 0x80 to 0x9F; the others are Latin-1.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// decodeText turns code page 1252 into UTF-8.
func decodeText(b []byte) string {
	if !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) {
		return string(b)
	}
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
		if c >= 0x80 && c <= 0x9f {
			out[i] = windows1252[c-0x80]
		}
	}
	return string(out)
}
