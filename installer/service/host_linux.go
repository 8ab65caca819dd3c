package service

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/sirupsen/logrus"

	"mcos/protocol/plain"
)

// What the service says of itself while all is well.
const (
	statusReady    = "Ready for players"
	statusStopping = "Stopping"
)

var ownStatus = []string{statusReady, statusStopping}

// Serve runs the server as a service of systemd until systemd stops it. It returns
// what work returned; systemd gets the first line of an error as the state of the
// service, and restarts it or not by the exit code of the program.
func Serve(ctx context.Context, work Work) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	leave := context.AfterFunc(ctx, func() { notify("STOPPING=1", "STATUS="+statusStopping) })
	err := work(ctx, systemdHost{})
	// Nothing may be said after the last words, not even by the end of ctx.
	leave()
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		notify("STATUS=" + plain.Line(first, plain.Long))
	}
	return err
}

// ErrorMark stands before a line that the service writes to standard error, so that
// the journal knows it for an error; "" when nothing reads it that way.
func ErrorMark() string {
	if os.Getenv("JOURNAL_STREAM") == "" {
		return ""
	}
	return mark(logrus.ErrorLevel)
}

type systemdHost struct{}

// Ready implements Host.
func (systemdHost) Ready() { notify("READY=1", "STATUS="+statusReady) }

// TakeLog implements Host. The journal knows the time itself; the importance of a
// line it learns from a prefix.
func (systemdHost) TakeLog(log *logrus.Logger) {
	if os.Getenv("JOURNAL_STREAM") == "" {
		return
	}
	log.SetFormatter(&journalFormatter{text: logrus.TextFormatter{DisableTimestamp: true, DisableColors: true}})
}

// journalFormatter puts the priority that sd-daemon(3) describes before every line.
type journalFormatter struct{ text logrus.TextFormatter }

// Format implements logrus.Formatter.
func (f *journalFormatter) Format(entry *logrus.Entry) ([]byte, error) {
	line, err := f.text.Format(entry)
	if err != nil {
		return nil, err
	}
	return append([]byte(mark(entry.Level)), bytes.TrimLeft(line, " ")...), nil
}

func mark(level logrus.Level) string { return "<" + strconv.Itoa(priority(level)) + ">" }

// priority is the number that syslog gives a level.
func priority(level logrus.Level) int {
	switch level {
	case logrus.PanicLevel, logrus.FatalLevel:
		return 2
	case logrus.ErrorLevel:
		return 3
	case logrus.WarnLevel:
		return 4
	case logrus.InfoLevel:
		return 6
	default:
		return 7
	}
}
