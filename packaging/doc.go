// Package packaging is only the place of the tests beside it; build.sh makes the
// packages.
package packaging
