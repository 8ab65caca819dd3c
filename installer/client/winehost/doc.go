// Package winehost is a Wine prefix, seen from Linux without starting Wine: the
// patcher edits its registry files and its disk while no program of the prefix runs.
package winehost
