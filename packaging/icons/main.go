// Icons draws the icons of the programs: a wheel whose hub shows the state of the
// server, by colour and by sign, so that nobody has to tell colours apart. It
// writes PNG files for Linux and ICO files for Windows into assets/icons.
//
//	go run ./packaging/icons
package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
)

// The sizes, in pixels, inside one ICO file, and of the application's PNG files.
var (
	icoSizes = []int{16, 20, 24, 32, 48, 64, 256}
	appSizes = []int{16, 32, 48, 64, 128, 256}
)

// statePixels is the size of the PNG file of a state; desktops scale it down.
const statePixels = 64

func main() {
	dir := flag.String("out", filepath.Join("assets", "icons"), "`folder` for the files")
	flag.Parse()
	if err := writeAll(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "icons:", err)
		os.Exit(1)
	}
}

func writeAll(dir string) error {
	for name, f := range faces {
		pixels := statePixels
		if name == "app" {
			pixels = 256
		}
		if err := writePNG(filepath.Join(dir, name+".png"), draw(f, pixels)); err != nil {
			return err
		}
		images := make([]*image.NRGBA, 0, len(icoSizes))
		for _, size := range icoSizes {
			images = append(images, draw(f, size))
		}
		data, err := encodeICO(images)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, name+".ico"), data); err != nil {
			return err
		}
	}
	for _, size := range appSizes {
		if err := writePNG(filepath.Join(dir, fmt.Sprintf("app-%d.png", size)), draw(faces["app"], size)); err != nil {
			return err
		}
	}
	return nil
}

func writePNG(path string, img image.Image) error {
	var buf bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&buf, img); err != nil {
		return err
	}
	return write(path, buf.Bytes())
}

func write(path string, data []byte) error {
	return os.WriteFile(path, data, 0o644) //nolint:gosec // part of the source
}
