// Package example is the worked example of docs/ADDING-HANDLERS.md: one message from
// its declaration to its tests. The document quotes these files; a test compares.
package example
