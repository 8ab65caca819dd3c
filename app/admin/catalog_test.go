package admin_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/assets"
	"mcos/storage"
	"mcos/storage/catalog"
)

// smaller is the base catalog without a car, as a blob.
func smaller(t *testing.T, car uint32) []byte {
	tables, err := catalog.Decode(strings.NewReader(assets.BaseCatalog()))
	require.NoError(t, err)
	kept := tables.BrandedParts[:0:0]
	for _, p := range tables.BrandedParts {
		if p.ID != car {
			kept = append(kept, p)
		}
	}
	require.Less(t, len(kept), len(tables.BrandedParts))
	tables.BrandedParts = kept
	tables, _ = catalog.Prune(tables)
	var blob bytes.Buffer
	require.NoError(t, tables.Encode(&blob))
	return blob.Bytes()
}

func TestCatalogImport(t *testing.T) {
	o := options(t)
	l := open(t, o)
	c, err := l.Catalog(ctx)
	require.NoError(t, err)
	assert.False(t, c.Imported)
	assert.Equal(t, 9, c.Counts.Cars)
	_, err = l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	_, err = l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: "Speedy", Car: 104})
	require.NoError(t, err)

	c, err = l.ImportCatalog(ctx, smaller(t, 104))
	require.NoError(t, err)
	assert.True(t, c.Imported)
	assert.Equal(t, 8, c.Counts.Cars)
	assert.Equal(t, 1, c.Unknown, "the car that the catalog no longer knows")
	assert.Equal(t, 8, l.Current().Counts().Cars, "in use at once")
	g, err := l.Persona(ctx, "Speedy")
	require.NoError(t, err)
	assert.Empty(t, g.Vehicles[0].Name)

	_, err = l.ImportCatalog(ctx, []byte("nonsense"))
	refused(t, err, admin.Invalid, "not a catalog blob")
	var empty bytes.Buffer
	require.NoError(t, catalog.Tables{}.Encode(&empty))
	_, err = l.ImportCatalog(ctx, empty.Bytes())
	refused(t, err, admin.Invalid, "no car that a dealer could sell")
	require.NoError(t, l.Close())

	again := open(t, o)
	c, err = again.Catalog(ctx)
	require.NoError(t, err)
	assert.True(t, c.Imported)
	assert.Equal(t, 8, c.Counts.Cars, "still there after a restart")
}

func TestDamagedCatalogIsTold(t *testing.T) {
	o := options(t)
	l := open(t, o)
	require.NoError(t, l.Store.Update(func(tx storage.Tx) error { return tx.PutBlob(admin.CatalogBlob, []byte("x")) }))
	require.NoError(t, l.Close())
	_, err := admin.OpenOffline(o)
	require.ErrorContains(t, err, "import it again with mcos catalog import")
}

func TestDamagedCatalogCanBeImportedAgain(t *testing.T) {
	o := options(t)
	l := open(t, o)
	require.NoError(t, l.Store.Update(func(tx storage.Tx) error { return tx.PutBlob(admin.CatalogBlob, []byte("x")) }))
	require.NoError(t, l.Close())
	o.NewCatalog = true
	l = open(t, o)
	_, err := l.ImportCatalog(ctx, smaller(t, 402))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	o.NewCatalog = false
	l = open(t, o)
	c, err := l.Catalog(ctx)
	require.NoError(t, err)
	assert.True(t, c.Imported)
}

func TestReadCatalog(t *testing.T) {
	dir := t.TempDir()
	_, _, err := admin.ReadCatalog(filepath.Join(dir, "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = admin.ReadCatalog(dir)
	require.ErrorContains(t, err, dir)
	file := filepath.Join(dir, "Online.mdb")
	require.NoError(t, os.WriteFile(file, []byte("no database"), 0o600))
	_, _, err = admin.ReadCatalog(file)
	require.ErrorContains(t, err, file)
}

func TestReadCatalogOfTheReference(t *testing.T) {
	folder := filepath.Join(reference(t), "catalog")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no reference here")
	}
	blob, left, err := admin.ReadCatalog(folder)
	require.NoError(t, err)
	assert.Less(t, len(left), 100)
	c, err := open(t, options(t)).ImportCatalog(ctx, blob)
	require.NoError(t, err)
	assert.Greater(t, c.Counts.Cars, 50)
}

// reference is the folder of the reference documents, which need not be there.
func reference(t *testing.T) string {
	if dir := os.Getenv("MCOS_REFERENCE"); dir != "" {
		return dir
	}
	root, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return filepath.Join(root, "..", "shared")
		}
		root = filepath.Dir(root)
	}
}
