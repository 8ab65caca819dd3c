// Package catalog holds the game's catalog: which parts and cars exist, what a
// stock car is made of, which paint fits and what things cost. It implements
// "data-model 2.1" to "2.11" and "data-model 3".
//
// Tables are the plain rows, in the columns a server needs. Build checks them
// and joins them into a Catalog, which never changes afterwards and may be used
// from any goroutine. Prune repairs tables of doubtful origin first. Encode and
// Decode turn tables into one compact blob and back; Base is the small catalog
// that comes with the server, package tsv and package jet read full ones.
package catalog
