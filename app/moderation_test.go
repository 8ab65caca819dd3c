package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNews(t *testing.T) {
	var m moderation
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	assert.Empty(t, m.news(noon), "the configured line")
	text := "message of the day"
	m.message.Store(&text)
	assert.Equal(t, text, m.news(noon))
	m.notice.Store(&notice{"restart", noon.Add(time.Minute), false})
	assert.Equal(t, "restart", m.news(noon))
	assert.Equal(t, text, m.news(noon.Add(time.Minute)), "a notice ends")
	assert.Zero(t, m.shutdownIn(noon), "no word of a shutdown")
	m.notice.Store(&notice{"the end", noon.Add(time.Minute), true})
	assert.Equal(t, time.Minute, m.shutdownIn(noon))
	assert.Negative(t, m.shutdownIn(noon.Add(time.Hour)))
	assert.False(t, m.isMuted(7))
}
