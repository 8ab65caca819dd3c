package doctor

import "context"

// fairPlay looks whether money is to be had for nothing.
func (e *examination) fairPlay(context.Context) {
	const what = "Fair play"
	if e.Unchecked {
		e.add(Problem, what, "Impossible race results are paid (race.check_results is off): any player can make millions in minutes.",
			"Turn race.check_results on. Off is only for servers on which something is tried out.")
		return
	}
	e.add(OK, what, "Race results are checked against the server's clock.", "")
}
