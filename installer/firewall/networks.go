package firewall

// Network is a network that this computer is connected to.
type Network struct {
	// Name is the one that Windows shows, such as "Network 2".
	Name string `json:"name"`
	// Public tells that Windows takes the other computers there for strangers: only
	// openings for public networks count, and MCOS makes none.
	Public bool `json:"public"`
}

// State is what keeps players out, or does not.
type State struct {
	// Rules tells whether all openings of MCOS are there.
	Rules bool `json:"rules"`
	// Networks are those that this computer is connected to.
	Networks []Network `json:"networks"`
}

// Public are the names of the public networks.
func (s State) Public() []string {
	var names []string
	for _, n := range s.Networks {
		if n.Public {
			names = append(names, n.Name)
		}
	}
	return names
}
