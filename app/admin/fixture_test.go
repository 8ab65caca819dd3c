package admin_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/app/passwords"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

// options are those of a data folder in a folder of the test, with hashes and
// keys that cost little.
func options(t *testing.T) admin.OfflineOptions {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	now := func() time.Time { return noon }
	return admin.OfflineOptions{
		Dir: dir, Economy: game.Default(), Keys: keys.Config{KeyBits: 1024, Signature: "sha256"},
		Address: netaddr.Settings{PublicHost: "play.example.org"}, Shard: 44, Passwords: passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Now: now, Doctor: doctor.Options{Dir: dir},
	}
}

func open(t *testing.T, o admin.OfflineOptions) *admin.Offline {
	local, err := admin.OpenOffline(o)
	require.NoError(t, err)
	t.Cleanup(func() { local.Close() })
	return local
}

// refused checks the kind and the words of an error.
func refused(t *testing.T, err error, kind admin.Kind, words string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, admin.KindOf(err), "%v", err)
	require.ErrorContains(t, err, words)
	require.NotContains(t, err.Error(), "storage:", "words of another layer")
}
