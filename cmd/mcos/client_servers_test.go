package main

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/lan"
	"mcos/protocol/client"
)

func TestListServers(t *testing.T) {
	found := []lan.Server{{
		Neighbour: client.Neighbour{Name: "Home", Version: "1.2", Players: 3, HTTP: 80, HTTPS: 443, Login: 8226, Key: "ab12"},
		Addr:      netip.MustParseAddr("192.168.1.5"), Own: true,
	}}
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs}
	require.NoError(t, p.listServers(found))
	assert.Contains(t, out.String(), "192.168.1.5 (this computer)")

	out.Reset()
	p.json = true
	require.NoError(t, p.listServers(found))
	var list []listedServer
	require.NoError(t, json.Unmarshal(out.Bytes(), &list))
	assert.Equal(t, "192.168.1.5", list[0].Host)
	out.Reset()
	require.NoError(t, p.listServers(nil))
	assert.JSONEq(t, "[]", out.String())

	p.json = false
	require.NoError(t, p.listServers(nil))
	assert.Contains(t, errs.String(), "No server answered")
}

func TestServersWantsSomeTime(t *testing.T) {
	p := &program{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	cmd := p.clientServersCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"--timeout", "0s"})
	require.ErrorAs(t, cmd.ExecuteContext(t.Context()), new(usageError))
}
