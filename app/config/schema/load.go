package schema

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// Options says where Load finds the layers above the defaults. The zero value
// of every field leaves its layer out.
type Options struct {
	// FileName is the name of the YAML file in errors, such as "mcos.yaml".
	FileName string
	// YAML is the content of that file, at most MaxFileSize bytes.
	YAML []byte
	// Environ lists variables as NAME=value, the form of os.Environ.
	Environ []string
	// EnvPrefix starts the names of our variables, such as "MCOS_". Without it
	// the environment is not read.
	EnvPrefix string
	// IgnoreEnv names variables with our prefix that are no settings.
	IgnoreEnv []string
	// Overrides come last, in this order.
	Overrides []Override
}

// Override sets one setting, for example from a command line flag.
type Override struct {
	// Path is the setting, such as "race.max_humans".
	Path string
	// Value is written as in an environment variable.
	Value string
	// Origin names the override in errors, such as "--max-humans".
	Origin string
}

// Result tells how a configuration came about.
type Result struct {
	// Sources has an entry for every setting that does not have its default:
	// "mcos.yaml:12", the name of a variable, or the origin of an override.
	Sources map[string]string
	// Warnings are variables with our prefix that belong to no setting and
	// resemble none.
	Warnings []*Error
}

// Checker is implemented by a section, or the whole struct, whose settings must
// fit together. Load calls Check on a pointer to it when every single setting
// is allowed; the error says what does not fit and names no place. It may begin
// with the setting it is about, as in "color: not a colour".
type Checker interface {
	Check() error
}

// MaxFileSize is the largest YAML file that Load reads, in bytes.
const MaxFileSize = 1 << 20

// Load applies the layers of o to dst, a pointer to a struct that holds the
// defaults. The error joins one *Error for every mistake; dst is unchanged
// when there is one.
func Load(dst any, o Options) (Result, error) {
	target := structOf(dst)
	l := &loader{
		root:   compile(target.Type()),
		config: reflect.New(target.Type()).Elem(),
		errs:   &collector{},
		result: Result{Sources: map[string]string{}},
	}
	// Lists and maps are only ever replaced, so a shallow copy is a safe draft.
	l.config.Set(target)
	if len(o.YAML) > 0 {
		l.file(o.FileName, o.YAML)
	}
	if o.EnvPrefix != "" {
		l.environment(o)
	}
	for _, over := range o.Overrides {
		l.override(over)
	}
	if len(l.errs.list) == 0 {
		l.check(l.root)
	}
	if err := l.errs.err(); err != nil {
		return Result{}, err
	}
	target.Set(l.config)
	return l.result, nil
}

// loader is the state of one Load.
type loader struct {
	root   *setting
	config reflect.Value // the struct being filled
	errs   *collector
	result Result
}

func (l *loader) file(name string, data []byte) {
	if len(data) > MaxFileSize {
		l.errs.add(&Error{Source: name, Problem: "is larger than " + strconv.Itoa(MaxFileSize) + " bytes"})
		return
	}
	node, problem := parseYAML(data)
	if problem != nil {
		problem.Source = name
		l.errs.add(problem)
		return
	}
	if node == nil {
		return
	}
	d := &decoder{root: l.root, source: name, lines: true, errs: l.errs, sources: l.result.Sources}
	d.section(l.config, l.root, "", node)
}

// environment applies the variables that have our prefix.
func (l *loader) environment(o Options) {
	byName := map[string]*setting{}
	var names []string
	l.root.walk(func(s *setting) {
		if s.kind != Section {
			name := EnvName(o.EnvPrefix, s.path)
			byName[name] = s
			names = append(names, name)
		}
	})
	ignored := map[string]bool{}
	for _, name := range o.IgnoreEnv {
		ignored[name] = true
	}
	for _, pair := range o.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, o.EnvPrefix) || ignored[name] {
			continue
		}
		if s := byName[name]; s != nil {
			l.set(s, value, name)
			continue
		}
		unknown := &Error{Source: name, Problem: "unknown setting", Suggestion: suggest(name, names)}
		if unknown.Suggestion != "" {
			l.errs.add(unknown)
		} else {
			l.result.Warnings = append(l.result.Warnings, unknown)
		}
	}
}

func (l *loader) override(over Override) {
	s := l.root.find(over.Path)
	if s != nil && s.kind == Section {
		l.errs.add(&Error{Source: over.Origin, Path: over.Path, Problem: "is a section, not a setting"})
		return
	}
	if s == nil {
		var paths []string
		l.root.walk(func(s *setting) {
			if s.kind != Section {
				paths = append(paths, s.path)
			}
		})
		l.errs.add(&Error{
			Source: over.Origin, Path: over.Path, Problem: "unknown setting", Suggestion: suggest(over.Path, paths),
		})
		return
	}
	l.set(s, over.Value, over.Origin)
}

// set gives s the value that a variable or an override holds as text.
func (l *loader) set(s *setting, text, source string) {
	d := &decoder{root: l.root, source: source, errs: l.errs, sources: l.result.Sources}
	var v reflect.Value
	var ok bool
	switch s.kind {
	case List, Table, Map:
		v, ok = d.flow(s, text)
	default:
		var e *Error
		if v, e = s.scalar(s.path, text); e != nil {
			d.fail(0, e)
		}
		ok = e == nil
	}
	if ok {
		l.config.FieldByIndex(s.index).Set(v)
		l.result.Sources[s.path] = source
	}
}

// check asks the sections whether their settings fit together, the inner ones
// first.
func (l *loader) check(s *setting) {
	for _, f := range s.fields {
		if f.kind == Section {
			l.check(f)
		}
	}
	v := l.config
	if s != l.root {
		v = l.config.FieldByIndex(s.index)
	}
	checker, ok := v.Addr().Interface().(Checker)
	if !ok {
		return
	}
	if err := checker.Check(); err != nil {
		for _, problem := range split(err) {
			l.errs.add(l.misfit(s, problem.Error()))
		}
	}
}

// misfit is the mistake that a section's Check found. When its text begins with a
// setting of the section, as in "color: not a colour", the mistake is laid to that
// setting and to the place it was set in.
func (l *loader) misfit(section *setting, text string) *Error {
	name, problem, ok := strings.Cut(text, ": ")
	path := name
	if section.path != "" {
		path = section.path + "." + name
	}
	known := false
	section.walk(func(s *setting) { known = known || s.path == path })
	if !ok || !known {
		return &Error{Path: section.path, Problem: text}
	}
	// The source has its line already.
	return &Error{Source: l.result.Sources[path], Path: path, Problem: problem}
}

// split takes apart what errors.Join made.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
