package gateway

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// An operator who reads that a friend was thrown out reads what to change.
func TestEveryLateClientHasARemedy(t *testing.T) {
	for _, reason := range []string{notReading, notLoggedIn, halfAMessage, silent} {
		assert.Contains(t, remedies[reason], "timeouts.", reason)
	}
}
