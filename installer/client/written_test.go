package client

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/guard"
	"mcos/installer/client/host"
)

// The list may grow and nothing else: records of older versions lie on players'
// computers. A new line at the end leaves this test as it is.
func TestWhatWasWrittenStaysKnown(t *testing.T) {
	const lines, hash = 63, "97ff4bb3558815f72e07ecbc437eb14a8cdfd8cc3d9fff3aa468a4abff0a4409"
	all := strings.SplitAfter(strings.ReplaceAll(writtenText, "\r\n", "\n"), "\n")
	require.GreaterOrEqual(t, len(all), lines)
	sum := sha256.Sum256([]byte(strings.Join(all[:lines], "")))
	assert.Equal(t, hash, hex.EncodeToString(sum[:]), "a line that was there is changed or gone")
	for _, thumbprint := range sharedRoots {
		assert.Contains(t, written()[aRoot], strings.ToLower(thumbprint))
	}
	kinds := []string{aValue, aLeftover, aFile, aSetting, aMove, aFeature, aRoot}
	for kind, list := range written() {
		assert.Contains(t, kinds, kind)
		for _, what := range list {
			assert.Equal(t, strings.ToLower(what), what)
		}
	}
}

// recordForms are the undo records of all versions: what each has written is put back by this
// one. A new form gets a file of its own.
var recordForms = []string{"testdata/undo-1.jsonl"}

func TestRecordsOfEveryVersionAreFollowed(t *testing.T) {
	for _, form := range recordForms {
		text, err := os.ReadFile(form)
		require.NoError(t, err)
		h := computer()
		original := h.Snapshot()
		p := patcher(t, h)
		f, err := guard.Create(p.Record)
		require.NoError(t, err)
		_, err = f.Write(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		j, err := change.OpenJournal(p.Record)
		require.NoError(t, err)
		require.NotEmpty(t, j.Entries())
		for _, e := range j.Entries() {
			require.NoError(t, e.Item.Write(h, e.After), e.Item.String())
		}
		require.NotEqual(t, original, h.Snapshot())
		u, err := p.Unpatch(false)
		require.NoError(t, err)
		assert.Empty(t, u.Left)
		assert.Equal(t, original, h.Snapshot(), form)
	}
}

// A record that belongs to no version does not get into places that look like ours.
func TestForgedContents(t *testing.T) {
	there := func(data string) change.State { return change.State{Present: true, Data: []byte(data)} }
	huge := strings.Repeat("x", maxBefore+1)
	for name, e := range map[string]change.Entry{
		"huge file":            {Item: change.Item{Kind: change.File, Path: gameDir + `\pub.key`}, Before: there(huge)},
		"huge value":           {Item: change.Item{Kind: change.RegValue, Hive: host.Machine, View: 32, Path: `SOFTWARE\EACom\AuthAuth`, Name: "AuthLogin"}, Before: there(huge)},
		"settings in settings": {Item: change.Item{Kind: change.Setting, Path: gameDir + `\SaveData\options.ini`, Name: "windowed"}, Before: there("0\r\nrun=evil")},
		"half a name":          {Item: change.Item{Kind: change.Setting, Path: gameDir + `\SaveData\options.ini`, Name: "dowed"}, Before: there("0")},
		"bar in a name":        {Item: change.Item{Kind: change.Setting, Path: gameDir + `\SaveData`, Name: `options.ini|windowed`}, Before: there("0")},
		"moved elsewhere":      {Item: change.Item{Kind: change.Moved, Path: gameDir + `\Data\Movies`, Name: gameDir + `\Data\Movies.off\..\x`}, After: there("")},
		"value of the cleaner": {Item: change.Item{Kind: change.RegValue, Hive: host.Machine, View: 32, Path: `SOFTWARE\Electronic Arts\Network Play System`, Name: "AuthUse_NPS_AAI"}, Before: there("x")},
	} {
		h := computer()
		p := patcher(t, h)
		record(t, p.Record, e)
		before := h.Snapshot()
		_, err := p.Unpatch(true)
		require.ErrorIs(t, err, ErrForbidden, name)
		assert.Equal(t, before, h.Snapshot(), name)
	}
	// A key file in a folder without the game is left alone.
	h := computer()
	h.Put(`C:\Users\me\pub.key`, "mine", false)
	p := patcher(t, h)
	record(t, p.Record, change.Entry{Item: change.Item{Kind: change.File, Path: `C:\Users\me\pub.key`}, After: there("mine")})
	before := h.Snapshot()
	u, err := p.Unpatch(true)
	require.NoError(t, err)
	assert.Len(t, u.Left, 1)
	assert.Equal(t, before, h.Snapshot())
}
