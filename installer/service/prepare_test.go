package service

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestServiceSID compares with the two identifiers that every Windows shows under
// these names.
func TestServiceSID(t *testing.T) {
	const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	assert.Equal(t, installer, serviceSID("TrustedInstaller"))
	assert.Equal(t, installer, serviceSID("trustedinstaller"), "case does not count")
	assert.NotEqual(t, installer, serviceSID(Name))
}

// What the Windows installer hands on is taken; anything else leaves the service as it is.
func TestParseStart(t *testing.T) {
	for text, want := range map[string]uint32{"#2": 2, "#3": 3, "#4": 4, "": 0, "#0": 0, "#5": 0, "2": 0, "#22": 0, "x": 0} {
		assert.Equal(t, want, ParseStart(text), "%q", text)
	}
}
