package gateway

import "time"

// Timeouts bound how long a client may take; 0 means for ever. All are absolute: a
// byte now and then moves none of them.
type Timeouts struct {
	// Login is the time from connecting to being known: logged in, or welcome.
	Login time.Duration
	// Frame is the time from the first byte of a frame to its last.
	Frame time.Duration
	// Idle is the silence between two frames of a client that is known.
	Idle time.Duration
	// Write is the time in which a client takes at least some of its answers; one that
	// does not read is dropped.
	Write time.Duration
	// Stall is the same for what others have caused, which a client has not asked for.
	Stall time.Duration
}

// deadlines are the moments by which a connection has to have got somewhere. They
// belong to its reading goroutine.
type deadlines struct {
	Timeouts
	login time.Time // by which the client must be known
	frame time.Time // by which the frame under way must be whole; zero between frames
	idle  time.Time // by which the next frame must begin
}

// begin starts the time of a new connection.
func (d *deadlines) begin(t Timeouts, now time.Time) {
	*d = deadlines{Timeouts: t, login: after(now, t.Login), idle: after(now, t.Idle)}
}

// progress notes what a read has brought: whether whole frames were handled, and how
// many bytes of an unfinished one are left.
func (d *deadlines) progress(handled bool, rest int, now time.Time) {
	if handled {
		d.frame, d.idle = time.Time{}, after(now, d.Idle)
	}
	switch {
	case rest == 0:
		d.frame = time.Time{}
	case d.frame.IsZero():
		d.frame = after(now, d.Frame)
	}
}

// next is the moment by which something has to come, zero for never.
func (d *deadlines) next(known bool) time.Time {
	limit := d.idle
	if !d.frame.IsZero() {
		limit = d.frame
	}
	if !known && !d.login.IsZero() && (limit.IsZero() || d.login.Before(limit)) {
		limit = d.login
	}
	return limit
}

func after(now time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return now.Add(d)
}
