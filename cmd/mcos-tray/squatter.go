package main

import (
	"net"
	"strconv"
	"time"

	"mcos/app/portinfo"
	"mcos/protocol/plain"
)

// usualConsole is the port of the console where nothing else has it.
const usualConsole = 3000

// squatter watches who else has the usual port of the console.
type squatter struct {
	asked time.Time
	text  string
}

const (
	squatterEvery  = 20 * time.Second
	squatterWithin = 500 * time.Millisecond
)

// held says who has the port, "" when it is free. It looks every now and then only.
func (s *squatter) held() string {
	if now := time.Now(); now.Sub(s.asked) >= squatterEvery {
		s.asked, s.text = now, heldBy(usualConsole)
	}
	return s.text
}

func heldBy(port int) string {
	number := strconv.Itoa(port)
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", number), squatterWithin)
	if err != nil {
		return ""
	}
	_ = conn.Close()
	who := plain.Words(portinfo.Holder(port), plain.Short)
	if who == "" {
		who = "another program"
	}
	return "Port " + number + " is in use by " + who
}
