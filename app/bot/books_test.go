package bot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/mcots"
)

// usual is a race for 100 with the documented bonuses (mcots-2 9.5).
var usual = stake{fee: 100, purse: 1000, perPlayer: 50, perRace: 100}

func TestPurse(t *testing.T) {
	assert.EqualValues(t, 1400, usual.total(6))
	assert.EqualValues(t, 1200, usual.total(2))
	assert.EqualValues(t, 100, usual.total(1), "alone there is only the bonus of the race")
	assert.EqualValues(t, 100, usual.charged(2))
	assert.Zero(t, usual.charged(1))
	half := usual
	half.factor = 0.5
	assert.EqualValues(t, 600, half.total(2))
}

func TestShares(t *testing.T) {
	for _, tc := range []struct {
		total int64
		want  []int64
	}{
		{1200, []int64{}},
		{1100, []int64{1100}},
		{1200, []int64{840, 360}},
		{1250, []int64{751, 312, 187}}, // 750, 312.5, 187.5: what is left goes to the winner
		{1300, []int64{650, 325, 195, 130}},
		{1400, []int64{700, 350, 210, 140, 0, 0}},
	} {
		got := shares(tc.total, len(tc.want))
		assert.Equal(t, tc.want, got)
		sum := int64(0)
		for _, s := range got {
			sum += s
		}
		if len(got) > 0 {
			assert.Equal(t, tc.total, sum, "no dollar is lost")
		}
	}
}

func results(racers ...mcots.RacerResult) *mcots.FinalResults {
	r := &mcots.FinalResults{RaceID: 88}
	copy(r.Racers[:], racers)
	return r
}

func TestBooksOfOneRace(t *testing.T) {
	good := func() *mcots.FinalResults {
		return results(
			mcots.RacerResult{ID: 21, RaceTime: 320, CashWon: 875}, mcots.RacerResult{ID: 22, RaceTime: 330, CashWon: 375},
			mcots.RacerResult{ID: 23})
	}
	change, problems := usual.verdict(good(), 3)
	assert.Empty(t, problems)
	assert.Equal(t, map[uint32]int64{21: 775, 22: 275, 23: -100}, change)

	for name, tc := range map[string]struct {
		spoil func(r *mcots.FinalResults)
		told  string
	}{
		"too much":         {func(r *mcots.FinalResults) { r.Racers[0].CashWon++ }, "persona 21 won 876 in place 1 of 2 finishers, due were 875"},
		"not enough":       {func(r *mcots.FinalResults) { r.Racers[1].CashWon = 0 }, "persona 22 won 0"},
		"for nothing":      {func(r *mcots.FinalResults) { r.Racers[2].CashWon = 10 }, "persona 23 won 10"},
		"wrong order":      {func(r *mcots.FinalResults) { r.Racers[1].RaceTime = 100 }, "persona 22 with time 100 is not in order"},
		"finishers behind": {func(r *mcots.FinalResults) { r.Racers[0], r.Racers[2] = r.Racers[2], r.Racers[0] }, "not in order of finishing"},
		"twice":            {func(r *mcots.FinalResults) { r.Racers[2].ID = 21 }, "persona 21 is in the results twice"},
		"invalid":          {func(r *mcots.FinalResults) { r.Flags = mcots.FinalInvalidError }, "2 finishers and the flags 0x2"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			tc.spoil(r)
			_, problems := usual.verdict(r, 3)
			require.NotEmpty(t, problems)
			assert.Contains(t, problems[0], tc.told)
		})
	}
}

func TestBooksWithRankBonus(t *testing.T) {
	r := results(mcots.RacerResult{ID: 21, RaceTime: 320, CashWon: 840 + 5000 + 10000, OldRank: 0, NewRank: 2, Flags: mcots.RacerPromotionBonus},
		mcots.RacerResult{ID: 22, RaceTime: 330, CashWon: 360})
	_, problems := usual.verdict(r, 2)
	assert.Empty(t, problems)
	r.Racers[0].Flags = 0
	_, problems = usual.verdict(r, 2)
	assert.Len(t, problems, 1)
}

func TestBooksWhenNobodyFinished(t *testing.T) {
	r := results(mcots.RacerResult{ID: 21}, mcots.RacerResult{ID: 22})
	r.Flags = mcots.FinalInvalidError
	change, problems := usual.verdict(r, 2)
	assert.Empty(t, problems)
	assert.Equal(t, map[uint32]int64{21: 0, 22: 0}, change, "the fees go back")
}

// A result that the server does not believe wins nothing, and costs the fee even when
// no other counts.
func TestBooksWithDoubtedResults(t *testing.T) {
	lie := func(id uint32) mcots.RacerResult {
		return mcots.RacerResult{ID: id, RaceTime: 1, Flags: mcots.RacerCheatingSuspected}
	}
	change, problems := usual.verdict(results(mcots.RacerResult{ID: 21, RaceTime: 320, CashWon: 1200}, lie(22)), 2)
	assert.Empty(t, problems)
	assert.Equal(t, map[uint32]int64{21: 1100, 22: -100}, change)

	paid := lie(22)
	paid.CashWon = 1
	_, problems = usual.verdict(results(mcots.RacerResult{ID: 21, RaceTime: 320, CashWon: 1200}, paid), 2)
	assert.Len(t, problems, 1)

	r := results(lie(21), lie(22), mcots.RacerResult{ID: 23})
	r.Flags = mcots.FinalInvalidCheating
	change, problems = usual.verdict(r, 3)
	assert.Empty(t, problems)
	assert.Equal(t, map[uint32]int64{21: -100, 22: -100, 23: 0}, change)
}

func TestBooksOfAnEvening(t *testing.T) {
	b := newBooks()
	b.open(21, "Dr Brown", 2606)
	b.open(22, "Marty", 2606)
	b.results(usual, results(mcots.RacerResult{ID: 22, RaceTime: 320, CashWon: 840}, mcots.RacerResult{ID: 21, RaceTime: 330, CashWon: 360}), []uint32{21, 22})
	b.balance(21, 2866)
	b.balance(22, 3346)
	assert.Equal(t, "balanced", b.text())

	b.unresolved(usual, []uint32{21, 22})
	b.balance(21, 2866-100) // the fee is lost
	b.balance(22, 3346)     // it came back
	assert.Equal(t, "balanced", b.text())
	b.balance(22, 3347)
	assert.Equal(t, "Marty has 3347, due are 3346", b.text())
	assert.Equal(t, 5, b.checks)
	assert.EqualValues(t, 1000, b.given)
	assert.Zero(t, b.taken)
}

func TestBooksMissARacer(t *testing.T) {
	b := newBooks()
	b.open(21, "Dr Brown", 1000)
	b.results(usual, results(mcots.RacerResult{ID: 22, RaceTime: 320, CashWon: 1200}), []uint32{21, 23})
	assert.Contains(t, b.text(), "persona 21 started and is not in the results")
	assert.Contains(t, b.text(), "persona 23 started and is not in the results")
	assert.Contains(t, b.text(), "persona 22 is in the results and did not start")
	b.balance(21, 900)
	assert.NotContains(t, b.text(), "due are")
}

func TestPossibleChanges(t *testing.T) {
	assert.Equal(t, []int64{-100, 0, 260, 740, 1100}, usual.possible(2))
	assert.Equal(t, []int64{0, 100}, usual.possible(1))
}

func TestLedgerAudit(t *testing.T) {
	good := func() []LedgerEntry {
		return []LedgerEntry{
			{ID: 3, Kind: "car", Amount: -7394, Balance: 2606, Ref: 1},
			{ID: 9, Kind: "entry-fee", Amount: -100, Balance: 2506, Ref: 88},
			{ID: 12, Kind: "prize", Amount: 840, Balance: 3346, Ref: 88},
		}
	}
	for name, tc := range map[string]struct {
		spoil func(e []LedgerEntry) []LedgerEntry
		told  string
	}{
		"good":       {func(e []LedgerEntry) []LedgerEntry { return e }, "balanced"},
		"empty":      {func([]LedgerEntry) []LedgerEntry { return nil }, "empty ledger"},
		"arithmetic": {func(e []LedgerEntry) []LedgerEntry { e[1].Amount = -99; return e }, "entry 9 goes from 2606 by -99 to 2506"},
		"order":      {func(e []LedgerEntry) []LedgerEntry { e[2].ID = 8; return e }, "entry 8 follows entry 9"},
		"end":        {func(e []LedgerEntry) []LedgerEntry { return e[:2] }, "ends at 2506, due are 3346"},
		"twice": {func(e []LedgerEntry) []LedgerEntry {
			return append(e, LedgerEntry{ID: 13, Kind: "prize", Amount: 0, Balance: 3346, Ref: 88})
		}, "entries 12 and 13 are both of the kind prize for race 88"},
		"another race": {func(e []LedgerEntry) []LedgerEntry {
			return append(e, LedgerEntry{ID: 13, Kind: "prize", Amount: 0, Balance: 3346, Ref: 89})
		}, "balanced"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			b.open(21, "Dr Brown", 3346)
			b.ledger(21, tc.spoil(good()))
			assert.Contains(t, b.text(), tc.told)
		})
	}
}

func TestMergeLedger(t *testing.T) {
	e := func(ids ...uint64) (list []LedgerEntry) {
		for _, id := range ids {
			list = append(list, LedgerEntry{ID: id})
		}
		return list
	}
	all, whole := mergeLedger(nil, e(3, 2, 1))
	assert.True(t, whole)
	assert.Equal(t, e(1, 2, 3), all)
	all, whole = mergeLedger(all, e(5, 4, 3, 2))
	assert.True(t, whole)
	assert.Equal(t, e(1, 2, 3, 4, 5), all)
	all, whole = mergeLedger(all, e(9, 8))
	assert.False(t, whole, "6 and 7 were never seen")
	assert.Equal(t, e(1, 2, 3, 4, 5, 8, 9), all)
}

func TestConsoleLedger(t *testing.T) {
	console := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/api/v1/personas/show" && r.URL.Query().Get("name") == "Dr Brown":
			_, _ = w.Write([]byte(`{"name":"Dr Brown","ledger":[{"id":4,"kind":"prize","amount":840,"balance":3346,"ref":88,"time":"2026-01-11T12:41:07Z"}]}`))
		default:
			_, _ = w.Write([]byte(`not JSON`))
		}
	}))
	t.Cleanup(console.Close)
	ask, err := ConsoleLedger(console.URL+"/", "token\n")
	require.NoError(t, err)
	list, err := ask(context.Background(), "Dr Brown")
	require.NoError(t, err)
	assert.Equal(t, []LedgerEntry{{ID: 4, Kind: "prize", Amount: 840, Balance: 3346, Ref: 88}}, list)
	_, err = ask(context.Background(), "Marty")
	assert.ErrorContains(t, err, `ledger of "Marty"`)

	ask, err = ConsoleLedger(console.URL, "1.21gigawatts")
	require.NoError(t, err)
	_, err = ask(context.Background(), "Dr Brown")
	assert.ErrorContains(t, err, "401")
	assert.NotContains(t, err.Error(), "gigawatts")

	_, err = ConsoleLedger("127.0.0.1:3000", "token")
	assert.ErrorContains(t, err, "is no address")
}
