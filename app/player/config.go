package player

import (
	"fmt"
	"time"

	"mcos/protocol/mcots"
)

// Config is the `player` section of the configuration: what a driver gets to see
// right after login, and the forms of those messages where the reference leaves a
// choice.
type Config struct {
	LoginCompleteForm  int      `yaml:"login_complete_form" help:"Size of the message that ends the login." values:"173|72" unit:"bytes" ref:"mcots-1 3.3"`
	ShutdownNotice     bool     `yaml:"shutdown_notice" help:"Tell the game of a player who logs in how many seconds are left until a shutdown that was announced (mcos broadcast --shutdown). Off by default: nobody knows how the game shows it, and in one of the two known forms of the message the same bytes mean something else." ref:"mcots-1 3.3"`
	PlayerInfoNumber   int      `yaml:"player_info_number" help:"Message number of the player info reply." values:"108|122" ref:"mcots-1 4.9"`
	TunablesSize       int      `yaml:"tunables_size" help:"Size of the tunables message." values:"124|118" unit:"bytes" ref:"mcots-1 4.8"`
	HistoryPadding     bool     `yaml:"history_padding" help:"Fill an empty racing history up to 39 bytes, as captured." ref:"mcots-1 4.11"`
	GameURLs           int      `yaml:"game_urls" help:"How many web page addresses the game is given." min:"0" max:"126" ref:"mcots-1 4.7"`
	AdCountReply       int      `yaml:"ad_count_reply" help:"Answer to the question for the number of classified ads: 101 says that there are none, 102 refuses." values:"101|102" ref:"mcots-2 6.2"`
	CheckAddress       bool     `yaml:"check_address" help:"Accept a transaction connection only from the address that logged in." ref:"mcots-1 3.1"`
	ConnectAfterLogout string   `yaml:"connect_after_logout" help:"What becomes of a connection whose client has logged out and connects again on it: a new session begins there, or it is closed." values:"accept|close" ref:"DECISIONS 34"`
	BannedWords        []string `yaml:"banned_words" help:"Words that a persona description may not contain, in any case."`

	Lobbies    []Lobby     `yaml:"lobbies" help:"The race lobbies that the game lists. Every riff must be one of MCC01 to MCC20 or MC100." ref:"DECISIONS 20"`
	ArcadeCars []ArcadeCar `yaml:"arcade_cars" help:"Cars lent by the game in arcade lobbies; lobby 0 is any." ref:"mcots-1 4.5"`
	Purses     []Purse     `yaml:"purses" help:"Entry fees that a host may choose, each with its purse." ref:"mcots-2 9.5"`
	Tunables   Tunables    `yaml:"tunables" help:"Numbers that the game shows and computes with." ref:"mcots-2 9.4"`
}

// Lobby is one line of the lobby list.
type Lobby struct {
	ID         uint32 `yaml:"id" help:"Number of the lobby." min:"1"`
	Name       string `yaml:"name" help:"Name shown to players." max:"255"`
	Riff       string `yaml:"riff" help:"Room channel that belongs to the lobby." max:"31"`
	Type       uint32 `yaml:"type" help:"Race type: 14 test drive, 16 street, 17 circuit, 18 drag, 19 time trial." values:"14|16|17|18|19|23|25|26"`
	Track      uint32 `yaml:"track" help:"Track (element) number; 25 is the one in recorded lobbies."`
	MinPlayers uint16 `yaml:"min_players" help:"Fewest players of a race." min:"1" max:"8"`
	MaxPlayers uint16 `yaml:"max_players" help:"Most players of a race." min:"1" max:"8"`
	Laps       uint16 `yaml:"laps" help:"Default number of laps." max:"8"`
	Night      bool   `yaml:"night" help:"Race at night."`
	MinLevel   uint16 `yaml:"min_level" help:"Lowest player level admitted." max:"36"`

	PointsFactor float64 `yaml:"points_factor" help:"Race points are multiplied by this; 0 is 1." min:"0" max:"100" ref:"mcots-2 9.5"`
	CashFactor   float64 `yaml:"cash_factor" help:"Purses are multiplied by this; 0 is 1." min:"0" max:"100" ref:"mcots-2 9.5"`

	MinTime time.Duration `yaml:"min_race_time" help:"Faster results do not count; nothing below 5 seconds does in any lobby." min:"0s" max:"1h" ref:"DECISIONS 47"`

	Par             time.Duration `yaml:"par" help:"Time trials: the time that qualifies for an award; 0 is none." min:"0s" max:"1h" ref:"mcots-2 9.3"`
	QualifyPoints   uint32        `yaml:"qualify_points" help:"Time trials: points for qualifying." max:"1000" ref:"mcots-2 9.3"`
	QualifyCash     uint32        `yaml:"qualify_cash" help:"Time trials: money for qualifying." unit:"game dollars" max:"1000000" ref:"mcots-2 9.3"`
	Increment       time.Duration `yaml:"increment" help:"Time trials: how much faster than par earns the next bonus; 0 is none." min:"0s" max:"10m" ref:"mcots-2 9.3"`
	IncrementPoints uint32        `yaml:"increment_points" help:"Time trials: bonus points for each increment." max:"1000" ref:"mcots-2 9.3"`
	IncrementCash   uint32        `yaml:"increment_cash" help:"Time trials: bonus money for each increment." unit:"game dollars" max:"1000000" ref:"mcots-2 9.3"`
}

// Ticks is a time in the unit of the messages, 1/64 second (mcots-2 0.3).
func Ticks(d time.Duration) uint32 {
	return uint32(d * mcots.TicksPerSecond / time.Second)
}

// ArcadeCar is a car that the game lends in a lobby.
type ArcadeCar struct {
	Car   uint32 `yaml:"car" help:"Branded part id of the car."`
	Lobby uint32 `yaml:"lobby" help:"Lobby it may be used in; 0 is any."`
}

// Purse is an entry fee with the prize money it leads to, in game dollars.
type Purse struct {
	Fee   uint32 `yaml:"fee" help:"What each racer pays." unit:"game dollars"`
	Purse uint32 `yaml:"purse" help:"What there is to win." unit:"game dollars"`
}

// Tunables are the values of MCOTS 390 that no other section holds.
type Tunables struct {
	ClubCreationCost    uint32 `yaml:"club_creation_cost" help:"Cost of a club." unit:"game dollars"`
	ClubCreationLevel   uint32 `yaml:"club_creation_level" help:"Level needed to found a club."`
	ClubOfficerLevel    uint32 `yaml:"club_officer_level" help:"Level needed to be an officer of a club."`
	ClubSwitchDays      uint32 `yaml:"club_switch_days" help:"Waiting time between two clubs." unit:"days"`
	ClubMembers         uint32 `yaml:"club_members" help:"Most members of a club."`
	ClubRegistration    uint32 `yaml:"club_registration" help:"Cost of registering a club." unit:"game dollars"`
	ClubReRegistration  uint32 `yaml:"club_re_registration" help:"Cost of registering a club again." unit:"game dollars"`
	MaxEZStreetLevel    uint32 `yaml:"max_ez_street_level" help:"Highest level still allowed on EZ Street."`
	AdCost              uint32 `yaml:"ad_cost_per_day" help:"Price of a player auction for each day." unit:"game dollars"`
	MaxWager            uint32 `yaml:"max_wager" help:"Highest street wager." unit:"game dollars"`
	SalaryPerLevel      uint32 `yaml:"salary_per_level" help:"Weekly pay for each level." unit:"game dollars"`
	ClassifiedRate      uint32 `yaml:"classified_rate" help:"Price of a classified ad by letter and day." unit:"game dollars"`
	ClassifiedDays      uint32 `yaml:"classified_days" help:"Longest run of a classified ad." unit:"days"`
	ClassifiedSize      uint32 `yaml:"classified_size" help:"Longest classified ad." unit:"characters"`
	ClassifiedPerPlayer uint32 `yaml:"classified_per_player" help:"Classified ads a player may have."`
}

// leastTime is how long a race over whole laps takes at least: no car of the game
// goes round a track of it in less. A quarter of a mile takes less.
const leastTime = 20 * time.Second

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		LoginCompleteForm: 173, PlayerInfoNumber: 108, TunablesSize: 124,
		HistoryPadding: true, GameURLs: 67, AdCountReply: 101, CheckAddress: true, ConnectAfterLogout: "accept",
		Lobbies: []Lobby{
			{ID: 2, Name: "Hillvally Punks", Riff: "MCC10", Type: 14, Track: 25, MinPlayers: 1, MaxPlayers: 8, Night: true},
			{ID: 10001, Name: "Hillvally Zoom", Riff: "MC100", Type: 17, Track: 25, MinPlayers: 1, MaxPlayers: 8, Night: true, MinTime: leastTime},
			{ID: 16, Name: "Street", Riff: "MCC16", Type: 16, Track: 25, MinPlayers: 1, MaxPlayers: 6, Laps: 2, PointsFactor: 1, CashFactor: 1, MinTime: leastTime},
			{ID: 17, Name: "Circuit", Riff: "MCC17", Type: 17, Track: 25, MinPlayers: 1, MaxPlayers: 6, Laps: 4, PointsFactor: 1, CashFactor: 1, MinTime: leastTime},
			{ID: 18, Name: "Drag", Riff: "MCC18", Type: 18, Track: 25, MinPlayers: 1, MaxPlayers: 2, PointsFactor: 1, CashFactor: 1},
			{
				ID: 19, Name: "Time trial", Riff: "MCC19", Type: 19, Track: 25, MinPlayers: 1, MaxPlayers: 1, Laps: 1, MinTime: leastTime,
				Par: 2 * time.Minute, QualifyPoints: 20, QualifyCash: 250,
				Increment: 5 * time.Second, IncrementPoints: 2, IncrementCash: 25,
			},
		},
		ArcadeCars: []ArcadeCar{{Car: 113}},
		Purses: []Purse{
			{0, 250}, {50, 500}, {100, 1000}, {250, 2500}, {500, 5000}, {1000, 10000}, {2500, 25000},
		},
		Tunables: Tunables{
			ClubCreationCost: 5000, ClubCreationLevel: 5, ClubOfficerLevel: 5, ClubSwitchDays: 7,
			ClubMembers: 50, ClubRegistration: 500000, ClubReRegistration: 50000,
			MaxEZStreetLevel: 4, AdCost: 100, MaxWager: 10000, SalaryPerLevel: 1000,
			ClassifiedRate: 1, ClassifiedDays: 7, ClassifiedSize: 200, ClassifiedPerPlayer: 3,
		},
	}
}

// Check finds lobbies that the game could not use.
func (c Config) Check() error {
	riffs := map[string]bool{"MC100": true}
	for n := 1; n <= 20; n++ {
		riffs[fmt.Sprintf("MCC%02d", n)] = true
	}
	seen := map[uint32]bool{}
	for _, l := range c.Lobbies {
		if seen[l.ID] {
			return fmt.Errorf("lobbies: two lobbies have id %d", l.ID)
		}
		seen[l.ID] = true
		if !riffs[l.Riff] {
			return fmt.Errorf("lobbies: lobby %d: there is no riff %q (MCC01 to MCC20, or MC100)", l.ID, l.Riff)
		}
		if l.MinPlayers > l.MaxPlayers {
			return fmt.Errorf("lobbies: lobby %d needs at least %d players and takes at most %d", l.ID, l.MinPlayers, l.MaxPlayers)
		}
	}
	if len(c.Lobbies) > mcots.MaxLobbiesPerFrame {
		return fmt.Errorf("lobbies: %d lobbies, at most %d fit", len(c.Lobbies), mcots.MaxLobbiesPerFrame)
	}
	return nil
}
