package main

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/firewall"
)

func TestNetworkFacts(t *testing.T) {
	assert.Equal(t, [][2]string{
		{"Game's ports", "open on private networks"}, {"Home", "private"}, {"Network 2", "public: players on it cannot connect"},
	}, networkFacts(firewall.State{Rules: true, Networks: []firewall.Network{{Name: "Home"}, {Name: "Network 2", Public: true}}}))
	assert.Equal(t, [][2]string{{"Game's ports", "not opened by MCOS"}}, networkFacts(firewall.State{}))
}

func TestMakePrivate(t *testing.T) {
	var out bytes.Buffer
	p := &program{out: &out}
	require.NoError(t, p.makePrivate("Home", func(name string) (int, error) {
		assert.Equal(t, "Home", name)
		return 1, nil
	}))
	assert.Contains(t, out.String(), `"Home" is private now`)
	require.ErrorContains(t, p.makePrivate("x", func(string) (int, error) { return 0, nil }), "mcos network show")
	refused := errors.New("the network stays public")
	require.ErrorIs(t, p.makePrivate("x", func(string) (int, error) { return 0, refused }), refused)
	require.ErrorIs(t, p.makePrivate("x", func(string) (int, error) { return 0, firewall.ErrUnsupported }), errNoNetworks)
}

// No other system knows public networks; that is said, with what helps there.
func TestNetworkElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("here there are some")
	}
	s := newShell(t)
	s.fails(exitFailed, "mcos doctor", "network", "show")
	s.fails(exitFailed, "mcos doctor", "network", "private", "--", "-x")
	s.fails(exitUsage, "NAME is missing", "network", "private")
}
