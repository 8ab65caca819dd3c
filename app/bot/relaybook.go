package bot

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxRelayProblems bounds what is told of one race; the rest is counted only.
const maxRelayProblems = 20

// relayBook holds everything that the bots of one race send to each other and get. Because all of them run in this process, each
// delivery can be checked exactly: the right bytes, once, in the sender's order, and nobody else's.
type relayBook struct {
	race uint16 // in every stamp
	now  func() time.Time

	mu       sync.Mutex
	members  map[uint32]bool // user ids, once the race port was entered
	unsure   map[uint32]bool // whose connection broke: what they missed, or nobody got of theirs, counts neither way
	sent     map[uint32][]sentRelay
	got      map[uint32]map[uint32]*gotRelays // by receiver and sender
	foreign  int
	altered  int
	problems []string
	delays   []time.Duration
	changed  chan struct{} // closed and replaced at every delivery
}

// sentRelay is one piece of data on its way; its number is its place in the sender's list.
type sentRelay struct {
	opcode uint16
	to     map[uint32]bool // nil: everybody else
	blob   []byte
	at     time.Time
}

func (s sentRelay) addressed(user uint32) bool { return s.to == nil || s.to[user] }

// gotRelays is what one receiver has of one sender.
type gotRelays struct {
	last  int64          // highest number so far, -1 at first
	seen  map[uint32]int // deliveries by number
	count int            // distinct numbers
	late  int            // numbers lower than one before them
}

func newRelayBook(race uint32, now func() time.Time) *relayBook {
	return &relayBook{
		race: uint16(race), now: now, members: map[uint32]bool{}, unsure: map[uint32]bool{},
		sent: map[uint32][]sentRelay{}, got: map[uint32]map[uint32]*gotRelays{}, changed: make(chan struct{}),
	}
}

// join makes a user one of those who may send and receive.
func (b *relayBook) join(user uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members[user] = true
}

// lose notes that a user's connection broke or is being left before the others have everything.
func (b *relayBook) lose(user uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsure[user] = true
	b.wake()
}

func (b *relayBook) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// send enters what a user is about to send and returns the blob with its stamp; build gets the stamp.
func (b *relayBook) send(user uint32, opcode uint16, to []uint32, build func(stamp) []byte) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := sentRelay{opcode: opcode, at: b.now()}
	if to != nil {
		s.to = map[uint32]bool{}
		for _, u := range to {
			s.to[u] = true
		}
	}
	s.blob = build(stamp{uint32(len(b.sent[user])), b.race})
	b.sent[user] = append(b.sent[user], s)
	return s.blob
}

// receive checks what has reached a user.
func (b *relayBook) receive(user uint32, opcode uint16, sender uint32, blob []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.wake()
	mark, ok := readStamp(blob)
	switch {
	case !b.members[sender]:
		b.alien("user %d got data of user %d, who is not in the race", user, sender)
		return
	case !ok:
		b.wrong("user %d got %d bytes of user %d without a stamp", user, len(blob), sender)
		return
	case mark.race != b.race:
		b.alien("user %d got data of user %d from race %d", user, sender, mark.race)
		return
	case int(mark.number) >= len(b.sent[sender]):
		b.wrong("user %d got number %d of user %d, who has sent %d", user, mark.number, sender, len(b.sent[sender]))
		return
	}
	s := b.sent[sender][mark.number]
	if sender == user || !s.addressed(user) {
		b.alien("user %d got number %d of user %d, which was not for him", user, mark.number, sender)
		return
	}
	if s.opcode != opcode || !bytes.Equal(s.blob, blob) {
		b.wrong("number %d of user %d was changed on its way to user %d", mark.number, sender, user)
		return
	}
	g := b.of(user, sender)
	g.seen[mark.number]++
	if g.seen[mark.number] > 1 {
		b.tell("user %d got number %d of user %d %d times", user, mark.number, sender, g.seen[mark.number])
		return
	}
	g.count++
	b.delays = append(b.delays, b.now().Sub(s.at))
	if int64(mark.number) < g.last {
		g.late++
		b.tell("user %d got number %d of user %d after number %d", user, mark.number, sender, g.last)
	}
	g.last = max(g.last, int64(mark.number))
}

func (b *relayBook) of(user, sender uint32) *gotRelays {
	if b.got[user] == nil {
		b.got[user] = map[uint32]*gotRelays{}
	}
	if b.got[user][sender] == nil {
		b.got[user][sender] = &gotRelays{last: -1, seen: map[uint32]int{}}
	}
	return b.got[user][sender]
}

func (b *relayBook) alien(format string, args ...any) {
	b.foreign++
	b.tell(format, args...)
}

func (b *relayBook) wrong(format string, args ...any) {
	b.altered++
	b.tell(format, args...)
}

func (b *relayBook) tell(format string, args ...any) {
	if len(b.problems) < maxRelayProblems {
		b.problems = append(b.problems, fmt.Sprintf(format, args...))
	}
}

// due is what a user is to have got so far and has not. It also returns the channel that is closed when that changes.
func (b *relayBook) due(user uint32) (int, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for sender := range b.members {
		n += len(b.lacking(user, sender))
	}
	return n, b.changed
}

// lacking lists the numbers of a sender that the user should have and has not.
func (b *relayBook) lacking(user, sender uint32) []uint32 {
	if sender == user || b.unsure[user] || b.unsure[sender] {
		return nil
	}
	var list []uint32
	g := b.of(user, sender)
	for n, s := range b.sent[sender] {
		if s.addressed(user) && g.seen[uint32(n)] == 0 {
			list = append(list, uint32(n))
		}
	}
	return list
}

// RelayTotals count what the members of races sent to each other.
type RelayTotals struct {
	Expected   int `json:"relay_expected"`  // deliveries due
	Delivered  int `json:"relay_delivered"` // of those
	Missing    int `json:"relay_missing"`
	Duplicates int `json:"duplicates"`
	OutOfOrder int `json:"out_of_order"`
	Foreign    int `json:"foreign"` // of other races, or for somebody else
	Altered    int `json:"altered"`
	// Unsure counts what was sent to or by somebody whose connection broke, of which nobody can say whether it was due. It
	// is checked for order and doubles nevertheless.
	Unsure int `json:"relay_unsure"`
}

func (t *RelayTotals) add(o RelayTotals) {
	t.Expected += o.Expected
	t.Delivered += o.Delivered
	t.Missing += o.Missing
	t.Duplicates += o.Duplicates
	t.OutOfOrder += o.OutOfOrder
	t.Foreign += o.Foreign
	t.Altered += o.Altered
	t.Unsure += o.Unsure
}

// Faultless reports whether everything arrived as it should.
func (t RelayTotals) Faultless() bool {
	return t.Missing == 0 && t.Duplicates == 0 && t.OutOfOrder == 0 && t.Foreign == 0 && t.Altered == 0
}

// close counts everything. What is told of a missing piece names its number.
func (b *relayBook) close() (RelayTotals, []string, []time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := RelayTotals{Foreign: b.foreign, Altered: b.altered}
	users := make([]uint32, 0, len(b.members))
	for u := range b.members {
		users = append(users, u)
	}
	slices.Sort(users)
	for _, user := range users {
		for _, sender := range users {
			if sender != user {
				b.count(&t, user, sender)
			}
		}
	}
	return t, b.problems, b.delays
}

func (b *relayBook) count(t *RelayTotals, user, sender uint32) {
	g := b.of(user, sender)
	t.OutOfOrder += g.late
	for _, n := range g.seen {
		t.Duplicates += n - 1
	}
	due := 0
	for _, s := range b.sent[sender] {
		if s.addressed(user) {
			due++
		}
	}
	if b.unsure[user] || b.unsure[sender] {
		t.Unsure += due
		return
	}
	t.Expected += due
	t.Delivered += g.count
	if missing := b.lacking(user, sender); len(missing) > 0 {
		t.Missing += len(missing)
		b.tell("user %d lacks %d of %d from user %d, first number %d", user, len(missing), due, sender, missing[0])
	}
}

// percentile is the smallest delay that p percent do not exceed; 0 without any.
func percentile(delays []time.Duration, p int) time.Duration {
	if len(delays) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(delays), cmp.Compare)
	return sorted[(len(sorted)*p+99)/100-1]
}
