package portinfo

import (
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHolderFindsThisProcess(t *testing.T) {
	for _, host := range []string{"127.0.0.1:0", "[::1]:0"} {
		ln, err := net.Listen("tcp", host)
		if err != nil {
			t.Logf("no %s on this machine: %v", host, err)
			continue
		}
		port := ln.Addr().(*net.TCPAddr).Port
		assert.Contains(t, Holder(port), "process "+strconv.Itoa(os.Getpid()))
		require.NoError(t, ln.Close())
		assert.Empty(t, Holder(port))
	}
}
