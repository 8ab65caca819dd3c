package main

import (
	"image"
	"image/color"
	"math"
)

// face is one icon: the colour of the rim, and the sign on it. A sign tells for a
// point whether it is painted; the wheel has radius 1 and the y axis points down.
type face struct {
	rim  color.NRGBA
	sign func(x, y float64) bool
}

// faces are all icons by the name of their file.
var faces = map[string]face{
	"app":      {rim: rgb(0xE0, 0x6C, 0x1B), sign: spokes},
	"stopped":  {rim: rgb(0x75, 0x7B, 0x85), sign: square},
	"starting": {rim: rgb(0xD9, 0x94, 0x00), sign: dots},
	"running":  {rim: rgb(0x1E, 0x96, 0x4A), sign: triangle},
	"error":    {rim: rgb(0xC9, 0x24, 0x2B), sign: exclamation},
}

func rgb(r, g, b uint8) color.NRGBA { return color.NRGBA{R: r, G: g, B: b, A: 0xFF} }

var (
	tyre  = rgb(0x22, 0x25, 0x2B)
	edge  = rgb(0xF4, 0xF4, 0xF0) // a light line around, for dark panels
	paint = rgb(0xFF, 0xFF, 0xFF)
)

// The radii of the wheel.
const (
	outer   = 0.98
	rubber  = 0.92
	rimEdge = 0.68
	rim     = 0.64
)

// samples is how many points a pixel is made of, in each direction.
const samples = 8

// draw makes the icon with this many pixels in each direction.
func draw(f face, pixels int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, pixels, pixels))
	step := 2 / float64(pixels*samples)
	for py := range pixels {
		for px := range pixels {
			var r, g, b, a int
			for sy := range samples {
				for sx := range samples {
					x := -1 + (float64(px*samples+sx)+0.5)*step
					y := -1 + (float64(py*samples+sy)+0.5)*step
					c := f.at(x, y)
					if c.A != 0 {
						r, g, b, a = r+int(c.R), g+int(c.G), b+int(c.B), a+1
					}
				}
			}
			if a == 0 {
				continue
			}
			img.SetNRGBA(px, py, color.NRGBA{
				R: uint8(r / a), G: uint8(g / a), B: uint8(b / a), A: uint8(a * 255 / (samples * samples)),
			})
		}
	}
	return img
}

// at is the colour of a point.
func (f face) at(x, y float64) color.NRGBA {
	switch d := math.Hypot(x, y); {
	case d > outer:
		return color.NRGBA{}
	case d > rubber:
		return edge
	case d > rimEdge:
		return tyre
	case d > rim:
		return edge
	case f.sign(x, y):
		return paint
	}
	return f.rim
}

// spokes are five, as on a car of the time, around a hub.
func spokes(x, y float64) bool {
	d := math.Hypot(x, y)
	if d < 0.15 {
		return true
	}
	const fifth = 2 * math.Pi / 5
	angle := math.Mod(math.Atan2(x, -y)+4*math.Pi+fifth/2, fifth) - fifth/2
	return math.Abs(d*math.Sin(angle)) < 0.085
}

func square(x, y float64) bool { return math.Abs(x) < 0.3 && math.Abs(y) < 0.3 }

func triangle(x, y float64) bool {
	const left, right, half = -0.26, 0.42, 0.42
	return x > left && x < right && math.Abs(y) < half*(right-x)/(right-left)
}

func dots(x, y float64) bool {
	for _, at := range []float64{-0.36, 0, 0.36} {
		if math.Hypot(x-at, y) < 0.14 {
			return true
		}
	}
	return false
}

func exclamation(x, y float64) bool {
	return math.Abs(x) < 0.11 && y > -0.46 && y < 0.14 || math.Hypot(x, y-0.37) < 0.13
}
