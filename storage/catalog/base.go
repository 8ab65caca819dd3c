package catalog

import (
	"fmt"
	"strings"
	"sync"

	"mcos/assets"
)

// Base returns the small catalog that comes with the server: a few cars with
// their complete part lists and some parts to buy. It is built once and shared.
func Base() (*Catalog, error) { return base() }

var base = sync.OnceValues(func() (*Catalog, error) {
	t, err := Decode(strings.NewReader(assets.BaseCatalog()))
	if err != nil {
		return nil, fmt.Errorf("base catalog: %w", err)
	}
	c, err := Build(t)
	if err != nil {
		return nil, fmt.Errorf("base catalog: %w", err)
	}
	return c, nil
})
