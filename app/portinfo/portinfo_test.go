package portinfo

import (
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatAnErrorOfListeningMeans(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	_, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
	require.Error(t, err)
	assert.True(t, Taken(err), "this system's own error: %v", err)
	assert.False(t, NotOurs(err))
	_, err = net.Listen("tcp", "192.0.2.254:0")
	require.Error(t, err)
	assert.True(t, NotOurs(err), "this system's own error: %v", err)
	assert.False(t, Taken(err))

	// What Windows returns, as the net package wraps it.
	windows := func(code syscall.Errno) error {
		return &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", code)}
	}
	assert.True(t, Taken(windows(10048)))
	assert.False(t, Reserved(windows(10048)))
	assert.True(t, Taken(windows(10013)))
	assert.True(t, Reserved(windows(10013)))
	assert.True(t, NotOurs(windows(10049)))
	assert.False(t, Taken(windows(10049)))
}
