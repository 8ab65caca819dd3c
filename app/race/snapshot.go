package race

import (
	"cmp"
	"maps"
	"slices"
)

// Info is one race of the moment that is not closed.
type Info struct {
	Number  uint32
	Record  uint32 // history id: that of the running heat, or of the one to come
	Host    uint32
	Lobby   uint32
	Type    uint32
	State   string // open, running, or over: the results are out and it may be run again
	Fee     int64
	Purse   int64
	Members []uint32 // personas with a place, in the order of their ids
}

var stateNames = map[state]string{open: "open", racing: "running", resolved: "over"}

// Snapshot lists the races of the moment in the order of their numbers.
func (s *Service) Snapshot() []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Info{}
	for _, r := range s.races {
		if r.state == closed {
			continue
		}
		info := Info{
			Number: r.id, Record: r.history, Host: r.host, Lobby: r.lobby.ID, Type: uint32(r.lobby.Type),
			State: stateNames[r.state], Fee: r.entry.Fee, Purse: r.promise.Purse,
		}
		if r.heat != nil {
			info.Record = r.heat.record
		}
		for _, persona := range slices.Sorted(maps.Keys(r.members)) {
			if !r.members[persona].left {
				info.Members = append(info.Members, persona)
			}
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.Number, b.Number) })
	return list
}
