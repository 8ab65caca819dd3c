package bolt

import (
	"encoding/json"
	"fmt"
)

// maxRecord is the longest record, in bytes. Those of the game have a few thousand; a
// store that somebody else has made must not fill the memory with a single one.
const maxRecord = 1 << 20

// codec turns records of one kind into the bytes kept in the file and back: one
// version byte, then JSON.
type codec[T any] struct {
	// upgrades holds one step per old version: upgrades[0] turns the JSON of
	// version 1 into that of version 2. The version written is one more than
	// there are steps.
	upgrades []upgrade
}

// upgrade turns the JSON of one version of a record into that of the next.
type upgrade func(old []byte) ([]byte, error)

// version is the version byte of what encode writes.
func (c codec[T]) version() byte { return byte(len(c.upgrades) + 1) }

func (c codec[T]) encode(rec T) ([]byte, error) {
	text, err := json.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("cannot be written as JSON: %w", err)
	}
	if len(text) >= maxRecord {
		return nil, fmt.Errorf("has %d bytes, more than %d", len(text), maxRecord)
	}
	data := make([]byte, 0, 1+len(text))
	return append(append(data, c.version()), text...), nil
}

// decode never keeps data, which bbolt owns.
func (c codec[T]) decode(data []byte) (T, error) {
	var rec T
	if len(data) == 0 {
		return rec, fmt.Errorf("%w: no version byte", ErrCorrupt)
	}
	if len(data) > maxRecord {
		return rec, fmt.Errorf("%w: %d bytes, more than %d", ErrCorrupt, len(data), maxRecord)
	}
	version, text := data[0], data[1:]
	if version == 0 {
		return rec, fmt.Errorf("%w: version byte 0", ErrCorrupt)
	}
	if version > c.version() {
		return rec, fmt.Errorf("%w: record version %d, this program knows up to %d", ErrNewer, version, c.version())
	}
	for ; version < c.version(); version++ {
		next, err := c.upgrades[version-1](text)
		if err != nil {
			return rec, fmt.Errorf("%w: upgrade from record version %d: %w", ErrCorrupt, version, err)
		}
		text = next
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		var zero T
		return zero, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return rec, nil
}
