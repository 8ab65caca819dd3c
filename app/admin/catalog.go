package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"mcos/storage"
	"mcos/storage/catalog"
	"mcos/storage/catalog/jet"
	"mcos/storage/catalog/tsv"
)

// Catalog implements API.
func (l *Local) Catalog(context.Context) (c Catalog, err error) {
	err = l.Store.View(func(tx storage.ReadTx) error {
		c, err = l.describeCatalog(tx)
		return err
	})
	return c, err
}

func (l *Local) describeCatalog(tx storage.ReadTx) (Catalog, error) {
	c := Catalog{Counts: l.Current().Counts()}
	_, err := tx.Blob(CatalogBlob)
	c.Imported = err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return c, err
	}
	c.Unknown, err = unknown(tx, l.Current())
	return c, err
}

// unknown counts the parts of living personas, whole cars included, that a
// catalog does not know.
func unknown(tx storage.ReadTx, c *catalog.Catalog) (n int, err error) {
	count := func(parts []storage.Part, err error) error {
		for _, p := range parts {
			if _, ok := c.Part(p.BrandedPart); !ok {
				n++
			}
		}
		return err
	}
	err = tx.Personas(func(p storage.Persona) error {
		if !p.Live() {
			return nil
		}
		if err := count(tx.LoosePartsOf(p.ID)); err != nil {
			return err
		}
		cars, err := tx.VehiclesOf(p.ID)
		for _, car := range cars {
			if err := count(tx.PartsOfVehicle(car.ID)); err != nil {
				return err
			}
		}
		return err
	})
	return n, err
}

// ImportCatalog implements API.
func (l *Local) ImportCatalog(ctx context.Context, blob []byte) (Catalog, error) {
	c, err := build(blob)
	switch {
	case err != nil:
		return Catalog{}, refuse(Invalid, "%v", err)
	case len(c.SellableCars()) == 0:
		return Catalog{}, refuse(Invalid, "this catalog has no car that a dealer could sell; nobody could play with it")
	}
	err = l.Store.Update(func(tx storage.Tx) error { return tx.PutBlob(CatalogBlob, blob) })
	if err != nil {
		return Catalog{}, err
	}
	if err := l.UseCatalog(blob); err != nil {
		return Catalog{}, err
	}
	return l.Catalog(ctx)
}

// build makes a catalog of a blob.
func build(blob []byte) (*catalog.Catalog, error) {
	tables, err := catalog.Decode(bytes.NewReader(blob))
	if err != nil {
		return nil, err
	}
	return catalog.Build(tables)
}

// LoadCatalog returns the catalog that the store holds, or the one that comes
// with the server, and whether it was imported.
func LoadCatalog(s storage.Store) (c *catalog.Catalog, imported bool, err error) {
	var blob []byte
	err = s.View(func(tx storage.ReadTx) error {
		blob, err = tx.Blob(CatalogBlob)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		c, err = catalog.Base()
		return c, false, err
	case err != nil:
		return nil, false, err
	}
	if c, err = build(blob); err != nil {
		return nil, true, fmt.Errorf("the imported catalog is damaged; stop the server if it runs and import it again with mcos catalog import PATH (%w)", err)
	}
	return c, true, nil
}

// ReadCatalog reads a catalog for import: the game's own Online.mdb, or a folder
// of TSV files. It returns the blob for ImportCatalog, and what was left out
// because it cannot be used, one text for each row.
func ReadCatalog(path string) (blob []byte, left []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	var tables catalog.Tables
	if info.IsDir() {
		tables, left, err = readFolder(path)
	} else {
		tables, left, err = readDatabase(path, info.Size())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	var buf bytes.Buffer
	if err := tables.Encode(&buf); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return buf.Bytes(), left, nil
}

func readFolder(path string) (catalog.Tables, []string, error) {
	tables, err := tsv.Read(os.DirFS(path))
	if err != nil {
		return tables, nil, err
	}
	tables, problems := catalog.Prune(tables)
	var left []string
	for _, p := range problems {
		left = append(left, p.Error())
	}
	return tables, left, nil
}

func readDatabase(path string, size int64) (catalog.Tables, []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return catalog.Tables{}, nil, err
	}
	defer f.Close()
	tables, problems, err := jet.Import(f, size)
	var left []string
	for _, p := range problems {
		left = append(left, p.Error())
	}
	return tables, left, err
}
