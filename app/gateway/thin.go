package gateway

// thinning is what the queue of a slow receiver remembers while it is thinned out;
// the maps are kept for the next time.
type thinning struct {
	spans map[key]span
	bytes map[uint32]int // of what may be left out, by who has caused it
}

// span is where the first and the last message with one key are, and what the first
// one says about whether the receiver knows the key already.
type span struct {
	first, last         int
	firstEdge, lastEdge int8
}

// thin makes a queue shorter whose receiver is behind. First the messages go that
// newer ones have made worthless; when too much is left of what may be left out, every
// player who has caused it loses the oldest of his until all have equal shares, so that
// one who sends much takes nothing from the others.
func (q *queue) thin() {
	q.merge()
	if q.loose > roomForOthers {
		q.share()
	}
	q.look = max(crowded, 2*len(q.items)) // so that it costs little for each message
}

// merge keeps of all messages with one key the last one. A coming and a going with
// nothing before them cancel each other out; a going and a coming again do not,
// because the receiver has seen the one who went.
func (q *queue) merge() {
	if q.thinning.spans == nil {
		q.thinning.spans = map[key]span{}
	}
	spans := q.thinning.spans
	defer clear(spans)
	for i := range q.items {
		m := &q.items[i].mark
		if m.class == own || m.class == passing || m.key == (key{}) {
			continue
		}
		s, known := spans[m.key]
		if !known {
			s = span{first: i, firstEdge: m.edge}
		}
		s.last, s.lastEdge = i, m.edge
		spans[m.key] = s
	}
	q.keep(func(i int, o *outgoing) bool {
		s, merged := spans[o.mark.key]
		switch {
		case o.mark.class == own || o.mark.class == passing || !merged:
			return true
		case s.firstEdge > 0 && s.lastEdge < 0:
			return false
		case s.firstEdge < 0 && s.lastEdge > 0 && i == s.first:
			return true
		}
		return i == s.last
	})
}

// share leaves out the oldest messages of those who have caused most.
func (q *queue) share() {
	if q.thinning.bytes == nil {
		q.thinning.bytes = map[uint32]int{}
	}
	of := q.thinning.bytes
	defer clear(of)
	for i := range q.items {
		if o := &q.items[i]; o.mark.loose() {
			of[o.mark.from] += o.size()
		}
	}
	most := fair(of, roomForOthers/2)
	q.keep(func(_ int, o *outgoing) bool {
		if !o.mark.loose() || of[o.mark.from] <= most {
			return true
		}
		of[o.mark.from] -= o.size()
		return false
	})
}

// fair is the most that each may have so that all together have no more than total:
// those who have less than their share leave the rest of it to the others.
func fair(of map[uint32]int, total int) int {
	most := total / max(1, len(of))
	for range len(of) {
		small, many := 0, 0
		for _, n := range of {
			if n <= most {
				small += n
			} else {
				many++
			}
		}
		if many == 0 {
			break
		}
		more := (total - small) / many
		if more <= most {
			break
		}
		most = more
	}
	return most
}

// keep drops all items but those that fn wants, in their order.
func (q *queue) keep(fn func(i int, o *outgoing) bool) {
	kept := q.items[:0]
	for i := range q.items {
		o := &q.items[i]
		if fn(i, o) {
			kept = append(kept, *o)
			continue
		}
		q.count(o, -1)
		q.left++
		o.release()
	}
	clear(q.items[len(kept):])
	q.items = kept
}
