package gateway

import (
	"errors"
	"io"
	"os"
	"time"
)

// notReading is the reason for which a connection ends that does not take its answers.
const notReading = "the client does not read"

// write sends what is queued until the queue is finished, then shuts the socket.
func (c *Conn) write() {
	var batch []outgoing
	buf := make([]byte, 0, readChunk)
	for {
		var open, answers bool
		batch, open = c.out.take(batch)
		buf, answers = c.seal(buf[:0], batch)
		if len(buf) > 0 && !c.flush(buf, answers) {
			c.Close(notReading)
			_ = c.nc.Close()
			c.out.discard()
			return
		}
		if cap(buf) > 2*portion {
			buf = make([]byte, 0, readChunk)
		}
		if !open {
			c.shut()
			return
		}
	}
}

// seal appends the wire form of everything in the batch and lets go of it. It reports
// whether own messages of the client are among it.
func (c *Conn) seal(buf []byte, batch []outgoing) (sealed []byte, answers bool) {
	for i := range batch {
		o := &batch[i]
		var err error
		if o.secure != nil {
			err = c.sealer.Secure(*o.secure)
			c.sealed = true
		} else {
			answers = answers || o.mark.class == own
			if w := c.server.watcher(); w != nil {
				f := o.frame
				f.Plain = f.Plain || !c.sealed
				w.Sent(c, f)
			}
			buf, err = c.sealer.Seal(buf, o.frame)
		}
		o.release()
		if err != nil {
			c.Log().WithError(err).WithField("message", o.frame.Number).Error("cannot send a message")
			c.Close("internal error")
		}
	}
	clear(batch)
	return buf, answers
}

// flush writes sealed bytes. A client that takes some of them is slow and gets time
// for the rest. One that takes nothing is given up after the time for a write when
// answers of its own are waiting or the connection is ending, and after the time for
// a stall when all that waits has been caused by others: a game that loads a track
// reads nothing for a while.
func (c *Conn) flush(buf []byte, answers bool) bool {
	t := c.port.Timeouts
	stalled := time.Now()
	for {
		if t.Write > 0 {
			_ = c.nc.SetWriteDeadline(time.Now().Add(t.Write)) // Write reports a closed socket
		}
		n, err := c.nc.Write(buf)
		c.traffic.bytesOut.Add(uint64(n))
		buf = buf[n:]
		switch {
		case len(buf) == 0 && err == nil:
			return true
		case !errors.Is(err, os.ErrDeadlineExceeded) || c.reason.Load() != nil:
			return false
		case n > 0:
			stalled = time.Now()
		case answers || c.out.answers() > 0 || time.Since(stalled) >= t.Stall:
			return false
		}
	}
}

// lingering is how long a connection that we end may take to read our last words.
const lingering = time.Second

// shut ends the sending direction and leaves the client a moment to read the last
// reply: closing at once could destroy it on its way.
func (c *Conn) shut() {
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		// Not a read deadline: the reading goroutine might set it back.
		limit := time.AfterFunc(lingering, func() { _ = c.nc.Close() })
		_, _ = io.Copy(io.Discard, c.nc)
		limit.Stop()
	}
	_ = c.nc.Close()
}
