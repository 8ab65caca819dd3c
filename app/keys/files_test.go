package keys

import (
	"crypto/rsa"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errDisk = errors.New("no space left on device")

// contents are the files of a folder but the copies that are kept.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := map[string]string{}
	for _, e := range entries {
		if strings.Contains(e.Name(), ".old-") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(text)
	}
	return all
}

// Whatever write fails, everything is as it was, on the disk and in use.
func TestFailedRotationChangesNothing(t *testing.T) {
	foreign := open(t, t.TempDir(), Default()).Current()
	for name, change := range map[string]func(*Ring) error{
		"both":        func(r *Ring) error { return r.Rotate(Rotation{Login: true, Certificate: true}) },
		"login":       func(r *Ring) error { return r.Rotate(Rotation{Login: true}) },
		"certificate": func(r *Ring) error { return r.Rotate(Rotation{Certificate: true}) },
		"import":      func(r *Ring) error { return r.ImportLogin(encodeKey(foreign.Login)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, dir, Default())
			before, set := contents(t, dir), r.Current()
			for n := 0; ; n++ {
				writes := 0
				r.put = func(path string, data []byte) error {
					if writes++; writes == n+1 {
						return errDisk
					}
					return putFile(path, data)
				}
				err := change(r)
				if writes <= n {
					require.NoError(t, err, "every write has failed once")
					assert.GreaterOrEqual(t, n, 3)
					return
				}
				require.ErrorIs(t, err, errDisk, "write %d", n)
				assert.Equal(t, before, contents(t, dir), "write %d", n)
				assert.Same(t, set, r.Current(), "write %d", n)
			}
		})
	}
}

// A power cut after any write leaves keys that fit together.
func TestPowerCutWhileRotating(t *testing.T) {
	for n := range 10 {
		dir := t.TempDir()
		r := open(t, dir, Default())
		writes := 0
		r.put = func(path string, data []byte) error {
			if writes++; writes > n {
				return errDisk // nothing more happens, the way back included
			}
			return putFile(path, data)
		}
		cut := r.Rotate(Rotation{Login: true, Certificate: true}) != nil
		set := open(t, dir, Default()).Current()
		assert.True(t, belongs([]byte(contents(t, dir)[CertificateFile]), set.Certificates[0].pair.PrivateKey.(*rsa.PrivateKey)), "cut after %d", n)
		assert.NotContains(t, contents(t, dir), nextCertificate)
		if !cut {
			return
		}
	}
	t.Fatal("the rotation never ends")
}

// Two rotations within a second keep both old keys.
func TestEveryOldKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, Default())
	require.NoError(t, r.Rotate(Rotation{Login: true}))
	require.NoError(t, r.Rotate(Rotation{Login: true}))
	kept, err := filepath.Glob(filepath.Join(dir, LoginKeyFile+".old-*"))
	require.NoError(t, err)
	assert.Len(t, kept, 2)
}

// The doctor says "make a new one" of a damaged key: that must be possible.
func TestRotateReplacesDamagedFiles(t *testing.T) {
	for _, name := range []string{LoginKeyFile, TLSKeyFile, CertificateFile} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir, Default())
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("half a key"), 0o600))
			r, err := Open(dir, Default(), told, time.Now)
			require.Error(t, err)
			require.NotNil(t, r)
			require.NoError(t, r.Rotate(Rotation{Login: name == LoginKeyFile, Certificate: name != LoginKeyFile}))
			assert.NotNil(t, r.Current())
		})
	}
}

// A computer without a clock of its own starts in 1970, and the certificate it makes
// then has to be good when the time is right.
func TestCertificateOfAnyClock(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC), now, time.Date(2080, 1, 1, 0, 0, 0, 0, time.UTC)} {
		r, err := Open(t.TempDir(), Default(), told, func() time.Time { return at })
		require.NoError(t, err)
		c := r.Current().Certificates[0]
		for _, players := range []time.Time{time.Date(2001, 10, 1, 0, 0, 0, 0, time.UTC), now, time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)} {
			assert.True(t, c.NotBefore.Before(players) && c.NotAfter.After(players), "made in %d, used in %d", at.Year(), players.Year())
		}
		assert.Less(t, c.NotAfter.Year(), 2050)
	}
}
