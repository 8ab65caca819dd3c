// Package jet reads the game's own database, Data/DB/Online.mdb, an Access 97
// file (Jet 3): Import turns it into the tables of package catalog. Database,
// Table and Rows are a small general reader below it that reads rows in file
// order and uses no index.
//
// A database file is not trusted. Every pointer in it is checked, every chain is
// bounded, and the number of pages that may be read grows with the size of the
// file only, so that a broken or hostile file ends in an error. It implements
// "data-model 10".
package jet
