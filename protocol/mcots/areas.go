package mcots

// areas are the ranges of numbers that the original kept for features of which
// no message is known, or only a few. They are loose: messages of other kinds lie
// in them (mcots-2 1.3).
var areas = []struct {
	from, to uint16
	name     string
}{
	{243, 276, "events"},
	{311, 313, "badges"},
	{342, 349, "trade window"},
	{365, 477, "clubs"},
	{478, 494, "classified ads"},
	{1080, 1127, "seasons and leagues"},
}

// Area names the feature that an unknown number probably belongs to, for the log;
// it is empty when the number lies in no known range (mcots-2 1.3).
func Area(number uint16) string {
	for _, a := range areas {
		if number >= a.from && number <= a.to {
			return a.name
		}
	}
	return ""
}
