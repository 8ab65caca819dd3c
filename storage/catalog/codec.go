package catalog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// The blob form of tables: the magic text with the format version, then one gzip
// stream. In it come the strings (count, the length of each, all their bytes),
// then the tables in the order of the Tables struct: the number of rows, then
// the fields of each row. Integers are varints; ids are the signed difference
// from the same column of the row before.
const blobMagic = "MCOSCAT\x01"

// Limits of a blob. The full catalog of the game has about 21,000 rows and needs
// half a megabyte unpacked.
const (
	MaxBlobBytes = 4 << 20 // packed
	maxRawBytes  = 8 << 20 // unpacked
)

// ErrBlob says that bytes are not a catalog blob of this version.
var ErrBlob = errors.New("catalog: not a catalog blob")

// column reads or writes one field; each table's layout is a single list of
// calls that serves both directions.
type column interface {
	id(p *uint32)
	u32(p *uint32)
	u16(p *uint16)
	u8(p *uint8)
	i32(p *int32)
	flag(p *bool)
	f64(p *float64)
	text(p *string)
}

// fields is the layout of a table: it passes every field of a row to c in order.
type fields[R any] func(c column, r *R)

func brandFields(c column, r *Brand) { c.id(&r.ID); c.text(&r.Name); c.flag(&r.CarMaker) }

func modelFields(c column, r *Model) { c.id(&r.ID); c.u32(&r.Brand); c.text(&r.Name); c.text(&r.Label) }

func abstractFields(c column, r *AbstractType) {
	c.id(&r.ID)
	c.u32(&r.Parent)
	c.text(&r.Name)
	c.flag(&r.BlockFamily)
	c.flag(&r.KeepsStock)
	c.flag(&r.Paired)
	c.f64(&r.RepairModifier)
	c.f64(&r.ScrapModifier)
	c.u8(&r.GarageCategory)
}

func partTypeFields(c column, r *PartType) {
	c.id(&r.ID)
	c.u32(&r.Abstract)
	c.text(&r.Name)
	c.u8(&r.Grade)
}

func brandedFields(c column, r *BrandedPart) {
	c.id(&r.ID)
	c.u32(&r.PartType)
	c.u32(&r.Model)
	c.u16(&r.Year)
	c.u32(&r.Quantity)
	c.u32(&r.Price)
	c.u32(&r.MaxWear)
	c.u16(&r.Family)
}

func attachmentFields(c column, r *AttachmentPoint) { c.u8(&r.ID); c.text(&r.Name) }

func stockFields(c column, r *StockRow) {
	c.u32(&r.Parent)
	c.id(&r.Child)
	c.u8(&r.Attachment)
	c.u8(&r.Config)
	c.u8(&r.Physics)
}

func vehicleFields(c column, r *VehicleAttributes) {
	c.id(&r.BrandedPart)
	c.u8(&r.Class)
	c.u8(&r.AIClass)
	c.u8(&r.Mode)
	c.u8(&r.Sponsor)
	c.u32(&r.VINBase)
	c.i32(&r.VINCRC)
	c.u32(&r.Price)
}

func skinFields(c column, r *Skin) {
	c.id(&r.ID)
	c.u32(&r.PartType)
	c.u8(&r.Type)
	c.u32(&r.Price)
	c.u32(&r.DefaultFlag)
	c.text(&r.Name)
}

func playerFields(c column, r *SystemPlayer) { c.id(&r.ID); c.text(&r.Name) }

// Encode writes the tables as one blob. It fails when they are larger than
// Decode would accept.
func (t Tables) Encode(w io.Writer) error {
	e := encoder{places: map[string]uint64{}}
	encodeRows(&e, t.Brands, brandFields)
	encodeRows(&e, t.Models, modelFields)
	encodeRows(&e, t.AbstractTypes, abstractFields)
	encodeRows(&e, t.PartTypes, partTypeFields)
	encodeRows(&e, t.BrandedParts, brandedFields)
	encodeRows(&e, t.AttachmentPoints, attachmentFields)
	encodeRows(&e, t.StockRows, stockFields)
	encodeRows(&e, t.Vehicles, vehicleFields)
	encodeRows(&e, t.Skins, skinFields)
	encodeRows(&e, t.Players, playerFields)

	raw := e.withStrings()
	if len(raw) > maxRawBytes {
		return fmt.Errorf("catalog: tables of %d bytes exceed the limit of %d", len(raw), maxRawBytes)
	}
	var blob bytes.Buffer
	blob.WriteString(blobMagic)
	z, err := gzip.NewWriterLevel(&blob, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	if _, err := z.Write(raw); err != nil {
		return fmt.Errorf("catalog: pack: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("catalog: pack: %w", err)
	}
	if blob.Len() > MaxBlobBytes {
		return fmt.Errorf("catalog: blob of %d bytes exceeds the limit of %d", blob.Len(), MaxBlobBytes)
	}
	if _, err := blob.WriteTo(w); err != nil {
		return fmt.Errorf("catalog: write blob: %w", err)
	}
	return nil
}

// Decode reads tables from a blob. Errors wrap ErrBlob; a blob of more than
// MaxBlobBytes is refused. The tables are what Encode was given; Build checks
// whether they make sense.
func Decode(r io.Reader) (Tables, error) {
	raw, err := unpack(r)
	if err != nil {
		return Tables{}, fmt.Errorf("%w: %w", ErrBlob, err)
	}
	d := decoder{in: raw}
	d.readStrings()
	var t Tables
	t.Brands = decodeRows(&d, 3, brandFields)
	t.Models = decodeRows(&d, 4, modelFields)
	t.AbstractTypes = decodeRows(&d, 23, abstractFields)
	t.PartTypes = decodeRows(&d, 4, partTypeFields)
	t.BrandedParts = decodeRows(&d, 8, brandedFields)
	t.AttachmentPoints = decodeRows(&d, 2, attachmentFields)
	t.StockRows = decodeRows(&d, 5, stockFields)
	t.Vehicles = decodeRows(&d, 8, vehicleFields)
	t.Skins = decodeRows(&d, 6, skinFields)
	t.Players = decodeRows(&d, 2, playerFields)
	if d.err == nil && len(d.in) > 0 {
		d.fail("%d bytes too many", len(d.in))
	}
	if d.err != nil {
		return Tables{}, fmt.Errorf("%w: %w", ErrBlob, d.err)
	}
	return t, nil
}

// unpack checks the magic and returns the gzip stream's contents.
func unpack(r io.Reader) ([]byte, error) {
	r = &io.LimitedReader{R: r, N: MaxBlobBytes}
	magic := make([]byte, len(blobMagic))
	if _, err := io.ReadFull(r, magic); err != nil {
		return nil, err
	}
	if string(magic) != blobMagic {
		return nil, fmt.Errorf("starts with %q, not with %q", magic, blobMagic)
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(z, maxRawBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxRawBytes {
		return nil, fmt.Errorf("unpacks to more than %d bytes", maxRawBytes)
	}
	return raw, nil
}
