package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// locking is what a function does with locks.
type locking struct {
	holds bool // it has one until it returns: defer x.Unlock()
	gives bool // it gives one away in the middle: x.Unlock() that is not deferred
	where string
}

// lockingIn reads the functions of a package, by name.
func lockingIn(t *testing.T, src map[string]string) map[string]locking {
	all := map[string]locking{}
	for _, name := range slices.Sorted(maps.Keys(src)) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, src[name], parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			l := all[fn.Name.Name]
			l.where = fset.Position(fn.Pos()).String()
			for _, s := range fn.Body.List { // not in what runs later or elsewhere
				switch s := s.(type) {
				case *ast.DeferStmt:
					l.holds = l.holds || isUnlock(s.Call)
				case *ast.ExprStmt:
					call, ok := s.X.(*ast.CallExpr)
					l.gives = l.gives || ok && isUnlock(call)
				}
			}
			all[fn.Name.Name] = l
		}
	}
	return all
}

func isUnlock(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Unlock"
}

// writesUnderLock finds a way from a function to a change of the store on which no
// function gives the lock away.
func (s *service) writesUnderLock(name string, locks map[string]locking, seen map[string]bool) bool {
	f := s.funcs[name]
	if f == nil || seen[name] || makers[name] || locks[name].gives {
		return false
	}
	seen[name] = true
	if f.own.writes {
		return true
	}
	for other := range f.names {
		if s.writesUnderLock(other, locks, seen) {
			return true
		}
	}
	return false
}

// lockProblems are the functions of a service that have a lock while the store works.
func lockProblems(t *testing.T, src map[string]string) (problems []string) {
	s, locks := readService(t, src), lockingIn(t, src)
	for _, name := range slices.Sorted(maps.Keys(locks)) {
		if locks[name].holds && s.writesUnderLock(name, locks, map[string]bool{}) {
			problems = append(problems, fmt.Sprintf("%s: %s has a lock while the store works", locks[name].where, name))
		}
	}
	return problems
}

// TestNoLockIsHeldWhileTheDiskWorks makes sure that a slow disk stops only those who
// change something: others must not have to wait for a lock that somebody has who waits
// for it.
func TestNoLockIsHeldWhileTheDiskWorks(t *testing.T) {
	var problems []string
	sources := serviceSources(t)
	for _, src := range sources {
		problems = append(problems, lockProblems(t, src)...)
	}
	assert.Empty(t, strings.Join(problems, "\n"))
	assert.Len(t, sources, len(services))
}

func TestLocksCanFail(t *testing.T) {
	const code = `package x
func (s *S) direct() { s.mu.Lock(); defer s.mu.Unlock(); s.Store.Update(nil) }
func (s *S) deep() { s.mu.Lock(); defer s.mu.Unlock(); s.work() }
func (s *S) work() { s.deps.Store.Update(nil) }
func (s *S) gives() { s.mu.Unlock(); defer func() { s.mu.Lock() }(); s.Store.Update(nil) }
func (s *S) good() { s.mu.Lock(); defer s.mu.Unlock(); s.gives() }
func (s *S) before() { s.work(); s.look() }
func (s *S) look() { s.mu.Lock(); defer s.mu.Unlock(); s.Store.View(nil) }
`
	problems := lockProblems(t, map[string]string{"x.go": code})
	require.Len(t, problems, 2)
	assert.Contains(t, problems[0], "deep has a lock")
	assert.Contains(t, problems[1], "direct has a lock")
}
