package console

import (
	_ "embed"
	"net/http"
)

// openAPI describes the interface for programs, in OpenAPI 3.1. It is generated
// from the table of routes and the Go types (make docs); a test holds it against
// the handlers.
//
//go:embed openapi.json
var openAPI []byte

// description hands out the description of the interface.
func description(x *exchange) (any, error) {
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(openAPI)
	return streamed{}, nil
}
