package console

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/console/client"
)

type object = map[string]any

// plainHandler describes a handler that does not go through admin.API.
type plainHandler struct {
	about string
	out   reflect.Type // of the JSON answer; nil: media
	media string       // of an answer that is no JSON of ours
	query object       // parameters by name, with their descriptions
}

// plainHandlers are all of them, by the names of their functions. A handler that
// takes a JSON body goes through admin.API.
var plainHandlers = map[string]plainHandler{
	"health": {about: "Says that the server lives.", out: reflect.TypeFor[client.Health](), query: object{
		"challenge": "Any text; the answer then holds the HMAC-SHA-256 of \"mcos console \" and this text under the token, in hex, which proves that the server knows the token.",
	}},
	"ready":         {about: "Says whether players can play.", out: reflect.TypeFor[client.Health]()},
	"status":        {about: "Tells how the server is.", out: reflect.TypeFor[admin.Status]()},
	"description":   {about: "This document.", media: "application/json"},
	"importCatalog": {about: "Puts another catalog in use, given in the encoded form that mcos catalog import makes.", out: reflect.TypeFor[admin.Catalog]()},
	"loginLink":     {about: "Makes a link that lets one browser in, once.", out: reflect.TypeFor[client.Link]()},
	"recording":     {about: "Streams the file of a recording.", media: "application/json", query: object{"id": "The recording."}},
	"stageRestore":  {about: "Checks a backup and puts it aside: the next start of the server puts it in place of the store.", out: reflect.TypeFor[admin.StagedRestore]()},
	"stopServer":    {about: "Ends the server as a signal does: players are logged out and everything is stored. A server that runs as a service refuses; it is stopped with mcos service stop.", out: reflect.TypeFor[struct{}]()},
	"metrics":       {about: "Tells counters and gauges in the text form of Prometheus.", media: metricsType},
	"backup":        {about: "Streams a copy of the store that mcos restore accepts. A failure on the way breaks the connection.", media: "application/octet-stream"},
}

// generator writes the document.
type generator struct {
	t        *testing.T
	comments *comments
	schemas  object
	types    map[string]reflect.Type // by the name of the schema
}

// document is the description of the interface.
func document(t *testing.T) object {
	g := &generator{t: t, comments: newComments(t), schemas: object{}, types: map[string]reflect.Type{}}
	answers := routeAnswers(t)
	require.Len(t, answers, len(routes))
	paths := object{}
	for i, rt := range routes {
		path, ok := paths[rt.path].(object)
		if !ok {
			path = object{}
			paths[rt.path] = path
		}
		path[strings.ToLower(rt.method)] = g.operation(rt, answers[i])
	}
	g.schemas["Error"] = object{
		"type": "object", "properties": object{"error": object{"type": "string", "description": "What is wrong, in words for reading."}},
		"required": []string{"error"},
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "MCOS", "version": "1",
			"description": "The local interface of the MCOS game server. What is open here is open to programs on the same machine only. Unknown fields and parameters in requests are refused; answers may get new fields.",
		},
		"servers":  []object{{"url": "http://127.0.0.1:3000", "description": "The file console.addr in the data folder names the port that is really in use."}},
		"security": []object{{"token": []string{}}, {"password": []string{}}},
		"paths":    paths,
		"components": object{
			"schemas": g.schemas,
			"securitySchemes": object{
				"token":    object{"type": "http", "scheme": "bearer", "description": "The text in the file console.token in the data folder."},
				"password": object{"type": "http", "scheme": "basic", "description": "Any user name with the password set with mcos console passwd. Ten wrong ones from an address within a minute lock it out for that minute."},
			},
			"responses": object{"Error": object{
				"description": "Not done. 400, 404 and 409 are about what was asked for, 401 and 403 about who asks, 413 and 415 about the body, 429 says to ask less often, 503 to ask again in a moment, 500 that the server made a mistake.",
				"content":     object{"application/json": object{"schema": object{"$ref": "#/components/schemas/Error"}}},
			}},
		},
	}
}

// answer is the handler of a route as it stands in the source: the wrapper with
// the name of the method of admin.API and the key of the query, or a function.
type answer struct{ wrapper, method, key, function string }

// routeAnswers reads the table of routes from its source: a function value does
// not know what it was made of.
func routeAnswers(t *testing.T) (list []answer) {
	f, err := parser.ParseFile(token.NewFileSet(), "routes.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(f, func(n ast.Node) bool {
		pair, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "answer" {
			return true
		}
		var a answer
		if id, ok := pair.Value.(*ast.Ident); ok {
			a.function = id.Name
		} else {
			a.wrapper = pair.Value.(*ast.CallExpr).Fun.(*ast.Ident).Name
		}
		ast.Inspect(pair.Value, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				a.method = n.Sel.Name
				return false
			case *ast.BasicLit:
				a.key, err = strconv.Unquote(n.Value)
				require.NoError(t, err)
			}
			return true
		})
		list = append(list, a)
		return false
	})
	return list
}

func (g *generator) operation(rt route, a answer) object {
	op := object{"tags": []string{tag(rt.path)}}
	ok := object{"description": "Done."}
	var in, out reflect.Type
	if a.function != "" {
		h, known := plainHandlers[a.function]
		require.True(g.t, known, "%s: describe the handler %s in plainHandlers", rt.path, a.function)
		op["operationId"], op["summary"], out = a.function, h.about, h.out
		if h.media != "" {
			ok["content"] = object{h.media: object{}}
		}
		params := []object{}
		for name, about := range h.query {
			params = append(params, parameter(name, false, about.(string)))
		}
		if len(params) > 0 {
			op["parameters"] = params
		}
	} else {
		in, out = g.method(op, a)
	}
	if rt.open {
		op["security"] = []object{}
	}
	switch rt.body {
	case jsonBody:
		media := object{"schema": g.schema(in)}
		for _, ex := range examples {
			if ex.operation == opKey(rt.method, rt.path) {
				media["example"] = json.RawMessage(ex.body)
			}
		}
		op["requestBody"] = object{"required": true, "content": object{"application/json": media}}
		g.strict(in)
	case blobBody, storeBody:
		op["requestBody"] = object{"required": true, "content": object{"application/octet-stream": object{}}}
	}
	if out != nil {
		ok["content"] = object{"application/json": object{"schema": g.schema(out)}}
	}
	op["responses"] = object{"200": ok, "default": object{"$ref": "#/components/responses/Error"}}
	return op
}

// method describes an operation of admin.API and returns the types of its
// parameter and result.
func (g *generator) method(op object, a answer) (in, out reflect.Type) {
	m, found := reflect.TypeFor[admin.API]().MethodByName(a.method)
	require.True(g.t, found, a.method)
	doc := g.comments.ofMethod(reflect.TypeFor[admin.API](), a.method)
	require.NotEmpty(g.t, doc, a.method)
	op["operationId"], op["summary"] = strings.ToLower(a.method[:1])+a.method[1:], sentence(doc, a.method)
	switch {
	case a.wrapper == "post":
		in = m.Type.In(1)
	case a.key != "":
		op["parameters"] = []object{parameter(a.key, a.wrapper == "named", "")}
	}
	out = reflect.TypeFor[struct{}]()
	if m.Type.NumOut() == 2 {
		out = m.Type.Out(0)
	}
	return in, out
}

func parameter(name string, required bool, about string) object {
	p := object{"name": name, "in": "query", "required": required, "schema": object{"type": "string"}}
	if about != "" {
		p["description"] = about
	}
	return p
}

// tag is the group of a path: the part behind /api/v1/.
func tag(path string) string {
	path = strings.TrimPrefix(path, "/api/v1")
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// schema describes a type. Structs with a name stand among the components.
func (g *generator) schema(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[struct{}]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16:
		return object{"type": "integer"}
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": g.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": g.schema(t.Elem())}
	case reflect.Pointer:
		return g.schema(t.Elem())
	case reflect.Struct:
		return g.component(t)
	}
	require.FailNow(g.t, "no schema", "%s", t)
	return nil
}

func (g *generator) component(t reflect.Type) object {
	require.NotEmpty(g.t, t.Name(), "%s needs a name", t)
	name := t.Name()
	if other := g.types[name]; other != nil && other != t {
		parts := strings.Split(t.PkgPath(), "/")
		name = strings.ToUpper(parts[len(parts)-1][:1]) + parts[len(parts)-1][1:] + name
	}
	ref := object{"$ref": "#/components/schemas/" + name}
	if g.types[name] == t {
		return ref
	}
	require.Nil(g.t, g.types[name], "two types are called %s", name)
	g.types[name] = t
	properties, required := object{}, []string{}
	g.fields(t, properties, &required)
	s := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	if doc := g.comments.of(t, ""); doc != "" {
		s["description"] = sentence(doc, "")
	}
	g.schemas[name] = s
	return ref
}

// fields adds the fields of a struct, those of embedded ones too.
func (g *generator) fields(t reflect.Type, properties object, required *[]string) {
	for f := range fieldsOf(t) {
		if f.Anonymous && f.Tag.Get("json") == "" {
			g.fields(f.Type, properties, required)
			continue
		}
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		require.NotEmpty(g.t, name, "%s.%s has no name in JSON", t, f.Name)
		if name == "-" {
			continue
		}
		p := g.schema(f.Type)
		if doc := g.comments.of(t, f.Name); doc != "" {
			p["description"] = sentence(doc, "")
		}
		properties[name] = p
		if !strings.Contains(rest, "omit") {
			*required = append(*required, name)
		}
	}
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && !yield(f) {
				return
			}
		}
	}
}

// strict lets a type that requests are made of have no other fields.
func (g *generator) strict(t reflect.Type) {
	g.schemas[t.Name()].(object)["additionalProperties"] = false
}

func indented(t *testing.T, doc object) []byte {
	t.Helper()
	text, err := json.MarshalIndent(doc, "", "  ")
	require.NoError(t, err)
	return append(text, '\n')
}

// opKey names an operation.
func opKey(method, path string) string { return fmt.Sprint(strings.ToUpper(method), " ", path) }
