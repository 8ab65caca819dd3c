package elevate

import (
	"context"
	"flag"
	"io"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSpeaker is not a test: it is a program that says a word and goes on for as long
// as it is listened to.
func TestSpeaker(t *testing.T) {
	if flag.NArg() != 2 || flag.Arg(0) != ReportFlag {
		t.Skip("only as a program of another test")
	}
	conn, err := net.Dial("tcp", flag.Arg(1))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "hello")
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, conn) // ends with the listener
}

// Who gives up waiting is let go, though the program goes on; what it said is kept.
// Windows asks nobody here: this runs where tests run, as an administrator or in Wine.
func TestGivingUp(t *testing.T) {
	if Needed() {
		t.Skip("Windows would ask for permission")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), saidWithin)
	defer cancel()
	said, err := Run(ctx, self, "-test.run=^TestSpeaker$", "--")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, "hello", said)
}
