package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
)

// pngFrom is the size from which on an image inside an ICO file is a PNG, which
// Windows takes since Vista; smaller ones are bitmaps, which everything takes.
const pngFrom = 256

// encodeICO makes a Windows icon file of images of different sizes.
func encodeICO(images []*image.NRGBA) ([]byte, error) {
	const dirSize, entrySize = 6, 16
	var head, body bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&head, binary.LittleEndian, v) // a buffer takes everything
		}
	}
	put(uint16(0), uint16(1), uint16(len(images)))
	offset := dirSize + entrySize*len(images)
	for _, img := range images {
		data, err := encodeImage(img)
		if err != nil {
			return nil, err
		}
		size := uint8(img.Rect.Dx()) // 0 means 256
		put(size, size, uint8(0), uint8(0), uint16(1), uint16(32), uint32(len(data)), uint32(offset+body.Len()))
		body.Write(data)
	}
	return append(head.Bytes(), body.Bytes()...), nil
}

func encodeImage(img *image.NRGBA) ([]byte, error) {
	if img.Rect.Dx() < pngFrom {
		return encodeBitmap(img), nil
	}
	var buf bytes.Buffer
	err := png.Encode(&buf, img)
	return buf.Bytes(), err
}

// encodeBitmap makes a 32-bit bitmap as an icon holds it: bottom row first, and
// followed by an empty mask, for the alpha channel says it all.
func encodeBitmap(img *image.NRGBA) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	maskRow := (w + 31) / 32 * 4
	var buf bytes.Buffer
	for _, v := range []any{
		uint32(40), int32(w), int32(2 * h), uint16(1), uint16(32),
		uint32(0), uint32(w*h*4 + maskRow*h), int32(0), int32(0), uint32(0), uint32(0),
	} {
		_ = binary.Write(&buf, binary.LittleEndian, v) // a buffer takes everything
	}
	for y := h - 1; y >= 0; y-- {
		for x := range w {
			c := img.NRGBAAt(x, y)
			buf.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	buf.Write(make([]byte, maskRow*h))
	return buf.Bytes()
}
