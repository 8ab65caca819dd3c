package schema

import "reflect"

// Entry describes one setting for documents, settings pages and tables of
// switches. The texts of values are in the form that files and variables use.
type Entry struct {
	// Path is the setting, such as "race.max_humans".
	Path string `json:"path"`
	// Env is the name of the variable; empty for sections and for the columns of
	// a table.
	Env string `json:"env,omitempty"`
	// Kind is the form of the value.
	Kind Kind `json:"kind"`
	// Help says in complete sentences what the setting does.
	Help string `json:"help"`
	// Default is the value in the struct that was described; empty for sections,
	// columns and secrets. Lists, tables and maps are in YAML's flow form.
	Default string `json:"default,omitempty"`
	// Values lists the allowed values, when only some are; for lists and maps
	// those of each element.
	Values []string `json:"values,omitempty"`
	// Min and Max are the bounds of the value, empty when it has none; lengths
	// in characters when the kind is Text.
	Min string `json:"min,omitempty"`
	Max string `json:"max,omitempty"`
	// Unit is the unit of a plain number.
	Unit string `json:"unit,omitempty"`
	// Ref is the section of the protocol reference that the setting settles.
	Ref string `json:"ref,omitempty"`
	// Secret values must not be shown.
	Secret bool `json:"secret,omitempty"`
	// Columns describes the rows of a table; Path is the key in the row.
	Columns []Entry `json:"columns,omitempty"`
}

// Describe lists all settings of cfg, a pointer to a struct with its defaults,
// in the order of the struct. Every section comes before its settings. The names
// of variables start with envPrefix, as in Options.
func Describe(cfg any, envPrefix string) []Entry {
	v := structOf(cfg)
	var entries []Entry
	compile(v.Type()).walk(func(s *setting) {
		e := s.entry()
		if s.kind != Section {
			e.Env = EnvName(envPrefix, s.path)
			if !s.secret {
				e.Default = s.plainText(v.FieldByIndex(s.index))
			}
		}
		entries = append(entries, e)
	})
	return entries
}

// entry is everything in an Entry that follows from the declaration.
func (s *setting) entry() Entry {
	e := Entry{Path: s.path, Kind: s.kind, Help: s.help, Unit: s.unit, Ref: s.ref, Secret: s.secret}
	limits := s
	for limits.elem != nil {
		limits = limits.elem
	}
	e.Values = limits.values
	if limits.kind == Switch {
		e.Values = []string{"on", "off"}
	}
	e.Min, e.Max = limits.bound(limits.min), limits.bound(limits.max)
	if limits.kind == Section && s.elem != nil {
		limits.walk(func(column *setting) { e.Columns = append(e.Columns, column.entry()) })
	}
	return e
}

// plainText is a value as a variable holds it: text without quotes, everything
// that has parts in YAML's flow form.
func (s *setting) plainText(v reflect.Value) string {
	if s.elem != nil {
		return s.flowText(v)
	}
	return s.format(v)
}

// bound formats min or max.
func (s *setting) bound(v reflect.Value) string {
	switch {
	case !v.IsValid():
		return ""
	case s.kind == Text:
		return (&setting{kind: Integer, typ: v.Type()}).format(v)
	}
	return s.format(v)
}
