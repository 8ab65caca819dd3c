// Package assets holds the files that are part of the program itself.
package assets

import _ "embed"

//go:embed catalog/base.cat
var baseCatalog string

// BaseCatalog returns the base catalog in the blob form of package catalog.
func BaseCatalog() string { return baseCatalog }
