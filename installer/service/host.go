package service

import (
	"context"

	"github.com/sirupsen/logrus"
)

// Work is the server itself: it runs until ctx ends. It tells the host when it is
// ready, and gives it the log that it opens.
type Work func(ctx context.Context, host Host) error

// Host is the service manager, as the running service sees it.
type Host interface {
	// Ready says that the server listens. Before that the service manager waits,
	// and so does who started the service.
	Ready()
	// TakeLog sends a log to where this system keeps those of its services: the
	// journal, or the event log.
	TakeLog(*logrus.Logger)
}
