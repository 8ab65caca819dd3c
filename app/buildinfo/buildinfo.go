// Package buildinfo holds what the build says about itself.
package buildinfo

// Version is the version of the programs: the last tag and the distance from it.
// The build sets it with the linker; "dev" is a build without that.
var Version = "dev"
