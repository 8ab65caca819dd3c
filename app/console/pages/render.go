package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"mcos/app/buildinfo"
	"mcos/assets"
)

// page is what a page is made of.
type page struct {
	Title string
	// Here is the path of the page's entry in the menu.
	Here string
	// Live is the path of the stream that keeps the page fresh, if it has one.
	Live string
	// Bare leaves the menu out for somebody who has just been let in.
	Bare bool
	Data any
}

// frame is what the templates see.
type frame struct {
	page
	Shard, Version, SourceURL string
	Nav                       []navItem
	LoggedIn                  bool
	CSRF                      string
	Folder                    string // of the session, "" for those who have none
	Flashes                   []flash
}

// parseTemplates reads the embedded templates: each page with the frame and the
// parts that all share.
func parseTemplates(now func() time.Time) map[string]*template.Template {
	files := assets.ConsolePages()
	base := template.Must(template.New("").Funcs(functions(now)).ParseFS(files, "shared/*.html"))
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		panic(err) // only for a malformed pattern
	}
	list := map[string]*template.Template{}
	for _, name := range names {
		list[path.Base(name)] = template.Must(template.Must(base.Clone()).ParseFS(files, name))
	}
	return list
}

// answer sends a page. Errors are logged: there is nothing better to show.
func (v *visit) answer(status int, name string, content page) {
	f := frame{page: content, Shard: v.p.Shard, Version: buildinfo.Version, SourceURL: v.p.SourceURL}
	if v.session != nil {
		f.Folder = v.session.folder()
	}
	if v.session != nil && !content.Bare {
		f.LoggedIn, f.CSRF, f.Nav = true, v.session.csrf, v.p.nav(content.Here)
		f.Flashes = v.p.sessions.hear(v.session)
	}
	var b bytes.Buffer
	if err := v.p.templates[name].ExecuteTemplate(&b, "frame", f); err != nil {
		v.log(err)
		b.Reset()
		status = 500
		b.WriteString("The page could not be made; the server's log says more.\n")
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	v.status = status
	v.w.WriteHeader(status)
	_, _ = v.w.Write(v.session.placed(b.Bytes())) // a browser that went away needs no page
}

// show sends a page that is as it should be.
func (v *visit) show(name string, content page) error {
	v.answer(200, name, content)
	return nil
}

// functions are what templates can call.
func functions(now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"ago":      func(t time.Time) string { return ago(now(), t) },
		"date":     func(t time.Time) string { return t.In(now().Location()).Format("2 Jan 2006, 15:04") },
		"clock":    func(t time.Time) string { return t.In(now().Location()).Format("15:04:05") },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"money":    money,
		"num":      num,
		"bytes":    bytesText,
		"duration": func(seconds int64) string { return span(time.Duration(seconds) * time.Second) },
		"count":    count,
		"lap":      lap,
		"racer":    racerName,
		"add":      func(a, b int) int { return a + b },
		"host":     hostOf,
		"static":   staticURL,
		"icon":     icon,
		"settings": settings,
		"pair":     func(a, b any) [2]any { return [2]any{a, b} },
		"words":    func(s string) string { return strings.ReplaceAll(s, "-", " ") },
	}
}

// settings is a link to a page of Windows' own settings; everything else is no link.
func settings(uri string) template.URL {
	if rest, ok := strings.CutPrefix(uri, "ms-settings:"); ok && !strings.ContainsFunc(rest, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }) {
		return template.URL(uri) //nolint:gosec // checked just now
	}
	return ""
}

// ago says how long something is past.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < 0:
		return "in " + span(-d)
	case d < 10*time.Second:
		return "just now"
	}
	return span(d) + " ago"
}

// span is a length of time in its largest unit or two.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days >= 30:
		return count(days, "day", "days")
	case days > 0 && hours > 0:
		return count(days, "day", "days") + " " + strconv.Itoa(hours) + " h"
	case days > 0:
		return count(days, "day", "days")
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", int(d/time.Second))
}

// num writes a whole number with its digits in groups.
func num(v any) string {
	text := fmt.Sprint(v)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "\u2212", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// money is an amount of game dollars.
func money(v any) string {
	text := num(v)
	if rest, ok := strings.CutPrefix(text, "\u2212"); ok {
		return "\u2212$" + rest
	}
	return "$" + text
}

// bytesText is a number of bytes in a unit for people.
func bytesText(v any) string {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		return ""
	}
	for _, unit := range []string{"B", "KB", "MB", "GB"} {
		if n < 1024 {
			if n < 10 && unit != "B" {
				return fmt.Sprintf("%.1f %s", n, unit)
			}
			return fmt.Sprintf("%.0f %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%.1f TB", n)
}

// count is a number with the right form of its noun.
func count(v any, one, many string) string {
	text := num(v)
	if text == "1" {
		return text + " " + one
	}
	return text + " " + many
}
