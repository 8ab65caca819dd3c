package web

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mcos/app/record"
)

// Observer sees all requests with their answers; *record.Recorder does it.
type Observer interface {
	// Watching tells whether somebody wants to see them.
	Watching() bool
	// Exchange is told of a request that has been answered.
	Exchange(record.Exchange)
}

// observed is what is kept of an exchange for the observer, nil when nobody looks.
type observed struct {
	began       time.Time
	contentType string
	body        []byte
	secret      string // a part of the body that is secret
}

// maxSeen is how much of an answer an observer gets to see, in bytes.
const maxSeen = 16 << 10

// shownHeaders are the headers of a request that tell about the client and hold no
// secret.
var shownHeaders = []string{"User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Connection", "Content-Type", "Content-Length"}

// observe begins to keep what an observer sees.
func (s *Service) observe(x *exchange) {
	if s.Observer != nil && s.Observer.Watching() {
		x.seen = &observed{began: time.Now()}
	}
}

// secret marks a part of the answer that no recording may hold.
func (x *exchange) secret(text string) {
	if x.seen != nil {
		x.seen.secret = text
	}
}

// tell hands the exchange to the observer.
func (s *Service) tell(x *exchange) {
	if x.seen == nil {
		return
	}
	port := 80
	if x.secure {
		port = 443
	}
	server := ""
	if a, ok := x.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		server = a.String()
	}
	path := x.r.URL.Path
	if _, ours := routes[path]; !ours {
		path = "an unknown path" // which may be anything, also a password
	}
	s.Observer.Exchange(record.Exchange{
		Client: x.r.RemoteAddr, Server: server, Port: port, Began: x.seen.began,
		Name: x.r.Method[:min(len(x.r.Method), 16)] + " " + path, Request: x.requestText(), Answer: x.answerText(),
	})
}

func (x *exchange) requestText() []record.Piece {
	_, ours := routes[x.r.URL.Path]
	text := []record.Piece{{Text: x.r.Method + " "}, {Text: x.r.URL.Path, Secret: !ours}}
	text = append(text, queryText(x.r.URL.RawQuery)...)
	rest := " " + x.r.Proto + "\r\nHost: " + x.r.Host + "\r\n"
	for _, name := range shownHeaders {
		if value := x.r.Header.Get(name); value != "" {
			rest += name + ": " + value + "\r\n"
		}
	}
	return append(text, record.Piece{Text: rest + "\r\n"})
}

func (x *exchange) answerText() []record.Piece {
	head := x.r.Proto + " " + strconv.Itoa(x.status) + " " + http.StatusText(x.status) +
		"\r\nContent-Type: " + x.seen.contentType + "\r\nContent-Length: " + strconv.Itoa(len(x.seen.body)) + "\r\n\r\n"
	body := string(x.seen.body[:min(len(x.seen.body), maxSeen)])
	if x.seen.secret == "" {
		return []record.Piece{{Text: head + body}}
	}
	before, after, _ := strings.Cut(body, x.seen.secret)
	return []record.Piece{{Text: head + before}, {Text: x.seen.secret, Secret: true}, {Text: after}}
}
