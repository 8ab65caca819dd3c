package game

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/storagetest/failpoint"
)

// The variables of the helper process: the store, the write at which it kills
// itself, on which side of it, and how long after it, if at all.
const (
	helperPath  = "MCOS_HELPER_PATH"
	helperAt    = "MCOS_HELPER_AT"
	helperWhen  = "MCOS_HELPER_WHEN"
	helperDelay = "MCOS_HELPER_DELAY"
)

func TestMain(m *testing.M) {
	if os.Getenv(helperPath) != "" {
		if err := help(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashAccount is the account whose personas the helper makes.
const crashAccount = 1000000

// help plays on and on, until it is killed.
func help() error {
	s, err := bolt.Open(bolt.Options{Path: os.Getenv(helperPath)})
	if err != nil {
		return err
	}
	at, err := strconv.Atoi(os.Getenv(helperAt))
	if err != nil {
		return err
	}
	when := failpoint.Before
	if os.Getenv(helperWhen) == failpoint.After.String() {
		when = failpoint.After
	}
	fail := failpoint.Kill
	if text := os.Getenv(helperDelay); text != "" {
		delay, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		fail = func() error {
			go func() {
				for start := time.Now(); time.Since(start) < delay; { // sleeping is too coarse
				}
				_ = failpoint.Kill()
			}()
			return nil
		}
	}
	cfg := Default()
	cfg.PersonaLimit, cfg.CarsPerLevel = 1<<20, maxCars
	return playOn(failpoint.FailAt(s, at, when, fail), New(cfg, testCatalog, time.Now))
}

// playOn makes one persona after another; each buys a starter car and, with what
// it is given, a second car. Every promise that was kept is printed, after the
// store said so.
func playOn(s storage.Store, r *Rules) error {
	for n := 1; ; n++ {
		var p storage.Persona
		err := s.Update(func(tx storage.Tx) (err error) {
			p, err = r.CreatePersona(tx, crashAccount, fmt.Sprint("Driver", n), 44, 0)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println("persona", p.ID)
		err = s.Update(func(tx storage.Tx) error {
			_, err := r.SellStarter(tx, p.ID, 8, 104, 41)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println("cars", p.ID, 1)
		err = s.Update(func(tx storage.Tx) error {
			if err := r.Grant(tx, p.ID, 20000, ""); err != nil {
				return err
			}
			_, err := r.BuyCar(tx, p.ID, 6, 104, 41, 0)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println("cars", p.ID, 2)
	}
}

// crashStore is the path of a store with the account of the helper in it.
func crashStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mcos.db")
	s, err := bolt.Open(bolt.Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		return tx.PutAccount(storage.Account{ID: crashAccount, Name: "crash"})
	}))
	require.NoError(t, s.Close())
	return path
}

// runHelper runs this test binary as the helper on a store until it is dead, and
// returns the lines that it printed. read, when not nil, may kill it after a
// line.
func runHelper(t *testing.T, path string, at int, when failpoint.When, delay string, read func(lines int, kill func())) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperPath+"="+path, fmt.Sprint(helperAt, "=", at), fmt.Sprint(helperWhen, "=", when), helperDelay+"="+delay)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var lines []string
	for scan := bufio.NewScanner(out); scan.Scan(); {
		lines = append(lines, scan.Text())
		if read != nil {
			read(len(lines), func() { _ = cmd.Process.Kill() })
		}
	}
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit, "the helper must die")
	require.NotEqual(t, 3, exit.ExitCode(), stderr.String())
	return lines
}

// survived opens a store after a crash and checks that every persona and every
// car is there whole and paid, or not at all, and that nothing which was promised
// is missing. It returns the number of personas and of cars.
func survived(t *testing.T, path string, promised []string) (personas, cars int) {
	t.Helper()
	s, err := bolt.Open(bolt.Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, s.View(storage.Check))
	require.NoError(t, s.View(func(tx storage.ReadTx) error {
		return tx.Personas(func(p storage.Persona) error {
			personas++
			n, err := wholePersona(t, tx, p)
			cars += n
			return err
		})
	}))
	for _, line := range promised {
		var id uint32
		var n int
		kept := false
		require.NoError(t, s.View(func(tx storage.ReadTx) error {
			if _, err := fmt.Sscanf(line, "persona %d", &id); err == nil {
				_, err = tx.Persona(id)
				kept = err == nil
				return err
			}
			_, err := fmt.Sscanf(line, "cars %d %d", &id, &n)
			if err != nil {
				return err
			}
			owned, err := tx.VehiclesOf(id)
			kept = len(owned) >= n
			return err
		}), line)
		require.True(t, kept, line)
	}
	goesOn(t, s)
	require.NoError(t, s.Close())
	return personas, cars
}

// wholePersona checks one persona and returns how many cars it has.
func wholePersona(t *testing.T, tx storage.ReadTx, p storage.Persona) (cars int, err error) {
	t.Helper()
	var entries []storage.LedgerEntry
	if err := tx.LedgerOf(p.ID, func(e storage.LedgerEntry) error { entries = append(entries, e); return nil }); err != nil {
		return 0, err
	}
	require.NotEmpty(t, entries, "persona %d has no money", p.ID)
	require.Equal(t, storage.StarterCash, entries[0].Kind)
	require.EqualValues(t, 10000, entries[0].Amount)
	paid := map[uint32]int64{}
	for _, e := range entries {
		if e.Kind == storage.CarPurchase {
			paid[e.Ref] = e.Amount
		}
	}
	owned, err := tx.VehiclesOf(p.ID)
	if err != nil {
		return 0, err
	}
	require.Len(t, paid, len(owned), "cars of persona %d and their ledger entries", p.ID)
	require.Equal(t, len(owned) > 0, p.StarterSold)
	for i, v := range owned {
		require.Equal(t, []int64{-6495, -18162}[i], paid[v.ID], "vehicle %d", v.ID)
		parts, err := tx.PartsOfVehicle(v.ID)
		if err != nil {
			return 0, err
		}
		require.Len(t, parts, 1+len(stockOf104), "vehicle %d", v.ID)
		for n, s := range stockOf104 {
			require.Equal(t, storage.Part{
				ID: v.ID + 1 + uint32(n), Parent: v.ID + s[1], Vehicle: v.ID, Owner: p.ID, BrandedPart: s[0], Attachment: uint8(s[2]),
			}, parts[n+1])
		}
	}
	return len(owned), nil
}

// goesOn checks that the store can still be used.
func goesOn(t *testing.T, s storage.Store) {
	t.Helper()
	cfg := Default()
	cfg.PersonaLimit = 1 << 20
	r := New(cfg, testCatalog, testNow)
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		p, err := r.CreatePersona(tx, crashAccount, "Survivor", 44, 0)
		if err != nil {
			return err
		}
		sale, err := r.SellStarter(tx, p.ID, 8, 104, 41)
		require.NotZero(t, sale.Vehicle)
		return err
	}))
	require.NoError(t, s.View(storage.Check))
}

// The writes of the first persona of playOn: 4 for the creation (id, ledger,
// persona, commit), 46 for the starter car (ids, 41 parts, car, ledger, persona,
// commit), 48 for the second car, which comes with a grant.
const (
	createCommit  = 4
	starterCommit = createCommit + 46
	secondCommit  = starterCommit + 48
)

// A process that is killed at any write of a persona creation or a car purchase
// leaves all of it or nothing of it, and which of the two is exactly known.
func TestCrashAtEveryWrite(t *testing.T) {
	type point struct {
		at   int
		when failpoint.When
	}
	var points []point
	for at := 1; at <= secondCommit; at++ {
		shown := at <= 2 || at == createCommit || at == createCommit+20 || at == starterCommit || at == secondCommit
		if shown || soak() {
			points = append(points, point{at, failpoint.Before}, point{at, failpoint.After})
		}
	}
	for _, p := range points {
		t.Run(fmt.Sprint(p.when, "-", p.at), func(t *testing.T) {
			path := crashStore(t)
			promised := runHelper(t, path, p.at, p.when, "", nil)
			done := func(commit int) int {
				if p.at > commit || p.at == commit && p.when == failpoint.After {
					return 1
				}
				return 0
			}
			personas, cars := survived(t, path, promised)
			assert.Equal(t, done(createCommit), personas)
			assert.Equal(t, done(starterCommit)+done(secondCommit), cars)
		})
	}
}

// A process that is killed somewhere inside the commit leaves all of it or
// nothing of it.
func TestCrashInsideCommit(t *testing.T) {
	delays := []time.Duration{0, 500 * time.Microsecond}
	if soak() {
		delays = nil
		for d := time.Duration(0); d < 10*time.Millisecond; d += 50 * time.Microsecond {
			delays = append(delays, d)
		}
	}
	for _, delay := range delays {
		t.Run(delay.String(), func(t *testing.T) {
			path := crashStore(t)
			survived(t, path, runHelper(t, path, starterCommit, failpoint.Before, delay.String(), nil))
		})
	}
}

// A process that is killed from outside at any moment leaves only whole personas
// and whole cars.
func TestCrashAtRandom(t *testing.T) {
	runs := 4
	if soak() {
		runs = 250
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range runs {
		after := 1 + random.IntN(12)
		delay := time.Duration(random.IntN(5000)) * time.Microsecond
		t.Run(fmt.Sprint(after, "-", delay), func(t *testing.T) {
			path := crashStore(t)
			promised := runHelper(t, path, 0, failpoint.Before, "", func(lines int, kill func()) {
				if lines == after {
					time.AfterFunc(delay, kill)
				}
			})
			require.GreaterOrEqual(t, len(promised), after)
			personas, _ := survived(t, path, promised)
			require.GreaterOrEqual(t, personas, strings.Count(strings.Join(promised, "\n"), "persona"))
		})
	}
}
