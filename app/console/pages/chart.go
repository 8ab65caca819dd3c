package pages

import (
	"fmt"
	"math"
	"strings"
	"time"

	"mcos/app/admin"
)

// The size of a chart's drawing, in its own units; the page stretches it.
const (
	chartWidth  = 300.0
	chartHeight = 60.0
	chartSpan   = time.Hour
	// chartLeast is the shortest time that a chart shows.
	chartLeast = time.Minute
)

// chart is a line over the last hour, for a template to draw.
type chart struct {
	Title string
	Now   string // the newest value
	Top   string // what the upper edge stands for
	Since string // how long ago its left edge is
	// Line and Area are paths of SVG; empty when there is nothing to draw yet.
	Line, Area string
	// Words say the same to those who do not see it.
	Words string
}

// newChart draws the values of samples. text writes a value; the upper edge is at
// least one.
func newChart(title string, now time.Time, samples []admin.Sample, value func(admin.Sample) float64, text func(float64) string) chart {
	c := chart{Title: title, Since: span(chartSpan)}
	if len(samples) == 0 {
		c.Words = "Nothing has been measured yet."
		return c
	}
	lowest, highest := math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		lowest, highest = min(lowest, value(s)), max(highest, value(s))
	}
	top := roundUp(highest)
	// A server that has just been started has less than an hour to show.
	shown := min(max(now.Sub(samples[0].Time), chartLeast), chartSpan)
	c.Since = span(shown)
	var line strings.Builder
	first, last := 0.0, 0.0
	for i, s := range samples {
		x := chartWidth * (1 - float64(now.Sub(s.Time))/float64(shown))
		x = min(max(x, 0), chartWidth)
		y := chartHeight * (1 - value(s)/top)
		letter := "L"
		if i == 0 {
			letter, first = "M", x
		}
		last = x
		fmt.Fprintf(&line, "%s%.1f %.1f", letter, x, y)
	}
	newest := text(value(samples[len(samples)-1]))
	c.Now, c.Top, c.Line = newest, text(top), line.String()
	c.Area = fmt.Sprintf("%sL%.1f %.0fL%.1f %.0fZ", c.Line, last, chartHeight, first, chartHeight)
	c.Words = fmt.Sprintf("In the last "+c.Since+" between %s and %s, %s now.", text(lowest), text(highest), newest)
	return c
}

// roundUp is the next round number: 1, 2 or 5 and zeros.
func roundUp(v float64) float64 {
	if v <= 1 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*unit {
			return f * unit
		}
	}
	return 10 * unit
}

// charts are those of the overview.
func charts(now time.Time, samples []admin.Sample) []chart {
	whole := func(v float64) string { return num(int64(math.Round(v))) }
	rate := func(v float64) string {
		if v < 10 && v != math.Trunc(v) {
			return fmt.Sprintf("%.1f", v)
		}
		return whole(v)
	}
	return []chart{
		newChart("Players", now, samples, func(s admin.Sample) float64 { return float64(s.Players) }, whole),
		newChart("Races", now, samples, func(s admin.Sample) float64 { return float64(s.Races) }, whole),
		newChart("Messages / s", now, samples, func(s admin.Sample) float64 { return s.Received + s.Sent }, rate),
		newChart("Memory in MB", now, samples, func(s admin.Sample) float64 { return float64(s.Memory >> 20) }, whole),
	}
}
