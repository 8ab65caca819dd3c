package app

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/portinfo"
)

// lateNetwork is how long a service waits for the address that it is to listen on:
// cards get theirs late when the computer has just been switched on, those of VPNs
// later still.
const lateNetwork = 2 * time.Minute

const tryAddressEvery = time.Second

// tryAddress tells whether this computer has an address, or a name for one.
func tryAddress(ctx context.Context, host string) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return err
	}
	return ln.Close()
}

// awaitAddress waits until this computer has an address, but not for longer than
// patience; who listens then gets the error.
func awaitAddress(ctx context.Context, host string, log logrus.FieldLogger, patience time.Duration, try func(context.Context, string) error) {
	if host == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for told := false; ; told = true {
		err := try(ctx, host)
		var lookup *net.DNSError
		if err == nil || !portinfo.NotOurs(err) && !errors.As(err, &lookup) {
			return
		}
		if !told {
			log.WithField("address", host).Info("this computer does not have the address to listen on yet; the server waits for it")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tryAddressEvery):
		}
	}
}
