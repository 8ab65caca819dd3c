package app

// openFiles is how many files and sockets the system lets this program have open, 0 for
// any number: Windows sets no limit that a server would meet.
func openFiles() int { return 0 }
