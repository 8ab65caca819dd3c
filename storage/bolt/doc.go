// Package bolt keeps a storage.Store in one bbolt file.
//
// The guarantee is that of package storage, down to the disk: Update returns nil
// only after two syncs, one for the data and one for the page that makes it
// valid, so a crash, a kill or a power cut at any instruction leaves the state
// before or the state after. One process has the file at a time.
//
// # File
//
// Every kind of record has a bucket: a u32 id, big-endian, leads to one version
// byte and the record as JSON (ledger entries: persona id and u64 entry id, so
// that the entries of a persona lie together). Further buckets are indexes: a
// folded name, or an owner's id and the record's id, lead to the record's id.
// What a record adds to which index is said once, in kinds.go, and both the
// writing and the checking of indexes follow it.
//
// A record of an older version is upgraded when it is read. The layout of the
// file as a whole has a number too, the schema; Open brings an older file
// forward after making a copy of it, and refuses a newer one.
//
// # Caveats
//
// An Update inside a View or an Update of the same goroutine waits for itself,
// and so does a Close. A View that lasts keeps old pages alive, and an Update
// that makes the file outgrow its mapping waits for it; so a View should read
// what it needs and return. Records must not be changed in the file by hand:
// bbolt has no checksum over data pages. Open therefore checks the structure of
// the whole file before it trusts it.
package bolt
