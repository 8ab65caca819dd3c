package bot

import (
	"fmt"
	"strconv"
	"strings"
)

// Shard is one section of the shard list (web-and-client 3.2).
type Shard struct {
	Name           string
	Description    string
	ID             uint32
	LoginHost      string // also the host of the persona and mail services
	LoginPort      int
	LobbyHost      string
	LobbyPort      int
	MCOTSHost      string
	Status         int // 0 = usable
	StatusReason   string
	Group          string
	Population     int
	MaxPersonas    int
	DiagnosticHost string
	DiagnosticPort int
}

// shardKey is one key of a section and where its value goes.
type shardKey struct {
	name string
	must bool
	text func(*Shard) *string
	port func(*Shard) *int // a port number
	n    func(*Shard) *int // another number
}

var shardKeys = []shardKey{
	{name: "Description", text: func(s *Shard) *string { return &s.Description }},
	{name: "ShardId", must: true}, // see Shard.set
	{name: "LoginServerIP", must: true, text: func(s *Shard) *string { return &s.LoginHost }},
	{name: "LoginServerPort", must: true, port: func(s *Shard) *int { return &s.LoginPort }},
	{name: "LobbyServerIP", must: true, text: func(s *Shard) *string { return &s.LobbyHost }},
	{name: "LobbyServerPort", must: true, port: func(s *Shard) *int { return &s.LobbyPort }},
	{name: "MCOTSServerIP", must: true, text: func(s *Shard) *string { return &s.MCOTSHost }},
	{name: "StatusId", must: true, n: func(s *Shard) *int { return &s.Status }},
	{name: "Status_Reason", text: func(s *Shard) *string { return &s.StatusReason }},
	{name: "ServerGroup_Name", text: func(s *Shard) *string { return &s.Group }},
	{name: "Population", n: func(s *Shard) *int { return &s.Population }},
	{name: "MaxPersonasPerUser", n: func(s *Shard) *int { return &s.MaxPersonas }},
	{name: "DiagnosticServerHost", text: func(s *Shard) *string { return &s.DiagnosticHost }},
	{name: "DiagnosticServerPort", port: func(s *Shard) *int { return &s.DiagnosticPort }},
}

// ParseShardList reads the body of a ShardList answer (web-and-client 3.2): at least one section, each with what a client needs
// to connect. Blanks around lines and empty lines are skipped, keys that it does not know are ignored. Errors wrap ErrMalformed
// and name the line.
func ParseShardList(body string) ([]Shard, error) {
	var shards []Shard
	var seen map[string]bool
	number := 0
	for line := range strings.Lines(body) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, ok = strings.CutSuffix(name, "]")
			if !ok || name == "" {
				return nil, fmt.Errorf("%w: line %d: section %q", ErrMalformed, number, line)
			}
			if err := complete(shards, seen); err != nil {
				return nil, err
			}
			shards, seen = append(shards, Shard{Name: name}), map[string]bool{}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		switch {
		case !ok:
			return nil, fmt.Errorf("%w: line %d: %q is neither a section nor key=value", ErrMalformed, number, line)
		case len(shards) == 0:
			return nil, fmt.Errorf("%w: line %d: %q stands before the first section", ErrMalformed, number, key)
		case seen[key]:
			return nil, fmt.Errorf("%w: line %d: %q stands twice in its section", ErrMalformed, number, key)
		}
		seen[key] = true
		if err := shards[len(shards)-1].set(key, value); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if len(shards) == 0 {
		return nil, fmt.Errorf("%w: no shard in a list of %d bytes", ErrMalformed, len(body))
	}
	return shards, complete(shards, seen)
}

// complete checks that the last section has everything that a client needs.
func complete(shards []Shard, seen map[string]bool) error {
	if len(shards) == 0 {
		return nil
	}
	for _, k := range shardKeys {
		if k.must && !seen[k.name] {
			return fmt.Errorf("%w: shard %q has no %s", ErrMalformed, shards[len(shards)-1].Name, k.name)
		}
	}
	return nil
}

func (s *Shard) set(key, value string) error {
	if key == "ShardId" {
		n, err := strconv.ParseUint(value, 10, 32)
		s.ID = uint32(n)
		return badValue(err, key, value)
	}
	for _, k := range shardKeys {
		if k.name != key {
			continue
		}
		switch {
		case k.text != nil:
			*k.text(s) = value
			if k.must && value == "" {
				return fmt.Errorf("%w: %s is empty", ErrMalformed, key)
			}
		case k.port != nil:
			n, err := parsePort(value)
			*k.port(s) = n
			return badValue(err, key, value)
		default:
			n, err := strconv.ParseInt(value, 10, 32)
			*k.n(s) = int(n)
			return badValue(err, key, value)
		}
	}
	return nil
}

func badValue(err error, key, value string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s=%q is not such a number", ErrMalformed, key, value)
}
