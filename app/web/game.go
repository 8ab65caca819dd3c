package web

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// shardList answers with the one shard, every value as this client needs it. The
// form is the captured one down to the blanks (web-and-client 3.2).
func (s *Service) shardList(x *exchange) {
	host := s.host(x)
	b := make([]byte, 0, 512)
	b = append(b, '[')
	b = append(b, s.Shard.Name...)
	b = append(b, ']')
	b = appendKey(b, "Description", s.Shard.Description)
	b = appendNumber(b, "ShardId", int(s.Shard.ID))
	b = appendKey(b, "LoginServerIP", host)
	b = appendNumber(b, "LoginServerPort", s.Ports.Login)
	b = appendKey(b, "LobbyServerIP", host)
	b = appendNumber(b, "LobbyServerPort", s.Ports.Lobby)
	b = appendKey(b, "MCOTSServerIP", host)
	b = appendNumber(b, "StatusId", 0)
	b = appendKey(b, "Status_Reason", "")
	b = appendKey(b, "ServerGroup_Name", "Group-1")
	b = appendNumber(b, "Population", s.Population())
	b = appendNumber(b, "MaxPersonasPerUser", s.Shard.MaxPersonas)
	b = appendKey(b, "DiagnosticServerHost", host)
	b = appendNumber(b, "DiagnosticServerPort", s.Ports.Web)
	x.w.Header().Set("Cache-Control", "no-store")
	x.send(http.StatusOK, "text/plain", b)
}

// appendKey starts a new line, so that the last one ends without a line feed.
func appendKey(b []byte, key, value string) []byte {
	b = append(b, "\n      "...)
	b = append(b, key...)
	b = append(b, '=')
	return append(b, value...)
}

func appendNumber(b []byte, key string, value int) []byte {
	return strconv.AppendInt(appendKey(b, key, ""), int64(value), 10)
}

// upToDate is the answer of the patch server that has nothing new; what its
// bytes mean is not known (web-and-client 4).
const upToDate = "\xCA\xFE\xBE\xEF\x00\x00\x00\x00\x00\x00\x03"

// maxPatchBody is how much of a patch request is read before it is answered.
const maxPatchBody = 256 << 10

// patch answers the game's three questions for updates. What the game sends with
// them is of no use, but a client that has not sent all of it yet might miss the
// answer.
func (s *Service) patch(x *exchange) {
	_, _ = io.CopyN(io.Discard, x.r.Body, maxPatchBody)
	if s.Config.PatchAnswer == "404" {
		x.text(http.StatusNotFound, "Not found")
		return
	}
	x.send(http.StatusOK, "application/octet-stream", []byte(upToDate))
}

// ticker answers with the line of news, or with nothing.
func (s *Service) ticker(x *exchange) {
	line := s.Config.Ticker
	if s.News != nil {
		line = cmp.Or(s.News(), line)
	}
	if line == "" {
		x.text(http.StatusOK, "")
		return
	}
	x.text(http.StatusOK, "/color="+s.Config.TickerColor+"\n"+line)
}

// partsListID is the only one of the game's URL numbers whose meaning is known
// (web-and-client 5.1).
const partsListID = 58

// gameURL answers what the game finds behind its numbered URLs: the parts list,
// or a short text.
func (s *Service) gameURL(x *exchange) {
	id, err := strconv.ParseUint(x.r.URL.Query().Get("id"), 10, 16)
	switch {
	case err != nil:
		x.text(http.StatusNotFound, "Not found")
	case id == partsListID:
		x.send(http.StatusOK, "text/plain", s.partIDs())
	default:
		x.text(http.StatusOK, "Page "+strconv.FormatUint(id, 10)+" has no content on this server.")
	}
}

// partIDs is the list of all branded part ids, one a line, without a last line
// feed.
func (s *Service) partIDs() []byte {
	ids := s.Catalog().PartIDs()
	b := make([]byte, 0, 8*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, '\n')
		}
		b = strconv.AppendUint(b, uint64(id), 10)
	}
	return b
}

// partRows answers with the parts list of five columns, of one kind of parts or
// of all (web-and-client 5, data-model 6).
func (s *Service) partRows(x *exchange) {
	kind, err := partKind(x.r.URL.Query())
	if err != nil {
		x.text(http.StatusBadRequest, "The part type is not a number")
		return
	}
	rows := s.Catalog().PartRows(kind)
	b := make([]byte, 0, 40*len(rows))
	for _, r := range rows {
		for _, n := range [...]uint32{r.ID, r.Abstract, r.Model, uint32(r.Grade)} {
			b = append(strconv.AppendUint(b, uint64(n), 10), '\t')
		}
		b = append(append(b, r.Name...), '\n')
	}
	x.send(http.StatusOK, "text/plain", b)
}

// partKind reads the wanted kind of part under any of its names, the first that
// has a value wins; 0 stands for all.
func partKind(q url.Values) (uint32, error) {
	for _, name := range [...]string{"apt", "APT", "param1", "Param1", "p1", "P1"} {
		if text := q.Get(name); text != "" {
			kind, err := strconv.ParseUint(text, 10, 32)
			return uint32(kind), err
		}
	}
	return 0, nil
}
