package firewall

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const program = `C:\Program Files\MCOS\mcos.exe`

// recorder notes the commands and fails those that start with one of the words.
func recorder(commands *[]string, failing ...string) Firewall {
	return Firewall{Run: func(_ context.Context, name string, args ...string) error {
		*commands = append(*commands, name+" "+strings.Join(args, " | "))
		for _, word := range failing {
			if args[2] == word {
				return errors.New("it says no")
			}
		}
		return nil
	}}
}

func TestOpen(t *testing.T) {
	var commands []string
	rules := Rules(program)
	require.NoError(t, recorder(&commands, "delete").Open(t.Context(), rules), "there was no rule to delete")
	require.Len(t, commands, 2*len(rules))
	for i, r := range rules {
		assert.Contains(t, commands[2*i], "delete | rule | name="+r.Name)
		added := commands[2*i+1]
		for _, part := range []string{"add | rule | name=" + r.Name, "dir=in", "action=allow", "profile=private", "program=" + program, "protocol=" + r.Protocol, "localport=" + r.Ports} {
			assert.Contains(t, added, part)
		}
	}
	err := recorder(&commands, "add").Open(t.Context(), rules)
	require.ErrorContains(t, err, rules[0].Name)
	assert.ErrorContains(t, err, "it says no")
}

func TestClose(t *testing.T) {
	var commands []string
	recorder(&commands, "delete").Close(t.Context(), program)
	require.Len(t, commands, len(Rules(program))+1)
	for _, c := range commands {
		assert.Contains(t, c, "delete")
		assert.Contains(t, c, "program="+program)
	}
	assert.Contains(t, commands[2], OnPublic(program).Name, "also what people have opened as they were told")
}

// What people are told to type opens the ports for one program, on public networks.
func TestCommand(t *testing.T) {
	assert.Equal(t, `netsh advfirewall firewall add rule name="MCOS on public networks" dir=in action=allow profile=public protocol=TCP program="C:\Program Files\MCOS\mcos.exe"`,
		OnPublic(program).Command())
}

// Openings are there when all of them are.
func TestHas(t *testing.T) {
	var commands []string
	rules := Rules(program)
	assert.True(t, recorder(&commands).Has(t.Context(), rules))
	require.Len(t, commands, len(rules))
	for i, r := range rules {
		assert.Equal(t, "netsh advfirewall | firewall | show | rule | name="+r.Name, commands[i])
	}
	assert.False(t, recorder(&commands, "show").Has(t.Context(), rules))
}

func TestPublic(t *testing.T) {
	assert.Equal(t, []string{"b", "c"}, State{Networks: []Network{{Name: "a"}, {Name: "b", Public: true}, {Name: "c", Public: true}}}.Public())
	assert.Empty(t, State{}.Public())
}

// A game needs every one of these ("web-and-client 10"); the console is for this
// computer only.
func TestPorts(t *testing.T) {
	ports := Rules(program)[0].Ports
	for _, port := range []int{80, 443, 7003, 8226, 8227, 8228, 9000, 9001, 9020, 10001, 43300} {
		assert.True(t, covers(t, ports, port), "%d", port)
	}
	assert.False(t, covers(t, ports, 3000), "the console")
}

func covers(t *testing.T, ports string, port int) bool {
	for item := range strings.SplitSeq(ports, ",") {
		first, last, isRange := strings.Cut(item, "-")
		if !isRange {
			last = first
		}
		low, err := strconv.Atoi(first)
		require.NoError(t, err)
		high, err := strconv.Atoi(last)
		require.NoError(t, err)
		if low <= port && port <= high {
			return true
		}
	}
	return false
}
