package wiretest_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/protocol/wire/wiretest"
)

// TestEveryMessageFindsLies reads, of every declared message and form, bodies with
// one impossible length: none may be read as far as it goes, and all are told apart
// from messages that are merely cut (DECISIONS 51).
func TestEveryMessageFindsLies(t *testing.T) {
	counting := map[wire.Family]int{}
	for _, m := range slices.Concat(nps.Registry.All(), mcots.Registry.All()) {
		body, err := wiretest.Sample(m.Layout())
		require.NoError(t, err, m.String())
		lies, err := wiretest.Lies(m.Layout(), body)
		require.NoError(t, err, m.String())
		if len(lies) > 0 {
			counting[m.Family]++
		}
		for _, lie := range lies {
			_, err := m.Layout().Decode(lie.Body, m.Layout().New())
			assert.ErrorIs(t, err, wire.ErrCount, "%s %s: %s", m, m.Variant, lie.Field)
			_, _, err = m.Layout().Inspect(lie.Body)
			assert.ErrorIs(t, err, wire.ErrCount, "%s %s: %s", m, m.Variant, lie.Field)
		}
	}
	for family, least := range map[wire.Family]int{wire.Login: 2, wire.Mail: 4, wire.Persona: 8, wire.Lobby: 20, wire.MCOTS: 10} {
		assert.GreaterOrEqual(t, counting[family], least, "messages of %s with a length", family)
	}
}
