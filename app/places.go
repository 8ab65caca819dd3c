package app

const (
	// forItself is how many files and sockets the server needs besides its players'
	// connections: listeners, the store, logs and recordings, and the console, which
	// must be reachable when it matters most.
	forItself = 192
	// enough is how many connections are allowed where the system sets no limit: some
	// two thousand players.
	enough = 20000
)

// places is how many connections there may be altogether, and how many of them are kept
// for players who have logged in. wanted is what the operator has configured, 0 for as
// many as possible; files is what the system allows, 0 for any number. cut reports that
// it allows fewer than the operator wants.
func places(wanted, files int) (total, reserve int, cut bool) {
	most := enough
	if files > 0 {
		most = max(files-forItself, files/4, 1)
	}
	total = wanted
	if wanted == 0 {
		total = min(most, enough)
	}
	if files > 0 && total > most {
		total, cut = most, true
	}
	return total, total / 10, cut
}
