package admin

import (
	"context"
	"errors"
	"io"

	"mcos/app/record"
)

// Recorder is what an operator can do with recordings of the traffic. Only a running
// server can make them; the others are about the files that there are.
type Recorder interface {
	// Recordings lists the recordings, the oldest first, and those that run.
	Recordings(ctx context.Context) (Recordings, error)
	// Record starts a recording.
	Record(ctx context.Context, in record.Order) (record.Running, error)
	// StopRecording ends the recording with this id, or all without one.
	StopRecording(ctx context.Context, in RecordingID) ([]record.Running, error)
	// Recording writes the file of a recording.
	Recording(ctx context.Context, id string, w io.Writer) error
	// RemoveRecording removes a recording that does not run.
	RemoveRecording(ctx context.Context, id string) error
}

// Recordings are the recordings of a data folder.
type Recordings struct {
	Running []record.Running `json:"running"`
	Files   []record.File    `json:"files"`
	// Dropped counts the messages that no recording could keep up with.
	Dropped uint64 `json:"dropped"`
}

// RecordingID names a recording.
type RecordingID struct {
	ID string `json:"id,omitempty"`
}

// errNotRecorded says that no server runs that could record.
var errNotRecorded = refuse(Conflict, "no server runs on this data folder, so there is nothing to record; start it, or have it record from its start with record.enabled in mcos.yaml")

// Recordings implements API.
func (l *Local) Recordings(context.Context) (all Recordings, err error) {
	all.Running = []record.Running{}
	if l.Recorder == nil {
		all.Files, err = record.Folder(l.Dir.Sessions()).Files()
		return all, err
	}
	if all.Running, err = l.Recorder.Running(); err != nil {
		return all, err
	}
	all.Dropped = l.Recorder.Dropped()
	all.Files, err = l.Recorder.Files()
	return all, err
}

// Record implements API.
func (l *Local) Record(_ context.Context, in record.Order) (record.Running, error) {
	if l.Recorder == nil {
		return record.Running{}, errNotRecorded
	}
	if !gamePort(in.Port) {
		return record.Running{}, refuse(Invalid, "nothing is recorded on port %d; the game's ports are 80, 443, 7003, 8226 to 8228, 9000 to 9020, 10001 and 43300", in.Port)
	}
	running, err := l.Recorder.Start(in)
	if errors.Is(err, record.ErrTooMany) {
		return running, refuse(Conflict, "%v", err)
	}
	return running, err
}

// gamePort tells whether recordings know a port, 0 being all. They have the documented
// numbers, whatever the server really uses.
func gamePort(port int) bool {
	switch port {
	case 0, 80, 443, 7003, 10001, 43300:
		return true
	}
	return port >= 8226 && port <= 8228 || port >= 9000 && port <= 9020
}

// StopRecording implements API.
func (l *Local) StopRecording(_ context.Context, in RecordingID) ([]record.Running, error) {
	if l.Recorder == nil {
		return nil, errNotRecorded
	}
	stopped, err := l.Recorder.Stop(in.ID)
	if err == nil && in.ID != "" && len(stopped) == 0 {
		return nil, refuse(NotFound, "no recording %q runs", in.ID)
	}
	return stopped, err
}

// Recording implements API.
func (l *Local) Recording(_ context.Context, id string, w io.Writer) error {
	if l.Recorder != nil {
		if _, err := l.Recorder.Running(); err != nil { // brings the files up to now
			return err
		}
	}
	f, err := record.Folder(l.Dir.Sessions()).Open(id)
	if err != nil {
		return explainRecording(id, err)
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// RemoveRecording implements API.
func (l *Local) RemoveRecording(_ context.Context, id string) error {
	if l.Recorder != nil {
		running, err := l.Recorder.Running()
		if err != nil {
			return err
		}
		for _, r := range running {
			if r.ID == id {
				return refuse(Conflict, "the recording %s is being made; stop it first", id)
			}
		}
	}
	return explainRecording(id, record.Folder(l.Dir.Sessions()).Remove(id))
}

func explainRecording(id string, err error) error {
	if errors.Is(err, record.ErrUnknown) {
		return refuse(NotFound, "there is no recording %q", id)
	}
	return err
}
