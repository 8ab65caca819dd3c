package play

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/cmd/mcos-tray/ask"
)

// A network becomes private only after a question that says what this means.
func TestLetIn(t *testing.T) {
	w := newWorld(t)
	text, err := w.LetIn(t.Context(), "Network 2")
	require.NoError(t, err)
	assert.Contains(t, text, `"Network 2"`)
	require.Len(t, w.asked, 1)
	assert.Contains(t, w.asked[0], "can then see this PC")
	assert.Contains(t, w.log, "network private -- Network 2")

	w = newWorld(t)
	w.yes = false
	text, err = w.LetIn(t.Context(), "Network 2")
	require.NoError(t, err)
	assert.Empty(t, text)
	assert.Empty(t, w.log, "nothing is changed unasked")

	w = newWorld(t)
	w.askErr = ask.ErrCancelled
	_, err = w.LetIn(t.Context(), "Network 2")
	require.ErrorIs(t, err, ask.ErrCancelled)
	assert.Empty(t, w.log)

	var trouble *Trouble
	w = newWorld(t)
	w.helpErr = ErrRefused
	_, err = w.LetIn(t.Context(), "Network 2")
	require.ErrorAs(t, err, &trouble)
	assert.Contains(t, trouble.What, "you declined")
	w.helpErr, w.said = errors.New("exit status 1"), "mcos: the network stays public"
	_, err = w.LetIn(t.Context(), "Network 2")
	require.ErrorAs(t, err, &trouble)
	assert.Contains(t, trouble.Error(), "the network stays public")
	assert.Contains(t, trouble.Next, "Private network")
}
