package main

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReportGoesToThisComputerOnly(t *testing.T) {
	port, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { port.Close() })
	type report struct {
		text []byte
		err  error
	}
	got := make(chan report, 1)
	go func() {
		conn, err := port.Accept()
		if err != nil {
			got <- report{err: err}
			return
		}
		text := make([]byte, len("mcos: there is no game"))
		_, err = io.ReadFull(conn, text)
		got <- report{text, err}
	}()
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, environ: []string{"HOME=" + t.TempDir()}}
	assert.Equal(t, exitFailed, p.execute(t.Context(), []string{"client", "unpatch", "--wine-prefix", t.TempDir(), "--report-to", port.Addr().String()}))
	r := <-got
	require.NoError(t, r.err)
	assert.Contains(t, string(r.text), "mcos: ")
	assert.Contains(t, errs.String(), string(r.text))

	for _, to := range []string{"192.0.2.1:80", "localhost:80", "x"} {
		p := &program{out: &out, err: &errs}
		assert.Equal(t, exitUsage, p.execute(t.Context(), []string{"client", "unpatch", "--report-to", to}), to)
	}
}
