package pages

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long things live. LinkLife is how long a login link waits to be used.
const (
	LinkLife    = 5 * time.Minute
	sessionIdle = 12 * time.Hour     // without a request
	sessionLife = 7 * 24 * time.Hour // in all
)

// Most sessions and links at a time; the oldest give way.
const (
	maxSessions = 64
	maxLinks    = 16
	maxFlashes  = 8
)

// flash is a sentence for the next page.
type flash struct {
	Bad  bool
	Text string
}

// session is one browser that is logged in. word and csrf are fixed; everything else
// belongs to sessions.
type session struct {
	word       string // of its folder, see sessionPrefix
	csrf       string // the word that its forms carry
	id         [sha256.Size]byte
	made, seen time.Time
	flashes    []flash
}

// sessions remember who is logged in. They hold only hashes of what browsers
// show, so that nothing in a copy of the memory lets anybody in.
type sessions struct {
	now    func() time.Time
	random io.Reader

	mu    sync.Mutex
	byID  map[[sha256.Size]byte]*session
	links map[[sha256.Size]byte]time.Time // when they end
}

func newSessions(now func() time.Time, random io.Reader) *sessions {
	return &sessions{now: now, random: random, byID: map[[sha256.Size]byte]*session{}, links: map[[sha256.Size]byte]time.Time{}}
}

// secret makes a word that nobody can guess.
func (s *sessions) secret() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// begin makes a session and returns it with what its browser has to show.
func (s *sessions) begin() (string, *session, error) {
	shown, err := s.secret()
	if err != nil {
		return "", nil, err
	}
	csrf, err := s.secret()
	if err != nil {
		return "", nil, err
	}
	word, err := s.secret()
	if err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	for len(s.byID) >= maxSessions {
		oldest := (*session)(nil)
		for _, other := range s.byID {
			if oldest == nil || other.seen.Before(oldest.seen) {
				oldest = other
			}
		}
		delete(s.byID, oldest.id)
	}
	now := s.now()
	id := sha256.Sum256([]byte(shown))
	x := &session{word: word, csrf: csrf, id: id, made: now, seen: now}
	s.byID[id] = x
	return shown, x, nil
}

// sweep forgets what has ended.
func (s *sessions) sweep() {
	now := s.now()
	for id, x := range s.byID {
		if x.ended(now) {
			delete(s.byID, id)
		}
	}
	for id, until := range s.links {
		if now.After(until) {
			delete(s.links, id)
		}
	}
}

func (x *session) ended(now time.Time) bool {
	return now.Sub(x.seen) > sessionIdle || now.Sub(x.made) > sessionLife
}

// find returns the session of what a browser shows in the folder of a word, or nil.
func (s *sessions) find(shown, word string) *session {
	if shown == "" || word == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.byID[sha256.Sum256([]byte(shown))]
	if x == nil || x.ended(s.now()) || subtle.ConstantTimeCompare([]byte(x.word), []byte(word)) != 1 {
		return nil
	}
	x.seen = s.now()
	return x
}

// lives tells whether a session still holds, without keeping it alive.
func (s *sessions) lives(x *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[x.id] == x && !x.ended(s.now())
}

// end forgets a session.
func (s *sessions) end(x *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, x.id)
}

// say keeps a sentence for the session's next page.
func (s *sessions) say(x *session, f flash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(x.flashes) < maxFlashes {
		x.flashes = append(x.flashes, f)
	}
}

// hear returns the sentences that wait, once.
func (s *sessions) hear(x *session) []flash {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(x.flashes)
	x.flashes = nil
	return list
}

// link makes a code that lets one browser in.
func (s *sessions) link() (string, error) {
	code, err := s.secret()
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	for len(s.links) >= maxLinks {
		var oldest [sha256.Size]byte
		var ends time.Time
		for id, until := range s.links {
			if ends.IsZero() || until.Before(ends) {
				oldest, ends = id, until
			}
		}
		delete(s.links, oldest)
	}
	s.links[sha256.Sum256([]byte(code))] = s.now().Add(LinkLife)
	return code, nil
}

// use tells whether a code lets somebody in, and lets nobody else in with it.
func (s *sessions) use(code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sha256.Sum256([]byte(code))
	until, ok := s.links[id]
	delete(s.links, id)
	return ok && !s.now().After(until)
}

// cookie is what the browser shows.
func (v *visit) cookie() string {
	c, err := v.r.Cookie(v.p.Cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie gives the browser what it has to show in the folder of its session;
// nothing takes it back.
func (v *visit) setCookie(x *session, value string) {
	c := &http.Cookie{
		Name: v.p.Cookie, Value: value, Path: x.folder() + "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: v.r.TLS != nil, MaxAge: int(sessionLife / time.Second),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}
