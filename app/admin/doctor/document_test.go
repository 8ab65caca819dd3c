package doctor

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// complaint is a finding in the source of this package that is not fine.
type complaint struct {
	where string
	// phrases are the fixed parts of what it says, the longest of each string.
	phrases []string
}

var verb = regexp.MustCompile(`%[-+ 0]*[0-9.]*[a-z]`)

// complaints reads the source: every call of add or finding that is not OK for sure.
func complaints(t *testing.T) []complaint {
	var all []complaint
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 4 {
				return true
			}
			switch called := call.Fun.(type) {
			case *ast.SelectorExpr:
				ok = called.Sel.Name == "add"
			case *ast.Ident:
				ok = called.Name == "finding"
			}
			if !ok {
				return true
			}
			if level, ok := call.Args[0].(*ast.Ident); ok && level.Name == "OK" {
				return true
			}
			all = append(all, complaint{fset.Position(call.Pos()).String(), phrases(call.Args[2])})
			return true
		})
	}
	return all
}

// phrases are the longest fixed part of each string in an expression, if it is long
// enough to be told from others.
func phrases(expr ast.Expr) []string {
	const enough = 10
	var found []string
	ast.Inspect(expr, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		longest := ""
		for _, part := range verb.Split(text, -1) {
			if part = strings.Trim(part, " .,:;"); len(part) > len(longest) {
				longest = part
			}
		}
		if len(longest) >= enough {
			found = append(found, longest)
		}
		return true
	})
	return found
}

// Whoever searches the document for what the doctor says finds it there, and what to
// do about it.
func TestDocument(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "TROUBLESHOOTING.md"))
	require.NoError(t, err)
	document := strings.Join(strings.Fields(string(raw)), " ")
	found := complaints(t)
	require.Greater(t, len(found), 30, "the source is not understood any more")
	for _, c := range found {
		for _, phrase := range c.phrases {
			assert.Contains(t, document, strings.Join(strings.Fields(phrase), " "), "%s", c.where)
		}
	}
}
