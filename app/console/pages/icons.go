package pages

import "html/template"

// icons are drawn with lines in a square of 24 units.
var icons = map[string]string{
	"gauge":    `<path d="M4.5 18a9 9 0 1 1 15 0"/><path d="M12 14l4-5"/><circle cx="12" cy="14.5" r="1.5"/>`,
	"people":   `<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.500-6s6 2 6.500 6"/><path d="M15.500 4.800a3.500 3.500 0 0 1 0 6.400M17.500 14.500c2.300.7 3.700 2.500 4 5.500"/>`,
	"chat":     `<path d="M4 5h16v11h-9l-4.500 4v-4H4z"/><path d="M8 9h8M8 12h5"/>`,
	"flag":     `<path d="M5 21V4"/><path d="M5 4.500h14l-2.500 4.250 2.500 4.250H5"/>`,
	"wave":     `<path d="M2.500 12h4l2.500-7 5 14 3-7h4.500"/>`,
	"tape":     `<rect x="3" y="5" width="18" height="14" rx="2"/><circle cx="8.500" cy="12" r="2.200"/><circle cx="15.500" cy="12" r="2.200"/><path d="M8.500 14.200h7"/>`,
	"plug":     `<path d="M9 3v5M15 3v5M6.500 8h11v4a5.500 5.500 0 0 1-11 0zM12 17.500V21"/>`,
	"pulse":    `<path d="M12 20s-8-4.700-8-10.500A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 8 2.500C20 15.300 12 20 12 20z"/><path d="M8 12h2l1.500-2.500L13 14l1-2h2"/>`,
	"sliders":  `<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
	"menu":     `<path d="M4 7h16M4 12h16M4 17h16"/>`,
	"out":      `<path d="M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9"/>`,
	"ok":       `<circle cx="12" cy="12" r="9"/><path d="M8 12.500l2.700 2.700L16 9.500"/>`,
	"warn":     `<path d="M12 4l9 16H3z"/><path d="M12 10v5M12 17.200v.3"/>`,
	"problem":  `<circle cx="12" cy="12" r="9"/><path d="M9 9l6 6M15 9l-6 6"/>`,
	"download": `<path d="M12 4v11M7.500 11l4.500 4.500 4.500-4.500M4.500 20h15"/>`,
	"back":     `<path d="M14.500 5l-7 7 7 7"/>`,
}

// icon is a picture beside a word that says the same.
func icon(name string) template.HTML {
	// Both parts are constants of this file.
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">` + icons[name] + `</svg>`)
}
