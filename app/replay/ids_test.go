package replay

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// fieldNames collects the names of all fields, of the structs inside too.
func fieldNames(shapes []wire.Shape, found map[string]bool) {
	for _, s := range shapes {
		found[s.Name] = true
		for inner := &s; inner != nil; inner = inner.Elem {
			if inner.Layout != nil {
				fieldNames(inner.Layout.Shapes(), found)
			}
		}
	}
}

// The tables of this package know fields by their names only; a field that gets
// another name must take its entry along, or replays report false differences.
func TestTablesNameFieldsThatExist(t *testing.T) {
	found := map[string]bool{}
	for _, r := range []*wire.Registry{nps.Registry, mcots.Registry} {
		for _, m := range r.All() {
			fieldNames(m.Layout().Shapes(), found)
		}
	}
	known := slices.Concat(slices.Collect(maps.Keys(kinds)), slices.Collect(maps.Keys(changing)), slices.Collect(maps.Keys(names)))
	assert.NotEmpty(t, known)
	for _, name := range known {
		assert.True(t, found[name], "no message has a field %s", name)
	}
}
