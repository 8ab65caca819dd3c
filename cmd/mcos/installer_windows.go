package main

import "github.com/spf13/cobra"

// ofThisSystem are the steps of the installers for this system alone: the tray does
// what belongs to one user.
func (p *program) ofThisSystem() []*cobra.Command { return nil }
