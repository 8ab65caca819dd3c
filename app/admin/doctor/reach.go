package doctor

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// reach connects to the server's own ports under the address that players outside
// are told. It can show that something is in the way, and never that nothing is:
// only somebody outside sees what players see.
func (e *examination) reach(ctx context.Context) {
	const what = "Reachable from outside"
	const ask = "Ask somebody outside, or use a phone without Wi-Fi, to open the server's page in a browser: http://"
	if e.PublicHost == "" {
		return
	}
	found, err := e.World.Lookup(ctx, e.PublicHost)
	if err != nil || len(found) == 0 {
		return // said already
	}
	addr := found[0].Unmap()
	if addr.IsLoopback() {
		return // a mistake that has been told
	}
	open, shut := e.tryPorts(ctx, addr.String())
	switch {
	case len(open) == 0 && len(shut) == 0:
		return
	case len(shut) == 0:
		e.add(OK, what, fmt.Sprintf("Under %s every port answers this computer: %s. This computer may see more than players do, because a router can lead its own network back inside.", addr, numbers(open)),
			ask+e.PublicHost+"/")
	case len(open) == 0:
		e.add(Warn, what, fmt.Sprintf("Under %s no port answers this computer. That proves nothing: many routers do not lead connections from inside back to themselves. Or the router does not forward the ports: %s, all TCP.", addr, numbers(shut)),
			ask+e.PublicHost+"/")
	default:
		e.add(Warn, what, fmt.Sprintf("Under %s these ports answer this computer: %s. These do not: %s.", addr, numbers(open), numbers(shut)),
			"Have the router, and any firewall, forward the missing TCP ports to this computer.")
	}
}

// tryPorts connects to every port that players use, all at the same time, and
// sorts them by whether they answer.
func (e *examination) tryPorts(ctx context.Context, host string) (open, shut []int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, p := range e.Ports {
		if p.Name == consolePort || p.Bound == 0 {
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			err := e.World.Dial(ctx, net.JoinHostPort(host, strconv.Itoa(p.Bound)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				open = append(open, p.Bound)
			} else {
				shut = append(shut, p.Bound)
			}
		})
	}
	wg.Wait()
	return open, shut
}
