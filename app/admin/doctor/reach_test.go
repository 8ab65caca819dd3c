package doctor

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReach(t *testing.T) {
	const public = "203.0.113.9"
	for name, tc := range map[string]struct {
		answers func(port string) bool
		level   Level
		text    string
	}{
		"all":  {func(string) bool { return true }, OK, "every port answers this computer: 80, 443, 8226, 9000-9002, 10001. This computer may see more"},
		"none": {func(string) bool { return false }, Warn, "That proves nothing"},
		"some": {func(port string) bool { return port != "443" && port != "10001" }, Warn, "These do not: 443, 10001."},
	} {
		t.Run(name, func(t *testing.T) {
			o := healthy(t)
			lookup4(public)(&o)
			o.World.Dial = func(_ context.Context, addr string) error {
				port, outside := strings.CutPrefix(addr, public+":")
				if outside && !tc.answers(port) {
					return errBroken
				}
				assert.NotEqual(t, public+":3000", addr, "the console is not for players")
				return nil
			}
			found := about(Run(t.Context(), o), "Reachable from outside")
			require.Len(t, found, 1)
			assert.Equal(t, tc.level, found[0].Level)
			assert.Contains(t, found[0].Explanation, tc.text)
			assert.NotEmpty(t, found[0].Next, "only somebody outside knows")
		})
	}
	o := healthy(t)
	assert.Empty(t, about(Run(t.Context(), o), "Reachable from outside"), "no public host, nothing to say")
	lookup4("127.0.0.1")(&o)
	assert.Empty(t, about(Run(t.Context(), o), "Reachable from outside"), "that says nothing about anybody else")
}
