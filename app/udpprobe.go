package app

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"time"
)

const (
	probeHead = 64 // bytes of a datagram that are written down
	probeRate = 50 // lines a second for one port; nobody can fill the disk with datagrams
)

// probeUDP listens for datagrams on the numbers of all game ports and writes down
// what comes; nothing is ever answered. The game is not known to send any, and this
// is how to find out (DECISIONS 29).
func (a *App) probeUDP() error {
	if !a.opts.Config.Research.UDPProbe {
		return nil
	}
	for documented, ln := range a.listeners.game {
		at := ln.Addr().(*net.TCPAddr)
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone})
		if err != nil {
			return fmt.Errorf("research.udp_probe: UDP port %d cannot be listened on (stop what uses it, or turn the setting off): %w", at.Port, err)
		}
		a.probes = append(a.probes, conn)
		a.running.Go(func() { a.logDatagrams(documented, conn) })
	}
	a.opts.Log.Info("datagrams on the game ports are written to the log")
	return nil
}

func (a *App) logDatagrams(documented int, conn *net.UDPConn) {
	log := a.opts.Log.WithField("service", "udp").WithField("port", documented)
	buf := make([]byte, 1<<16)
	var second time.Time
	lines := 0
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // such as an ICMP answer on Windows; the next datagram is fine
		}
		if now := a.opts.Now(); now.Sub(second) >= time.Second {
			second, lines = now, 0
		}
		if lines++; lines > probeRate {
			continue
		}
		log.WithField("from", from.String()).WithField("bytes", n).
			WithField("head", hex.EncodeToString(buf[:min(n, probeHead)])).Info("a datagram came")
	}
}
