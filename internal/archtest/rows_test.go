package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// effects are what a function does to others, itself or through what it calls.
type effects struct{ tells, writes bool }

func (e effects) and(o effects) effects { return effects{e.tells || o.tells, e.writes || o.writes} }

// function is a declared function or method of a service, by its name alone: two
// methods with one name count as one.
type function struct {
	own   effects
	names map[string]bool // of everything that it mentions
}

// row is a row of a table of messages, as it is written.
type row struct {
	where   string
	message string
	handler map[string]bool // the names in its handler
	paces   []string
}

// service is what the test knows of a service's source.
type service struct {
	funcs map[string]*function
	rows  []row
}

// readService reads the source of a package, tests excepted. src maps names of files to
// their text.
func readService(t *testing.T, src map[string]string) *service {
	s := &service{funcs: map[string]*function{}}
	for _, name := range slices.Sorted(maps.Keys(src)) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, src[name], parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			f := s.funcs[fn.Name.Name]
			if f == nil {
				f = &function{names: map[string]bool{}}
				s.funcs[fn.Name.Name] = f
			}
			f.own = f.own.and(direct(fn.Body))
			maps.Copy(f.names, mentioned(fn.Body))
		}
		s.rows = append(s.rows, rowsIn(file, func(n ast.Node) string { return fset.Position(n.Pos()).String() })...)
	}
	return s
}

// direct is what a body itself does: Update of a store writes; To and Tell of the
// gateway tell.
func direct(body ast.Node) (e effects) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			switch sel.Sel.Name {
			case "Update":
				e.writes = e.writes || strings.HasSuffix(last(sel.X), "Store")
			case "To", "Tell":
				e.tells = true
			}
		}
		return true
	})
	return e
}

// last is the last name of an expression such as s.deps.Store.
func last(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// mentioned are the names in a piece of code that may be those of functions: what is
// called, and what stands behind a dot, as handlers that are passed on do.
func mentioned(n ast.Node) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			names[n.Sel.Name] = true
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

// rowsIn finds gateway.On(message, state, handler) and OnHot with the paces that are
// called on it.
func rowsIn(file *ast.File, where func(ast.Node) string) (rows []row) {
	paces := map[*ast.CallExpr][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if inner, ok := sel.X.(*ast.CallExpr); ok {
			paces[inner] = append(paces[call], sel.Sel.Name)
		}
		if last(sel.X) == "gateway" && (sel.Sel.Name == "On" || sel.Sel.Name == "OnHot") && len(call.Args) == 3 {
			rows = append(rows, row{where(call), last(call.Args[0]), mentioned(call.Args[2]), paces[call]})
		}
		return true
	})
	return rows
}

// makers put a service together; what they mention is not what they do.
var makers = map[string]bool{"New": true, "Rows": true, "Port": true}

// effectsOf follows names through the service's functions and, where it has none of
// that name, through what others of the services export.
func (s *service) effectsOf(names map[string]bool, exported map[string]effects) (e effects) {
	seen := map[string]bool{}
	var follow func(names map[string]bool)
	follow = func(names map[string]bool) {
		for name := range names {
			if seen[name] || makers[name] {
				continue
			}
			seen[name] = true
			if f := s.funcs[name]; f != nil {
				e = e.and(f.own)
				follow(f.names)
			} else {
				e = e.and(exported[name])
			}
		}
	}
	follow(names)
	return e
}

// exports are the effects of what services offer to others.
func exports(list map[string]*service) map[string]effects {
	all := map[string]effects{}
	for _, s := range list {
		for name := range s.funcs {
			if ast.IsExported(name) && !makers[name] {
				all[name] = all[name].and(s.effectsOf(map[string]bool{name: true}, nil))
			}
		}
	}
	return all
}

// rowProblem says what a row should say of itself and does not.
func rowProblem(r row, e effects) string {
	has := func(name string) bool { return slices.Contains(r.paces, name) }
	var wrong []string
	if told := has("Tells") || has("Passes"); told != e.tells {
		wrong = append(wrong, fmt.Sprintf("tells others: %t, says so: %t", e.tells, told))
	}
	if has("Writes") != e.writes {
		wrong = append(wrong, fmt.Sprintf("changes the store: %t, says so: %t", e.writes, has("Writes")))
	}
	if len(wrong) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: the row of %s %s", r.where, r.message, strings.Join(wrong, "; "))
}

// serviceSources are the files of each service, tests excepted.
func serviceSources(t *testing.T) map[string]map[string]string {
	root := moduleRoot(t)
	sources := map[string]map[string]string{}
	eachGoFile(t, root, func(name string) {
		dir := path.Dir(filepath.ToSlash(name))
		if !slices.Contains(services, dir) || strings.HasSuffix(name, "_test.go") {
			return
		}
		if sources[dir] == nil {
			sources[dir] = map[string]string{}
		}
		sources[dir][filepath.Join(root, name)] = readFile(t, filepath.Join(root, name))
	})
	return sources
}

// TestRowsSayWhatTheyDo makes sure that no message that is told on to others or changes
// the store is without a pace: each row of each table is followed through the code of
// its handler.
func TestRowsSayWhatTheyDo(t *testing.T) {
	list := map[string]*service{}
	for dir, src := range serviceSources(t) {
		list[dir] = readService(t, src)
	}
	exported := exports(list)
	rows := 0
	var problems []string
	for _, s := range list {
		for _, r := range s.rows {
			rows++
			if p := rowProblem(r, s.effectsOf(r.handler, exported)); p != "" {
				problems = append(problems, p)
			}
		}
	}
	slices.Sort(problems)
	assert.Empty(t, strings.Join(problems, "\n"))
	assert.Greater(t, rows, 80, "the tables have been read")
}

func TestRowsCanFail(t *testing.T) {
	const code = `package x
func (s *S) Rows() []gateway.Row { return []gateway.Row{ %s } }
func (s *S) quiet(c *gateway.Call, _ *T) error { return nil }
func (s *S) store(c *gateway.Call, _ *T) error { return s.deps.Store.Update(nil) }
func (s *S) deep(c *gateway.Call, r *T) error { return s.locked(func() { s.say(nil) }) }
func (s *S) locked(fn func()) error { return nil }
func (s *S) say(b *gateway.Broadcast) { b.To(nil) }
func (s *S) far(c *gateway.Call, r *T) error { return s.Rooms.Enter() }
func (s *S) made(n int) func() { return s.deepToo }
func (s *S) deepToo() { s.say(nil) }
`
	exported := map[string]effects{"Enter": {tells: true}}
	for written, want := range map[string]string{
		`gateway.On(nps.A, gateway.Connected, s.quiet)`:                  "",
		`gateway.On(nps.A, gateway.Connected, s.quiet).Writes()`:         "changes the store: false",
		`gateway.On(nps.A, gateway.Connected, s.store)`:                  "changes the store: true",
		`gateway.On(nps.A, gateway.Connected, s.store).Writes()`:         "",
		`gateway.On(nps.A, gateway.Connected, s.store).Tells().Writes()`: "tells others: false",
		`gateway.On(nps.A, gateway.Connected, s.deep)`:                   "the row of A tells others: true",
		`gateway.On(nps.A, gateway.Connected, s.deep).Tells()`:           "",
		`gateway.OnHot(nps.A, gateway.Connected, s.made(1))`:             "tells others: true",
		`gateway.OnHot(nps.A, gateway.Connected, s.made(1)).Passes()`:    "",
		`gateway.On(nps.A, gateway.Connected, s.far)`:                    "tells others: true",
	} {
		s := readService(t, map[string]string{"x.go": fmt.Sprintf(code, written)})
		require.Len(t, s.rows, 1)
		got := rowProblem(s.rows[0], s.effectsOf(s.rows[0].handler, exported))
		if want == "" {
			assert.Empty(t, got, written)
		} else {
			assert.Contains(t, got, want, written)
		}
	}
}

func readFile(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
