package service

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"

	"mcos/protocol/plain"
)

// The numbers of our events in the event log.
const (
	eventInfo    = 1
	eventWarning = 2
	eventError   = 3
)

// patience is how long the service manager should wait for the next sign of life
// while the service starts or stops.
const patience = 30 * time.Second

// Serve runs the server as a service of Windows until the service manager stops
// it. It does not ask whether it was started by the service manager: under Wine
// the answer is wrong. When it was not, connecting to the manager fails with an
// error.
func Serve(ctx context.Context, work Work) error {
	// Without the event log the service works all the same.
	events, err := eventlog.Open(Name)
	if err == nil {
		defer events.Close()
	}
	h := &handler{ctx: ctx, work: work, events: events}
	if err := svc.Run(Name, h); err != nil {
		return fmt.Errorf("this command is for the Windows service manager only (%w); use: mcos service start", err)
	}
	return h.failure
}

// ErrorMark stands before a line that the service writes to standard error; here
// there is nobody to read it.
func ErrorMark() string { return "" }

// handler is the service in the eyes of the service manager.
type handler struct {
	ctx     context.Context //nolint:containedctx // svc.Run hands on none
	work    Work
	events  *eventlog.Log // nil when there is none
	failure error
}

// Execute implements svc.Handler.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (specific bool, code uint32) {
	pending := svc.Status{State: svc.StartPending, WaitHint: uint32(patience.Milliseconds())}
	changes <- pending
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	host := &windowsHost{ready: make(chan struct{}), events: h.events}
	done := make(chan error, 1)
	go func() { done <- h.work(ctx, host) }()

	alive := time.NewTicker(patience / 3)
	defer alive.Stop()
	ready := host.ready
	for {
		select {
		case <-ready:
			ready = nil
			pending = svc.Status{}
			leaveProblem("")
			changes <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
			host.event(eventInfo, "The server is ready for players.")
		case <-alive.C:
			if pending.State != 0 {
				pending.CheckPoint++
				changes <- pending
			}
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				changes <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				ready = nil
				pending = svc.Status{State: svc.StopPending, WaitHint: uint32(patience.Milliseconds())}
				changes <- pending
				cancel()
			}
		case h.failure = <-done:
			if h.failure == nil {
				host.event(eventInfo, "The server has stopped.")
				return false, 0
			}
			leaveProblem(h.failure.Error())
			host.event(eventError, "The server cannot go on.\r\n\r\n"+strings.ReplaceAll(h.failure.Error(), "\n", "\r\n"))
			return true, 1
		}
	}
}

type windowsHost struct {
	ready  chan struct{}
	once   sync.Once
	events *eventlog.Log
}

// Ready implements Host.
func (h *windowsHost) Ready() { h.once.Do(func() { close(h.ready) }) }

// TakeLog implements Host. A service has no screen; warnings and errors go to the
// event log, everything to the log file as ever.
func (h *windowsHost) TakeLog(log *logrus.Logger) {
	log.SetOutput(io.Discard)
	if h.events != nil {
		log.AddHook(&eventHook{h})
	}
}

// event writes to the event log; a full one stops nothing.
func (h *windowsHost) event(kind uint32, text string) {
	if h.events == nil {
		return
	}
	switch kind {
	case eventError:
		_ = h.events.Error(kind, text)
	case eventWarning:
		_ = h.events.Warning(kind, text)
	default:
		_ = h.events.Info(kind, text)
	}
}

// eventHook copies warnings and errors of the log to the event log.
type eventHook struct{ host *windowsHost }

// Levels implements logrus.Hook.
func (*eventHook) Levels() []logrus.Level {
	return []logrus.Level{logrus.PanicLevel, logrus.FatalLevel, logrus.ErrorLevel, logrus.WarnLevel}
}

// Fire implements logrus.Hook.
func (h *eventHook) Fire(entry *logrus.Entry) error {
	kind := uint32(eventError)
	if entry.Level == logrus.WarnLevel {
		kind = eventWarning
	}
	var text strings.Builder
	text.WriteString(plain.Line(entry.Message, plain.Page))
	for name, value := range entry.Data {
		fmt.Fprintf(&text, "\r\n%s: %s", name, plain.Line(fmt.Sprint(value), plain.Page))
	}
	h.host.event(kind, text.String())
	return nil
}
