package pages

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"mcos/app/config/schema"
)

// Settings reads and changes the configuration file.
type Settings interface {
	// Settings describes every setting.
	Settings() (SettingsView, error)
	// ChangeSettings writes settings into the file, all or none; values are written
	// as in environment variables. Its error joins one *schema.Error for each
	// mistake of the operator; any other error is for reading, too.
	ChangeSettings(changes map[string]string) error
}

// SettingsView is the configuration as it is in the file and in the server.
type SettingsView struct {
	File string // its path
	// Problem says why the file cannot be read as it is; then Entries are those of
	// the running server.
	Problem string
	Entries []Setting
}

// Setting is one setting. Its Default is that of a server without a file.
type Setting struct {
	schema.Entry
	// Value is what the next start will use, and Running what this server uses;
	// both are empty for secrets.
	Value, Running string
	// Fixed names the variable or flag that sets it over the file, if one does.
	Fixed string
	// Set tells that the file, a variable or a flag sets it to something else than
	// its default.
	Set bool
	// Waits tells that the next start changes a secret setting; of the others Value
	// and Running tell.
	Waits bool
}

// settingRow is a setting on the page.
type settingRow struct {
	Setting
	Problem string
	Long    bool // needs more than a line
}

// Pending tells that the next start changes the setting.
func (s settingRow) Pending() bool { return s.Waits || s.Value != s.Running }

// Key is the last part of the path.
func (s settingRow) Key() string { return s.Path[strings.LastIndexByte(s.Path, '.')+1:] }

// Choice tells that one of few values is to be chosen.
func (s settingRow) Choice() bool {
	return len(s.Values) > 0 && s.Kind != schema.List && s.Kind != schema.Map
}

// Range says what values there are.
func (s settingRow) Range() string {
	text := ""
	switch {
	case s.Min != "" && s.Max != "":
		text = s.Min + " to " + s.Max
	case s.Min != "":
		text = "at least " + s.Min
	case s.Max != "":
		text = "at most " + s.Max
	}
	if text != "" && s.Kind == schema.Text {
		text += " characters"
	}
	return text
}

// settingSection is a section with its settings; sections inside sections are
// flattened.
type settingSection struct {
	Name, Help string
	Rows       []settingRow
	Open       bool
	Changed    int // that do not have their default
}

// settingsData is what the page shows.
type settingsData struct {
	View     SettingsView
	Sections []settingSection
	Pending  int
	Problems []string // that belong to no setting
}

// settings shows the configuration.
func (v *visit) settings() error { return v.showSettings(http.StatusOK, nil, nil) }

// showSettings shows the configuration, with what the operator has typed and what
// is wrong with it.
func (v *visit) showSettings(status int, typed map[string]string, problems []*schema.Error) error {
	view, err := v.p.Settings.Settings()
	if err != nil {
		return err
	}
	d := settingsData{View: view}
	wrong := map[string]string{}
	for _, p := range problems {
		if slices.ContainsFunc(view.Entries, func(s Setting) bool { return s.Path == p.Path && s.Kind != schema.Section }) {
			wrong[p.Path] = settingProblem(p)
		} else {
			d.Problems = append(d.Problems, sentence(p.Error()))
		}
	}
	for _, s := range view.Entries {
		if s.Kind == schema.Section {
			if !strings.Contains(s.Path, ".") {
				d.Sections = append(d.Sections, settingSection{Name: s.Path, Help: s.Help, Open: v.query("section") == s.Path})
			}
			continue
		}
		row := settingRow{Setting: s, Problem: wrong[s.Path], Long: s.Kind == schema.Table || s.Kind == schema.Map || len(s.Value) > 60}
		if row.Pending() {
			d.Pending++
		}
		section := &d.Sections[len(d.Sections)-1]
		if s.Set {
			section.Changed++
		}
		if text, ok := typed[s.Path]; ok {
			row.Value, section.Open = text, true
		}
		section.Rows = append(section.Rows, row)
	}
	v.answer(status, "settings.html", page{Title: "Settings", Here: "/settings", Data: d})
	return nil
}

// settingProblem is a mistake beside its field.
func settingProblem(e *schema.Error) string {
	text := e.Problem
	if e.Value != "" {
		text = e.Value + " " + text
	}
	if len(e.Allowed) > 0 {
		text += " (allowed: " + strings.Join(e.Allowed, ", ") + ")"
	}
	return sentence(text)
}

// changeSettings writes what the form changes into the file.
func (v *visit) changeSettings() error {
	view, err := v.p.Settings.Settings()
	if err != nil {
		return err
	}
	section := v.form("section")
	changes := map[string]string{}
	for _, s := range view.Entries {
		typed, sent := v.r.PostForm["set."+s.Path]
		if !sent || s.Kind == schema.Section || s.Fixed != "" {
			continue
		}
		text := strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ").Replace(typed[0]))
		if text == strings.TrimSpace(s.Value) {
			continue // an empty secret stays as it is, too
		}
		changes[s.Path] = text
	}
	back := at("/settings", "section", section) + "#" + section
	if len(changes) == 0 {
		return v.done(back, "Nothing was changed.")
	}
	if err := v.p.Settings.ChangeSettings(changes); err != nil {
		problems := schemaErrors(err)
		if problems == nil {
			problems = []*schema.Error{{Problem: err.Error()}}
		}
		return v.showSettings(http.StatusUnprocessableEntity, changes, problems)
	}
	return v.done(back, "%s in the file. Restart the server to use %s.", savedText(len(changes)), itThem(len(changes)))
}

func savedText(n int) string {
	if n == 1 {
		return "The setting is"
	}
	return fmt.Sprintf("%d settings are", n)
}

func itThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// schemaErrors takes apart what schema.Load and schema.Edit join; nil when there is
// anything else.
func schemaErrors(err error) []*schema.Error {
	var one *schema.Error
	if errors.As(err, &one) {
		var joined interface{ Unwrap() []error }
		if !errors.As(err, &joined) {
			return []*schema.Error{one}
		}
		var list []*schema.Error
		for _, e := range joined.Unwrap() {
			if errors.As(e, &one) {
				list = append(list, one)
			}
		}
		return list
	}
	return nil
}
