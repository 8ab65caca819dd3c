package bot

import (
	"context"
	"time"

	"mcos/protocol/nps"
)

// Script says what a player does in a session.
type Script struct {
	Account Account
	SignUp  bool // make the account first, through the web form

	// Persona is the name of the persona to play. It is made when the account does not have it. Empty: the account's first
	// persona, or one named after the account.
	Persona string
	Plate   string // license plate of a new persona; empty: "BOT"
	// Starter is the first car of a new persona. Without a BrandedPart it is the first one offered, without a Skin any one
	// that fits (Options.Seed).
	Starter Car
	// SecondCar, if not nil, is bought after the Home screen. Without a Dealer the bot looks for the car at dealers 1 to 8.
	SecondCar *Car

	Room uint32        // channel id of the room to enter; 0 = MCC01
	Idle time.Duration // time in the room
	Chat string        // said once on entering the room; empty: nothing

	// InRoom, if not nil, is called in the room before the idle time. It is where a test or a bot does what is its own.
	InRoom func(ctx context.Context, p *Player) error
	// OnStep, if not nil, is called after each step.
	OnStep func(Step)
	// OnEvent, if not nil, is called for every message that the server sends on its own, from the goroutine of its connection.
	OnEvent func(Event)
}

// Player is somebody in the middle of a session, with all connections that the client keeps open.
type Player struct {
	Client       *Client
	Lobby        *LobbyConn
	Transactions *Transactions
	Home         *Home
	Room         *Room
}

// Step is one finished step of a session.
type Step struct {
	Number int           `json:"number"`
	Name   string        `json:"name"`
	Detail string        `json:"detail,omitempty"`
	Took   time.Duration `json:"took"` // nanoseconds
	Err    error         `json:"-"`
	Error  string        `json:"error,omitempty"` // the text of Err
}

// Summary is what a session came to.
type Summary struct {
	Account   string `json:"account"`
	Seed      uint64 `json:"seed"` // what the random choices came from, see Options
	Customer  uint32 `json:"customer,omitempty"`
	Shard     string `json:"shard,omitempty"`
	Persona   string `json:"persona,omitempty"`
	PersonaID uint32 `json:"persona_id,omitempty"`
	Created   bool   `json:"created"` // the persona was made in this session
	Balance   uint32 `json:"balance"`
	Level     uint32 `json:"level"`
	Points    uint32 `json:"points"`

	Cars       []CarSummary `json:"cars"`
	LooseParts int          `json:"loose_parts"`
	Lobbies    int          `json:"lobbies"`
	Channels   int          `json:"channels"`
	Buddies    int          `json:"buddies"`
	Mails      int          `json:"mails"`

	Room    string         `json:"room,omitempty"`
	Present []string       `json:"present"` // who was in the room on arrival
	Seen    []Sighting     `json:"seen"`    // who came and went
	Events  map[string]int `json:"events"`  // messages that the server sent on its own, by name
	Steps   []Step         `json:"steps"`
}

// CarSummary is one of the persona's cars.
type CarSummary struct {
	Vehicle     uint32 `json:"vehicle"`
	BrandedPart uint32 `json:"branded_part"`
	Skin        uint32 `json:"skin"`
	Parts       int    `json:"parts"`
}

// Sighting is somebody who came, left or said something while the bot was there.
type Sighting struct {
	User uint32 `json:"user"`
	Name string `json:"name,omitempty"`
	What string `json:"what"` // joined, left or said
}

// The plate of a persona that the bot makes: New York (mcots-1 6.2).
const (
	newPlate     = "BOT"
	newPlateCode = 32 << 8
)

// maxPersonaName is the longest name of a persona in characters (nps-login-persona 4.13).
const maxPersonaName = 10

// personaName is the name of a persona made for an account that asks for none.
func (s *Script) personaName() string {
	if s.Persona != "" {
		return s.Persona
	}
	return s.Account.Name[:min(len(s.Account.Name), maxPersonaName)]
}

// pick finds the persona to play in a list; nil: it must be made.
func (s *Script) pick(list *nps.PersonaListBody) *nps.PersonaRecord {
	for i, p := range list.Personas {
		if s.Persona == "" || p.Name == s.Persona {
			return &list.Personas[i]
		}
	}
	return nil
}
