package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"

	"mcos/assets"
)

// TestOpenAPIDocument keeps the embedded description the same as the code. With
// MCOS_UPDATE=1 (make docs) it writes it.
func TestOpenAPIDocument(t *testing.T) {
	want := indented(t, document(t))
	if os.Getenv("MCOS_UPDATE") != "" {
		require.NoError(t, os.WriteFile("openapi.json", want, 0o644))
	}
	got, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got), "openapi.json is not up to date; run: make docs")
}

// example is one request that an operation must accept.
type example struct{ query, body string }

// examples has one for each operation, in the order in which they can be made.
var examples = []struct {
	operation string
	example
}{
	{"GET /healthz", example{query: "challenge=x"}},
	{"GET /readyz", example{}},
	{"POST /api/v1/console/link", example{}},
	{"GET /metrics", example{}},
	{"GET /api/v1/status", example{}},
	{"GET /api/v1/openapi.json", example{}},
	{"POST /api/v1/accounts", example{body: `{"name":"alice","password":"OUTATIM3","id":77}`}},
	{"GET /api/v1/accounts", example{}},
	{"POST /api/v1/accounts/password", example{body: `{"name":"alice","password":"88mph"}`}},
	{"POST /api/v1/accounts/ban", example{body: `{"name":"alice","reason":"see you in June"}`}},
	{"DELETE /api/v1/accounts/ban", example{query: "name=alice"}},
	{"POST /api/v1/personas", example{body: `{"account":"alice","name":"Speedy","car":104}`}},
	{"GET /api/v1/personas", example{query: "account=alice"}},
	{"GET /api/v1/personas/show", example{query: "name=Speedy"}},
	{"POST /api/v1/personas/grant", example{body: `{"name":"Speedy","cash":500,"note":"first prize"}`}},
	{"POST /api/v1/personas/rename", example{body: `{"name":"Speedy","to":"Quick"}`}},
	{"POST /api/v1/personas/restore", example{body: `{"id":4712,"as":"Back"}`}},
	{"GET /api/v1/personas/deleted", example{}},
	{"POST /api/v1/personas/mute", example{body: `{"name":"Quick"}`}},
	{"DELETE /api/v1/personas/mute", example{query: "name=Quick"}},
	{"POST /api/v1/kick", example{body: `{"persona":"Quick"}`}},
	{"POST /api/v1/bans", example{body: `{"network":"203.0.113.0/24","reason":"floods the lobby"}`}},
	{"GET /api/v1/bans", example{}},
	{"DELETE /api/v1/bans", example{query: "network=203.0.113.0/24"}},
	{"POST /api/v1/invites", example{body: `{"note":"for Doc","uses":1,"days":7}`}},
	{"GET /api/v1/invites", example{}},
	{"DELETE /api/v1/invites", example{query: "code=CODE"}},
	{"POST /api/v1/message", example{body: `{"text":"Drag races on Saturday"}`}},
	{"GET /api/v1/message", example{}},
	{"POST /api/v1/broadcast", example{body: `{"text":"Restart at ten","minutes":30}`}},
	{"GET /api/v1/overview", example{}},
	{"GET /api/v1/disk", example{}},
	{"GET /api/v1/economy", example{}},
	{"GET /api/v1/connections", example{}},
	{"GET /api/v1/counters", example{}},
	{"GET /api/v1/rooms", example{}},
	{"GET /api/v1/races", example{}},
	{"GET /api/v1/logins", example{}},
	{"POST /api/v1/recordings", example{body: `{"persona":"Quick","port":7003}`}},
	{"GET /api/v1/recordings", example{}},
	{"POST /api/v1/recordings/stop", example{body: `{}`}},
	{"GET /api/v1/recordings/file", example{query: "id=ID"}},
	{"DELETE /api/v1/recordings", example{query: "id=ID"}},
	{"POST /api/v1/keys/import", example{body: `{"pem":"PEM"}`}},
	{"POST /api/v1/keys/rotate", example{body: `{"login":false,"certificate":true}`}},
	{"GET /api/v1/keys", example{}},
	{"PUT /api/v1/catalog", example{body: assets.BaseCatalog()}},
	{"GET /api/v1/catalog", example{}},
	{"GET /api/v1/backup", example{}},
	{"POST /api/v1/backups", example{}},
	{"GET /api/v1/backups", example{}},
	{"POST /api/v1/backups/restore", example{body: `{"name":"mcos-manual-20260501T120000Z.db"}`}},
	{"PUT /api/v1/restore", example{body: "BACKUP"}},
	{"GET /api/v1/restore", example{}},
	{"DELETE /api/v1/restore", example{}},
	{"GET /api/v1/check", example{}},
	{"GET /api/v1/doctor", example{}},
	{"DELETE /api/v1/accounts", example{query: "name=alice"}},
	{"POST /api/v1/stop", example{}},
}

// TestOpenAPIAgreesWithTheHandlers makes the request of every example and holds it
// and its answer against the embedded document.
func TestOpenAPIAgreesWithTheHandlers(t *testing.T) {
	stopped := 0
	f := newFixture(t, func(o *Options) { o.Stop = func() { stopped++ } })
	f.local.Server, f.local.Online = &fakeServer{}, func(uint32) bool { return true }
	f.local.Recorder = newRecorder(t, f)
	s := newSchemas(t)
	described := s.operations()
	for _, ex := range examples {
		method, path, _ := strings.Cut(ex.operation, " ")
		op := described[ex.operation]
		require.NotNil(t, op, "%s is not in the document", ex.operation)
		delete(described, ex.operation)
		body, query := strings.ReplaceAll(ex.body, "PEM", loginKey(t)), ex.query
		if body == "BACKUP" {
			body = string(f.state())
		}
		if strings.HasSuffix(path, "/personas/restore") {
			deleteDriver(t, f)
		}
		switch query {
		case "code=CODE":
			query = "code=" + firstCode(t, f)
		case "id=ID":
			query = "id=" + firstRecording(t, f)
		}
		s.required(op, query)
		contentType := ""
		if content := mediaOf(op["requestBody"]); content != "" {
			contentType = content
			if content == "application/json" {
				s.validate(ex.operation, []string{"requestBody", "content", content, "schema"}, body)
			}
		}
		status, text, header := f.do(request{method: method, path: path + "?" + query, body: body, contentType: contentType, token: f.c.token})
		require.Equal(t, http.StatusOK, status, "%s: %s", ex.operation, text)
		media := mediaOf(op["responses"].(object)["200"])
		require.Equal(t, media, header.Get("Content-Type"), ex.operation)
		if media == "application/json" && hasSchema(op) {
			s.validate(ex.operation, []string{"responses", "200", "content", media, "schema"}, text)
		}
		// Without the token it is refused, in the described form.
		f.isRefused(s, ex.operation, request{method: method, path: path, contentType: contentType, host: "evil.example"})
	}
	assert.Empty(t, described, "operations without an example")
	assert.Equal(t, 1, stopped, "only whom was let in")
}

// TestEveryRouteIsDescribed compares the table with the embedded document.
func TestEveryRouteIsDescribed(t *testing.T) {
	described := newSchemas(t).operations()
	for _, rt := range routes {
		op := described[opKey(rt.method, rt.path)]
		require.NotNil(t, op, "%s %s is not described", rt.method, rt.path)
		delete(described, opKey(rt.method, rt.path))
		_, open := op["security"]
		assert.Equal(t, rt.open, open, rt.path)
		assert.Equal(t, contentTypes[rt.body], mediaOf(op["requestBody"]), rt.path)
		assert.NotEmpty(t, op["summary"], rt.path)
	}
	assert.Empty(t, described, "these are described and do not exist")
}

// isRefused makes a request that must be refused.
func (f *fixture) isRefused(s *schemas, what string, r request) {
	f.t.Helper()
	status, text, _ := f.do(r)
	assert.GreaterOrEqual(f.t, status, 400, what)
	s.check("#/components/schemas/Error", what, text)
}

// schemas validates against the embedded document.
type schemas struct {
	t        *testing.T
	doc      object
	compiler *jsonschema.Compiler
}

func newSchemas(t *testing.T) *schemas {
	var doc object
	require.NoError(t, json.Unmarshal(openAPI, &doc))
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("mem:openapi.json", raw))
	return &schemas{t, doc, c}
}

func (s *schemas) operations() map[string]object {
	all := map[string]object{}
	for path, methods := range s.doc["paths"].(object) {
		for method, op := range methods.(object) {
			all[opKey(method, path)] = op.(object)
		}
	}
	return all
}

// required checks that an example has the parameters that are needed and no others.
func (s *schemas) required(op object, query string) {
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		if p.(object)["required"] == true {
			assert.Contains(s.t, query, p.(object)["name"].(string)+"=")
		}
	}
	if query != "" {
		assert.NotEmpty(s.t, params, query)
	}
}

// validate checks a text against the schema at a place within an operation.
func (s *schemas) validate(operation string, place []string, text string) {
	s.t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	pointer := "#"
	for _, step := range append([]string{"paths", path, strings.ToLower(method)}, place...) {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
	}
	s.check(pointer, operation, text)
}

func (s *schemas) check(pointer, what, text string) {
	s.t.Helper()
	schema, err := s.compiler.Compile("mem:openapi.json" + pointer)
	require.NoError(s.t, err, what)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(s.t, err, what)
	assert.NoError(s.t, schema.Validate(value), "%s: %s", what, text)
}

// hasSchema reports whether the answer of an operation has a form that is described.
func hasSchema(op object) bool {
	content, _ := op["responses"].(object)["200"].(object)["content"].(object)
	for _, media := range content {
		return media.(object)["schema"] != nil
	}
	return false
}

// mediaOf is the one media type of a body, "" for none.
func mediaOf(body any) string {
	b, _ := body.(object)
	content, _ := b["content"].(object)
	for media := range content {
		return media
	}
	return ""
}

// deleteDriver makes the deleted driver that the example brings back.
func deleteDriver(t *testing.T, f *fixture) {
	t.Helper()
	require.NoError(t, f.local.Store.Update(func(tx storage.Tx) error {
		owner, err := tx.PersonaByName("Quick")
		if err != nil {
			return err
		}
		p, err := f.local.Rules.CreatePersona(tx, owner.Account, "Gone", 44, 4712)
		if err != nil {
			return err
		}
		return f.local.Rules.DeletePersona(tx, p.Account, p.ID)
	}))
}
