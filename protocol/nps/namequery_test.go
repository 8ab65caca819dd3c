package nps_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/nps"
)

func TestReadNameQuery(t *testing.T) {
	const game, marty = "000a 4d6f746f722043697479", "0005 4d61727479"
	for name, tc := range map[string]struct {
		body string
		want nps.NameQuery
	}{
		"number, game, name": {"0009fbf1" + game + marty, nps.NameQuery{Asking: 654321, Name: "Marty"}},
		"number, name, game": {"0009fbf1" + marty + game, nps.NameQuery{Asking: 654321, Name: "Marty"}},
		"game, number, name": {game + "0009fbf1" + marty, nps.NameQuery{Asking: 654321, Name: "Marty"}},
		"name, number, game": {marty + "0009fbf1" + game, nps.NameQuery{Asking: 654321, Name: "Marty"}},
		"stray bytes":        {"0009fbf1" + game + marty + "cdcdcd", nps.NameQuery{Asking: 654321, Name: "Marty"}},
		"the game itself":    {"0009fbf1" + game + game, nps.NameQuery{Asking: 654321, Name: "Motor City"}},
		"no name":            {"0009fbf1" + game + "0000", nps.NameQuery{Asking: 654321}},
		"counted NULs":       {"0009fbf1 000b 4d6f746f722043697479 00 0007 4d617274790000", nps.NameQuery{Asking: 654321, Name: "Marty"}},
	} {
		got, err := nps.ReadNameQuery(unhex(t, tc.body))
		require.NoError(t, err, name)
		assert.Equal(t, tc.want, got, name)
	}
	for name, body := range map[string]string{
		"empty": "", "a number": "00000015", "two numbers": "0000001500000016", "one text": "0009fbf1" + marty,
		"another game": "0009fbf1" + marty + "0005 4d6f746f72", "a text that lies": "0009fbf1" + game + "0063 4d61",
	} {
		_, err := nps.ReadNameQuery(unhex(t, body))
		assert.ErrorIs(t, err, nps.ErrNameQuery, name)
	}
}

// Whatever the bytes, a query that is read names something that is in them.
func FuzzNameQuery(f *testing.F) {
	for _, body := range []string{
		"0009fbf1 000a 4d6f746f722043697479 0005 4d61727479", "000a 4d6f746f722043697479 0009fbf1 0005 4d61727479",
		"0054b46c 0008 44722042726f776e 000a 4d6f746f722043697479", "0000001500000016", "ffffffffffff",
	} {
		f.Add(unhex(f, body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := nps.ReadNameQuery(body)
		if err != nil {
			require.ErrorIs(t, err, nps.ErrNameQuery)
			return
		}
		require.LessOrEqual(t, len([]rune(q.Name)), len(body)-4-4-len(nps.GameName))
	})
}
