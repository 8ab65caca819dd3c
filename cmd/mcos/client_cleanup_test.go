package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/machine"
	"mcos/installer/client/memhost"
)

func TestCleanup(t *testing.T) {
	h := memhost.New()
	h.Put(h.Sys.Hosts, "10.0.0.1 www.ea.com\r\n10.0.0.1 www.ea.com printer\r\n", false)
	before := h.Snapshot()
	targets := []machine.Target{{Host: h, Record: filepath.Join(t.TempDir(), "r", "undo")}}
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, in: strings.NewReader("n\n"), ask: func(string) (string, error) { return "", nil }}
	p.now = newProgram().now
	p.computers = func(string) ([]machine.Target, error) { return targets, nil }

	require.NoError(t, p.cleanup(t.Context(), &cleanupFlags{dryRun: true}))
	assert.Contains(t, out.String(), "on -> off")
	assert.Contains(t, out.String(), "To do by hand: Edit the file")
	require.ErrorContains(t, p.cleanup(t.Context(), &cleanupFlags{}), "nothing was changed")
	p.json = true
	out.Reset()
	require.NoError(t, p.cleanup(t.Context(), &cleanupFlags{yes: true}))
	var list []leftover
	require.NoError(t, json.Unmarshal(out.Bytes(), &list))
	require.Len(t, list, 2)
	p.json = false
	assert.Equal(t, before, h.Snapshot())

	require.NoError(t, p.cleanup(t.Context(), &cleanupFlags{yes: true}))
	assert.NotEqual(t, before, h.Snapshot())
	require.NoError(t, p.undoCleanup(t.Context(), &cleanupFlags{}))
	assert.Contains(t, out.String(), "has back what was removed")
	assert.Equal(t, before, h.Snapshot())
	require.NoError(t, p.undoCleanup(t.Context(), &cleanupFlags{}))
	assert.Contains(t, out.String(), "Nothing was removed here before")
}
