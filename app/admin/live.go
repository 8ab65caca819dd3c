package admin

import (
	"context"
	"io/fs"
	"path/filepath"
	"time"

	"mcos/app/admin/doctor"
	"mcos/storage"
)

// Live is what an operator can see of a running server, and the hold he has on it.
// Without one, only Disk, Races and Economy answer.
type Live interface {
	// Overview is the last hour.
	Overview(ctx context.Context) (Overview, error)
	// Disk tells how much room the data folder takes and has.
	Disk(ctx context.Context) (Disk, error)
	// Economy tells how much money was made and taken in each hour of the last day.
	Economy(ctx context.Context) (Economy, error)
	// Connections lists the open connections of the game ports.
	Connections(ctx context.Context) ([]Connection, error)
	// Counters lists how often each message came in since the start.
	Counters(ctx context.Context) ([]Counter, error)
	// Rooms lists the ports of the lobby that somebody is on.
	Rooms(ctx context.Context) ([]Port, error)
	// Races lists the races that wait, that run, and that were run lately.
	Races(ctx context.Context) (Races, error)
	// Logins lists who is logged in.
	Logins(ctx context.Context) ([]Login, error)
	// Kick ends the login of a driver, or one connection.
	Kick(ctx context.Context, in Kick) (Kicked, error)
}

// Running is the server behind Live. Its methods only copy what is in memory.
type Running interface {
	Overview() Overview
	Connections() []Connection
	Counters() []Counter
	Rooms() []Port
	// Races lists the races that are not over; names of personas are missing.
	Races() []OpenRace
	Logins() []Login
	// KickConnection closes the connection with this id, if it is open.
	KickConnection(id uint64, reason string) bool
	// EndLogin ends the login of an account and tells how many connections that
	// closed.
	EndLogin(account uint32, reason string) (connections int)
	// Reload reads bans, mutes and the message of the day from the store and closes
	// the connections of banned addresses.
	Reload() (closed int, err error)
	// Broadcast shows a notice in the game's ticker, and mails it to who is in the
	// game, when in-game mail is on.
	// One without a text ends what is being told.
	Broadcast(n Notice) (Told, error)
	// Notice is what is being told now; without a text nothing is.
	Notice() Notice
}

// Notice is a broadcast with its end.
type Notice struct {
	Text     string
	Until    time.Time
	Shutdown bool // the server is to stop then
}

// Overview is the last hour of a server.
type Overview struct {
	Every   int      `json:"every_seconds"` // between two samples
	Samples []Sample `json:"samples"`       // the oldest first
}

// Sample is one moment of the last hour.
type Sample struct {
	Time        time.Time `json:"time"`
	Players     int       `json:"players"`
	Races       int       `json:"races"` // open or running
	Connections int       `json:"connections"`
	// Received and Sent are messages per second since the sample before.
	Received float64 `json:"received_per_second"`
	Sent     float64 `json:"sent_per_second"`
	Memory   uint64  `json:"memory_bytes"`
}

// Disk tells about the data folder's disk, in bytes.
type Disk struct {
	Folder  string `json:"folder"`
	Store   int64  `json:"store_bytes"`
	Backups int64  `json:"backups_bytes"`
	Logs    int64  `json:"logs_bytes"`
	// Recordings are the recorded sessions.
	Recordings int64  `json:"recordings_bytes"`
	Free       uint64 `json:"free_bytes"`
}

// Connection is one open connection of a game port.
type Connection struct {
	ID      uint64    `json:"id"`
	Service string    `json:"service"`
	Port    int       `json:"port"` // documented number
	Remote  string    `json:"remote"`
	Since   time.Time `json:"since"`
	// Account and Persona are empty until the connection has said whose it is.
	Account  string `json:"account,omitempty"`
	Persona  string `json:"persona,omitempty"`
	Received uint64 `json:"received"` // messages
	Sent     uint64 `json:"sent"`
	BytesIn  uint64 `json:"bytes_in"`
	BytesOut uint64 `json:"bytes_out"`
	Queued   int    `json:"queued"` // messages that wait to be sent
	Waiting  int    `json:"queued_bytes"`
}

// Counter is how often one message came in since the start. Message is empty for a
// number that nobody knows.
type Counter struct {
	Service string `json:"service"`
	Number  uint16 `json:"number"`
	Message string `json:"message,omitempty"`
	Count   uint64 `json:"count"`
}

// Port is one port of the lobby with its users and rooms.
type Port struct {
	Port  int    `json:"port"` // documented number
	Users []User `json:"users"`
	Rooms []Room `json:"rooms"`
}

// User is a driver in the lobby.
type User struct {
	ID    uint32 `json:"id"`
	Name  string `json:"name"`
	Ready bool   `json:"ready,omitempty"` // for the race of the room
}

// Room is a chat room or the waiting room of a race.
type Room struct {
	Number    uint32 `json:"number"`
	Name      string `json:"name"`
	Owner     uint32 `json:"owner,omitempty"` // persona; none for permanent rooms
	Race      bool   `json:"race"`
	Private   bool   `json:"private"`
	Hidden    bool   `json:"hidden"`
	Permanent bool   `json:"permanent"`
	Running   bool   `json:"running"` // its race has been started
	Closed    bool   `json:"closed"`
	Capacity  int    `json:"capacity"`
	Members   []User `json:"members"`
}

// Login is one login of the moment.
type Login struct {
	Account     string    `json:"account"`
	AccountID   uint32    `json:"account_id"`
	Persona     string    `json:"persona,omitempty"` // empty until one has been chosen
	PersonaID   uint32    `json:"persona_id,omitempty"`
	Remote      string    `json:"remote"`
	Since       time.Time `json:"since"`
	Connections int       `json:"connections"`
}

// Kick ends the login of a driver by his name, or one connection by its id.
type Kick struct {
	Persona    string `json:"persona,omitempty"`
	Connection uint64 `json:"connection,omitempty"`
}

// Kicked tells what a kick did.
type Kicked struct {
	Connections int `json:"connections"` // closed
}

// errNotRunning refuses what only a running server knows.
func errNotRunning() error {
	return refuse(Conflict, "no server runs here; start it first")
}

// running asks the running server, or says that there is none.
func running[Out any](l *Local, ask func(Running) Out) (out Out, err error) {
	if l.Server == nil {
		return out, errNotRunning()
	}
	return ask(l.Server), nil
}

// Overview implements API.
func (l *Local) Overview(context.Context) (Overview, error) { return running(l, Running.Overview) }

// Connections implements API.
func (l *Local) Connections(context.Context) ([]Connection, error) {
	return running(l, Running.Connections)
}

// Counters implements API.
func (l *Local) Counters(context.Context) ([]Counter, error) { return running(l, Running.Counters) }

// Rooms implements API.
func (l *Local) Rooms(context.Context) ([]Port, error) { return running(l, Running.Rooms) }

// Logins implements API.
func (l *Local) Logins(context.Context) ([]Login, error) {
	list, err := running(l, Running.Logins)
	if err != nil {
		return nil, err
	}
	err = l.Store.View(func(tx storage.ReadTx) error {
		for i := range list {
			list[i].Persona = personaName(tx, list[i].PersonaID)
		}
		return nil
	})
	return list, err
}

// personaName is the name of a persona, dead or alive, "" when there is none.
func personaName(tx storage.ReadTx, id uint32) string {
	if id == 0 {
		return ""
	}
	p, err := tx.Persona(id)
	if err != nil {
		return ""
	}
	return p.Name
}

// Kick implements API.
func (l *Local) Kick(_ context.Context, in Kick) (Kicked, error) {
	switch {
	case (in.Persona == "") == (in.Connection == 0):
		return Kicked{}, refuse(Invalid, "name a driver or a connection, one of the two")
	case l.Server == nil:
		return Kicked{}, errNotRunning()
	case in.Connection != 0:
		if !l.Server.KickConnection(in.Connection, kicked) {
			return Kicked{}, refuse(NotFound, "no connection has the number %d", in.Connection)
		}
		return Kicked{Connections: 1}, nil
	}
	var p storage.Persona
	err := l.Store.View(func(tx storage.ReadTx) (err error) {
		p, err = findPersona(tx, in.Persona)
		return err
	})
	if err != nil {
		return Kicked{}, err
	}
	if l.Online == nil || !l.Online(p.ID) {
		return Kicked{}, refuse(Conflict, "%q is not in the game", p.Name)
	}
	return Kicked{Connections: l.Server.EndLogin(p.Account, kicked)}, nil
}

const kicked = "kicked by the operator"

// Disk implements API.
func (l *Local) Disk(context.Context) (Disk, error) {
	d := Disk{
		Folder: l.Dir.Root(), Store: folderSize(l.Dir.Store()), Backups: folderSize(l.Dir.Backups()),
		Logs: folderSize(l.Dir.Logs()), Recordings: folderSize(l.Dir.Sessions()),
	}
	free, err := doctor.Machine().DiskFree(l.Dir.Root())
	d.Free = free
	return d, err
}

// folderSize is the size of a file, or of all files in a folder; what is not there
// or cannot be read counts nothing.
func folderSize(path string) (sum int64) {
	_ = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil {
			sum += regularSize(entry)
		}
		return nil // the others count all the same
	})
	return sum
}

func regularSize(entry fs.DirEntry) int64 {
	if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}
