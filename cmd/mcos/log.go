package main

import (
	"io"

	"github.com/sirupsen/logrus"
	"gopkg.in/natefinch/lumberjack.v2"

	"mcos/app/config"
	"mcos/protocol/plain"
)

// openLog makes the server's log: readable text to standard error, and JSON to a
// file that is put aside when it is full.
func (p *program) openLog(cfg config.Log, file string) (log *logrus.Logger, closeLog func(), err error) {
	log = logrus.New()
	level, err := logrus.ParseLevel(cfg.Level)
	if err != nil {
		return nil, nil, err
	}
	log.SetLevel(level)
	log.SetOutput(p.err)
	if p.logTo != nil {
		log.SetOutput(p.logTo)
	}
	log.SetFormatter(plainMessage{&logrus.TextFormatter{FullTimestamp: true, DisableColors: !p.terminal}})
	rotated := &lumberjack.Logger{
		Filename: file, MaxSize: cfg.FileSize, // megabytes
		// The library takes 0 for "keep all"; one is the least it can keep.
		MaxBackups: max(cfg.Files, 1),
	}
	// An empty write opens the file: a log that cannot be written should be
	// known before the server starts.
	if _, err := rotated.Write(nil); err != nil {
		return nil, nil, err
	}
	log.AddHook(&fileHook{w: rotated, format: &logrus.JSONFormatter{}})
	return log, func() { _ = rotated.Close() }, nil
}

// fileHook writes every line of the log to a file too.
type fileHook struct {
	w      io.Writer
	format logrus.Formatter
}

// Levels implements logrus.Hook.
func (h *fileHook) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook.
func (h *fileHook) Fire(entry *logrus.Entry) error {
	line, err := h.format.Format(entry)
	if err != nil {
		return err
	}
	_, err = io.WriteString(h.w, plain.Keep(string(line)))
	return err
}

// plainMessage makes the message of a line plain, which the formatter of the library
// shows on a terminal as it is; the fields it quotes.
type plainMessage struct{ logrus.Formatter }

// Format implements logrus.Formatter.
func (f plainMessage) Format(entry *logrus.Entry) ([]byte, error) {
	entry.Message = plain.Line(entry.Message, plain.Page)
	return f.Formatter.Format(entry)
}
