package admin

import (
	"context"
	"errors"
	"io"

	"mcos/app/accounts"
	"mcos/app/admin/doctor"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/keys"
	"mcos/app/record"
	"mcos/storage"
	"mcos/storage/catalog"
)

// Local does the operator's work on an open store. Its methods may be called from
// any goroutine. Every field but Online, Server and Recorder is needed.
type Local struct {
	Store storage.Store
	// Users are the account use cases.
	Users *accounts.Service
	Rules *game.Rules
	// Dir is the data folder.
	Dir datadir.Dir
	// Server is the running server; nil when none runs.
	Server Running
	// Recorder makes the recordings; nil when no server runs.
	Recorder *record.Recorder
	// Shard is the number that new personas carry.
	Shard uint32
	// Ring opens the server's keys; it may be called often.
	Ring func() (*keys.Ring, error)
	// KeyDir is the folder of these keys, for showing.
	KeyDir string
	// Current returns the catalog in use.
	Current func() *catalog.Catalog
	// UseCatalog puts an imported catalog in use. It is called after the store
	// has it.
	UseCatalog func(blob []byte) error
	// Online tells whether somebody plays a persona now; nil means never.
	Online func(persona uint32) bool
	// Examine runs the doctor.
	Examine func(ctx context.Context) doctor.Report
}

var _ API = (*Local)(nil)

// Backup implements API.
func (l *Local) Backup(_ context.Context, w io.Writer) error { return l.Store.Backup(w) }

// verifier is a store that can check more than its records.
type verifier interface{ Verify() error }

// Verify reads a whole store and returns everything that is wrong with it, joined.
func Verify(s storage.Store) error {
	if v, ok := s.(verifier); ok {
		return v.Verify()
	}
	return s.View(storage.Check)
}

// Check implements API.
func (l *Local) Check(context.Context) (Check, error) {
	found := Check{Problems: []string{}}
	err := Verify(l.Store)
	if errors.Is(err, storage.ErrClosed) {
		return found, err
	}
	for _, problem := range split(err) {
		found.Problems = append(found.Problems, problem.Error())
	}
	return found, nil
}

// split takes apart what errors.Join made.
func split(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// Doctor implements API.
func (l *Local) Doctor(ctx context.Context) (doctor.Report, error) {
	return l.Examine(ctx), nil
}
