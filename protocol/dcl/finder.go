package dcl

const (
	maxWindow = 4096 // the largest dictionary
	hashSize  = 4096
	maxProbes = 64 // earlier places looked at for one copy: bounds the work on input that repeats itself
)

// finder finds earlier occurrences of the bytes to come. Places whose next two bytes hash alike form a chain, newest first; the
// chain links live in a ring, because places further back than the dictionary are of no use.
type finder struct {
	src    []byte
	window int
	head   [hashSize]int32  // newest place of a chain plus 1; 0 = none
	prev   [maxWindow]int32 // by place modulo maxWindow: the next older place plus 1; 0 = none
}

func newFinder(src []byte, dict Dict) *finder {
	return &finder{src: src, window: dict.Size()}
}

// hash maps the two bytes at a place to a chain. The place must not be the last one.
func (f *finder) hash(at int) int {
	return (int(f.src[at])<<4 ^ int(f.src[at+1])) % hashSize
}

// enter makes a place known to later searches.
func (f *finder) enter(at int) {
	if at+1 >= len(f.src) {
		return
	}
	h := f.hash(at)
	f.prev[at%maxWindow] = f.head[h]
	f.head[h] = int32(at + 1)
}

// find returns the longest copy for a place that has not been entered yet, the nearest one if several are equal, or length 0.
func (f *finder) find(at int) (length, distance int) {
	if at+1 >= len(f.src) {
		return 0, 0
	}
	limit := min(maxCopy, len(f.src)-at)
	place := int(f.head[f.hash(at)]) - 1
	for probe := 0; probe < maxProbes && place >= 0 && at-place <= f.window; probe++ {
		n := f.common(place, at, limit)
		if n > length && worth(n, at-place) {
			length, distance = n, at-place
			if length == limit {
				break
			}
		}
		place = int(f.prev[place%maxWindow]) - 1
	}
	return length, distance
}

// common counts the equal bytes at two places, up to limit.
func (f *finder) common(place, at, limit int) int {
	n := 0
	for n < limit && f.src[place+n] == f.src[at+n] {
		n++
	}
	return n
}

// worth tells whether a copy can be written and pays: a copy of two bytes has an 8-bit distance only.
func worth(length, distance int) bool {
	return length > minCopy || length == minCopy && distance <= 64<<shortBits
}
