package app

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlaces(t *testing.T) {
	for _, tc := range []struct {
		wanted, files, total, reserve int
		cut                           bool
	}{
		{0, 0, 20000, 2000, false},
		{50000, 0, 50000, 5000, false},
		{0, 1024, 832, 83, false},
		{0, 1 << 20, 20000, 2000, false},
		{500, 1024, 500, 50, false},
		{5000, 1024, 832, 83, true},
		{0, 256, 64, 6, false},
		{0, 1, 1, 0, false},
	} {
		t.Run(fmt.Sprint(tc.wanted, " of ", tc.files), func(t *testing.T) {
			total, reserve, cut := places(tc.wanted, tc.files)
			assert.Equal(t, []any{tc.total, tc.reserve, tc.cut}, []any{total, reserve, cut})
			if tc.files > 4 {
				assert.Less(t, total, tc.files)
			}
		})
	}
}
