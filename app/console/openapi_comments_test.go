package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// comments are the doc comments of the module's packages, by "package.Type" and
// "package.Type.Member". The reflection of Go does not know them.
type comments struct {
	t      *testing.T
	read   map[string]bool
	byName map[string]string
	embeds map[string][]string // interfaces within an interface, by its name
}

func newComments(t *testing.T) *comments {
	return &comments{t: t, read: map[string]bool{}, byName: map[string]string{}, embeds: map[string][]string{}}
}

// of returns the comment of a type or one of its members, on one line.
func (c *comments) of(typ reflect.Type, member string) string {
	name := typ.PkgPath() + "." + typ.Name()
	if member != "" {
		name += "." + member
	}
	return c.named(typ.PkgPath(), name)
}

// ofMethod returns the comment of a method of an interface, or of one within it.
func (c *comments) ofMethod(typ reflect.Type, method string) string {
	doc := c.of(typ, method)
	for _, inner := range c.embeds[typ.PkgPath()+"."+typ.Name()] {
		if doc == "" {
			doc = c.byName[inner+"."+method]
		}
	}
	return doc
}

func (c *comments) named(pkg, name string) string {
	if !c.read[pkg] {
		c.read[pkg] = true
		c.load(pkg)
	}
	return c.byName[name]
}

// load reads the comments of one package.
func (c *comments) load(pkg string) {
	path, ok := strings.CutPrefix(pkg, "mcos/")
	if !ok {
		return // the standard library
	}
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(path), "*.go"))
	require.NoError(c.t, err)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(c.t, err)
		for _, d := range f.Decls {
			if gen, ok := d.(*ast.GenDecl); ok {
				c.declaration(pkg, gen)
			}
		}
	}
}

func (c *comments) declaration(pkg string, gen *ast.GenDecl) {
	for _, spec := range gen.Specs {
		typ, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		name := pkg + "." + typ.Name.Name
		doc := typ.Doc
		if doc == nil {
			doc = gen.Doc
		}
		c.byName[name] = oneLine(doc)
		switch t := typ.Type.(type) {
		case *ast.StructType:
			c.members(name, t.Fields)
		case *ast.InterfaceType:
			c.members(name, t.Methods)
		}
	}
}

func (c *comments) members(name string, fields *ast.FieldList) {
	for _, f := range fields.List {
		doc := f.Doc
		if doc == nil {
			doc = f.Comment
		}
		if id, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 {
			c.embeds[name] = append(c.embeds[name], name[:strings.LastIndex(name, ".")+1]+id.Name)
		}
		for _, id := range f.Names {
			c.byName[name+"."+id.Name] = oneLine(doc)
		}
	}
}

func oneLine(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// sentence is a doc comment without the name that it begins with, as a sentence.
func sentence(doc, name string) string {
	doc = strings.TrimPrefix(doc, name+" ")
	if doc == "" {
		return ""
	}
	doc = strings.ToUpper(doc[:1]) + doc[1:]
	if !strings.HasSuffix(doc, ".") {
		doc += "."
	}
	return doc
}
