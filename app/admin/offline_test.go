package admin_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/datadir"
)

func TestOpenOfflineWhileInUse(t *testing.T) {
	o := options(t)
	open(t, o)
	_, err := admin.OpenOffline(o)
	require.ErrorIs(t, err, admin.ErrInUse)
	assert.ErrorContains(t, err, "mcos.db")
}

// find returns the findings about one thing.
func find(r doctor.Report, what string) (list []doctor.Finding) {
	for _, f := range r.Findings {
		if f.What == what {
			list = append(list, f)
		}
	}
	return list
}

func TestDoctorOffline(t *testing.T) {
	now := func() time.Time { return noon }
	fresh := datadir.At(t.TempDir() + "/new")
	r := admin.DoctorOffline(ctx, doctor.Options{Dir: fresh}, now)
	assert.Zero(t, r.Count(doctor.Problem), "%+v", r)
	assert.Contains(t, find(r, "Catalog")[0].Explanation, "9 cars")
	assert.NoDirExists(t, fresh.Root(), "nothing is made by looking")

	o := options(t)
	l := open(t, o)
	r = admin.DoctorOffline(ctx, doctor.Options{Dir: o.Dir}, now)
	require.Len(t, find(r, "Store"), 1)
	assert.Equal(t, doctor.Problem, find(r, "Store")[0].Level)
	assert.Contains(t, find(r, "Store")[0].Explanation, "in use by another program")

	live, err := l.Doctor(ctx)
	require.NoError(t, err)
	assert.Equal(t, doctor.OK, find(live, "Store")[0].Level)
	_, err = l.ImportCatalog(ctx, smaller(t, 104))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	r = admin.DoctorOffline(ctx, doctor.Options{Dir: o.Dir}, now)
	assert.Contains(t, find(r, "Catalog")[0].Explanation, "imported catalog with 8 cars")
	assert.Equal(t, doctor.OK, find(r, "Store")[0].Level)

	require.NoError(t, os.WriteFile(o.Dir.Store(), []byte("not a store"), 0o600))
	r = admin.DoctorOffline(ctx, doctor.Options{Dir: o.Dir}, now)
	assert.Equal(t, doctor.Problem, find(r, "Store")[0].Level)
}
