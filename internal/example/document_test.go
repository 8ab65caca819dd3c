package example

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// quote is a block of Go in the document that names the file it comes from.
var quote = regexp.MustCompile("(?s)<!-- from ([a-z_]+\\.go) -->\n```go\n(.*?)```")

// TestTheDocumentQuotesThisCode compares every block of docs/ADDING-HANDLERS.md
// with the file that it names, so that the document cannot say what does not
// compile.
func TestTheDocumentQuotesThisCode(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ADDING-HANDLERS.md"))
	require.NoError(t, err)
	found := quote.FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(found), 5)
	for _, m := range found {
		source, err := os.ReadFile(m[1])
		require.NoError(t, err)
		assert.Contains(t, string(source), m[2], "%s has changed", m[1])
	}
	assert.Equal(t, len(found), strings.Count(string(text), "```go\n"), "every block of Go names its file")
}
