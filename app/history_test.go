package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mcos/app/admin"
)

func TestHistoryKeepsOneHour(t *testing.T) {
	var h history
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range samples + 5 {
		h.add(admin.Sample{Time: noon.Add(time.Duration(i) * sampleEvery), Players: i}, uint64(i)*40, uint64(i)*90)
	}
	o := h.overview()
	assert.Equal(t, 20, o.Every)
	assert.Len(t, o.Samples, 180)
	assert.Equal(t, 5, o.Samples[0].Players, "the oldest have gone")
	assert.Equal(t, samples+4, o.Samples[samples-1].Players)
	assert.InDelta(t, 2, o.Samples[7].Received, 1e-9)
	assert.InDelta(t, 4.5, o.Samples[7].Sent, 1e-9)

	var first history
	first.add(admin.Sample{Time: noon}, 1000, 1000)
	assert.Zero(t, first.overview().Samples[0].Received, "before the first sample nobody knows a rate")
	first.add(admin.Sample{Time: noon}, 2000, 2000)
	assert.Zero(t, first.overview().Samples[1].Received, "a clock that stands still makes no rate")
}
