package race_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// slowDisk is a store whose transactions, once it is stuck, are not on the disk until
// it is let go. Like the real one it writes one at a time.
type slowDisk struct {
	storage.Store
	writer sync.Mutex

	mu      sync.Mutex
	release chan struct{} // nil while it is fast
	waiting chan struct{} // one token for each transaction that waits
}

func (d *slowDisk) Update(fn func(storage.Tx) error) error {
	d.writer.Lock()
	defer d.writer.Unlock()
	err := d.Store.Update(fn)
	d.mu.Lock()
	release := d.release
	d.mu.Unlock()
	if release != nil {
		d.waiting <- struct{}{}
		<-release
	}
	return err
}

func (d *slowDisk) stick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.release = make(chan struct{})
}

func (d *slowDisk) letGo() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.release)
	d.release = nil
}

func onSlowDisk(t *testing.T) (*fixture, *slowDisk) {
	disk := &slowDisk{waiting: make(chan struct{}, 100)}
	f := newFixture(t, func(o *options) {
		o.store = func(s storage.Store) storage.Store {
			disk.Store = s
			return disk
		}
	})
	return f, disk
}

// While the disk writes what one race needs, the players of another one are answered,
// and so are those who only look.
func TestASlowDiskHoldsUpOnlyItsRace(t *testing.T) {
	f, disk := onSlowDisk(t)
	marty, biff, doc := f.login(f.marty), f.login(f.biff), f.login(f.doc)
	mine := f.host(marty, mcots.CreateRace{})
	other := f.host(biff, mcots.CreateRace{})

	disk.stick()
	marty.Send(mcots.MsgStartRace.With(line(mine, slot(f.marty, f.car))))
	<-disk.waiting
	// All of this goes on, without the race that is being written.
	f.join(doc, other, f.docs)
	biff.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: other}))
	assert.Equal(t, refusal(218, uint32(mcots.ReasonInvalidRaceID)), ask(biff, joining(9999, f.theirs)))
	assert.Len(t, f.races.Snapshot(), 2)
	assert.True(t, f.races.Present(f.marty.Persona))
	f.races.Tick(f.Now())
	doc.Send(mcots.MsgRacerLeft.With(&mcots.GenericRequest{Data: other}))
	done(doc)

	disk.letGo()
	assert.Equal(t, mcots.MsgRaceStarted.Number, marty.Next().Number)
}

// Who wants the race that is being written waits, and finds it as it is then.
func TestWhoWantsABusyRaceWaits(t *testing.T) {
	f, disk := onSlowDisk(t)
	marty, again, biff := f.login(f.marty), f.login(f.marty), f.login(f.biff)
	mine := f.host(marty, mcots.CreateRace{EntryFee: 100})
	before := f.Get(f.marty.Persona).Balance
	disk.stick()
	marty.Send(mcots.MsgStartRace.With(line(mine, slot(f.marty, f.car))))
	<-disk.waiting
	again.Send(mcots.MsgStartRace.With(line(mine, slot(f.marty, f.car))))
	biff.Send(joining(mine, f.theirs))
	require.NoError(t, marty.Conn.Close()) // its end waits as well
	disk.letGo()
	assert.Equal(t, mcots.MsgRaceStarted.Number, again.Next().Number)
	assert.Equal(t, refusal(218, uint32(mcots.ReasonTooManyPlayers)), next(biff), "it runs already")
	assert.Equal(t, before-100, f.Get(f.marty.Persona).Balance, "and was paid for once")
}

// One driver who opens races on many connections at once has one in the end.
func TestOneDriverHasOneRaceHoweverHeOpensThem(t *testing.T) {
	f, disk := onSlowDisk(t)
	var all []*apptest.Client
	for range 5 {
		all = append(all, f.login(f.marty))
	}
	disk.stick()
	for _, c := range all {
		c.Send(mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: lobby}))
	}
	<-disk.waiting
	disk.letGo()
	for _, c := range all {
		require.Equal(t, mcots.MsgRaceCreated.Number, c.Next().Number)
	}
	assert.Equal(t, 1, f.races.Open())
}

// A settlement that the disk takes long for is paid once, whoever asks meanwhile.
func TestASlowSettlementIsPaidOnce(t *testing.T) {
	f, disk := onSlowDisk(t)
	marty, biff := f.login(f.marty), f.login(f.biff)
	mine := f.host(marty, mcots.CreateRace{EntryFee: 100})
	f.join(biff, mine, f.theirs)
	marty.Send(mcots.MsgStartRace.With(line(mine, slot(f.marty, f.car), slot(f.biff, f.theirs))))
	require.Equal(t, mcots.MsgRaceStarted.Number, marty.Next().Number)
	f.Pass(2 * time.Minute)
	finish := func(c *apptest.Client, p apptest.Player) {
		c.Send(mcots.MsgRacerCompleted.With(&mcots.RacerCompleted{RaceID: mine, ID: p.Persona, CompletionTime: 60 * mcots.TicksPerSecond, BestLapTime: 60 * mcots.TicksPerSecond, TopSpeed: 50, AvgSpeed: 40}))
	}
	finish(marty, f.marty)
	done(marty)
	before := f.Get(f.marty.Persona).Balance + f.Get(f.biff.Persona).Balance
	disk.stick()
	finish(biff, f.biff)
	<-disk.waiting
	for range 3 {
		f.races.Tick(f.Now().Add(time.Hour)) // passes the busy race over
	}
	disk.letGo()
	biff.Await(mcots.MsgFinalResults.Number)
	after := f.Get(f.marty.Persona).Balance + f.Get(f.biff.Persona).Balance
	assert.Greater(t, after, before)
	require.NoError(t, f.Store.View(func(tx storage.ReadTx) error { return storage.Check(tx) }))
}
