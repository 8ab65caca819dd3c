package pages

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Only pages of Windows' settings become links with a scheme of their own.
func TestSettingsLink(t *testing.T) {
	assert.Equal(t, "ms-settings:network-status", string(settings("ms-settings:network-status")))
	for _, uri := range []string{"", "javascript:alert(1)", "ms-settings:x?y=\"", "MS-SETTINGS:network", "https://example.org"} {
		assert.Empty(t, settings(uri), uri)
	}
}
