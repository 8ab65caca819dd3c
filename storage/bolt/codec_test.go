package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"mcos/storage"
)

// driver is a made-up record that has been through two changes: version 1 had
// "title" instead of "name", version 2 counted in cents.
type driver struct {
	Name    string `json:"name"`
	Dollars int    `json:"dollars"`
}

var driverCodec = codec[driver]{upgrades: []upgrade{
	func(old []byte) ([]byte, error) {
		var v1 struct {
			Title string `json:"title"`
			Cents int    `json:"cents"`
		}
		if err := json.Unmarshal(old, &v1); err != nil {
			return nil, err
		}
		if v1.Title == "" {
			return nil, errors.New("no title")
		}
		return json.Marshal(map[string]any{"name": v1.Title, "cents": v1.Cents})
	},
	func(old []byte) ([]byte, error) {
		var v2 struct {
			Name  string `json:"name"`
			Cents int    `json:"cents"`
		}
		if err := json.Unmarshal(old, &v2); err != nil {
			return nil, err
		}
		return json.Marshal(driver{Name: v2.Name, Dollars: v2.Cents / 100})
	},
}}

func TestCodec(t *testing.T) {
	data, err := driverCodec.encode(driver{"Ace", 7})
	require.NoError(t, err)
	assert.Equal(t, "\x03"+`{"name":"Ace","dollars":7}`, string(data))

	tests := []struct {
		name string
		data string
		want driver
		err  error
		text string
	}{
		{"current", string(data), driver{"Ace", 7}, nil, ""},
		{"version 2", "\x02" + `{"name":"Ace","cents":700}`, driver{"Ace", 7}, nil, ""},
		{"version 1", "\x01" + `{"title":"Ace","cents":700}`, driver{"Ace", 7}, nil, ""},
		{"unknown field", "\x03" + `{"name":"Ace","hat":true}`, driver{"Ace", 0}, nil, ""},
		{"newer", "\x04" + `{}`, driver{}, ErrNewer, "record version 4, this program knows up to 3"},
		{"far newer", "\xff", driver{}, ErrNewer, "record version 255"},
		{"empty", "", driver{}, ErrCorrupt, "no version byte"},
		{"version 0", "\x00{}", driver{}, ErrCorrupt, "version byte 0"},
		{"no text", "\x03", driver{}, ErrCorrupt, ""},
		{"not JSON", "\x03{", driver{}, ErrCorrupt, ""},
		{"wrong type", "\x03" + `{"name":"x","dollars":"many"}`, driver{}, ErrCorrupt, "dollars"},
		{"failed upgrade", "\x01" + `{"cents":1}`, driver{}, ErrCorrupt, "upgrade from record version 1: no title"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := driverCodec.decode([]byte(tt.data))
			require.ErrorIs(t, err, tt.err)
			if tt.err != nil {
				require.ErrorContains(t, err, tt.text)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// What the kinds write today is what later versions must be able to read.
func TestRecordForm(t *testing.T) {
	encode := func(data []byte, err error) string {
		require.NoError(t, err)
		return string(data)
	}
	created := time.Date(2001, 10, 29, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, "\x01"+`{"id":1000000,"name":"Molly","password_hash":"x","created":"2001-10-29T00:00:00Z"}`,
		encode(accounts.codec.encode(storage.Account{ID: 1000000, Name: "Molly", PasswordHash: "x", Created: created})))
	assert.Equal(t, "\x01"+`{"id":1,"owner":1000,"branded_part":101,"skin":2,"damage":"AQI="}`,
		encode(vehicles.codec.encode(storage.Vehicle{ID: 1, Owner: 1000, BrandedPart: 101, Skin: 2, Damage: []byte{1, 2}})))
	assert.Equal(t, "\x01"+`{"id":2,"parent":1,"vehicle":1,"owner":1000,"branded_part":102}`,
		encode(parts.codec.encode(storage.Part{ID: 2, Parent: 1, Vehicle: 1, Owner: 1000, BrandedPart: 102})))
	assert.Equal(t, "\x01"+`{"id":3,"time":"2001-10-29T00:00:00Z","persona":1000,"kind":"grant","amount":-5,"balance":10}`,
		encode(ledger.codec.encode(storage.LedgerEntry{ID: 3, Time: created, Persona: 1000, Kind: storage.Grant, Amount: -5, Balance: 10})))
}

// Records that cannot be kept are refused before anything is written.
func TestPutRefuses(t *testing.T) {
	bad := "a\xff"
	long := strings.Repeat("x", maxName+1)
	tests := map[string]func(storage.Tx) error{
		"account without name":     func(tx storage.Tx) error { return tx.PutAccount(storage.Account{ID: 1}) },
		"account with a long name": func(tx storage.Tx) error { return tx.PutAccount(storage.Account{ID: 1, Name: long}) },
		"account name not UTF-8":   func(tx storage.Tx) error { return tx.PutAccount(storage.Account{ID: 1, Name: bad}) },
		"account hash not UTF-8":   func(tx storage.Tx) error { return tx.PutAccount(storage.Account{ID: 1, Name: "a", PasswordHash: bad}) },
		"account reason not UTF-8": func(tx storage.Tx) error { return tx.PutAccount(storage.Account{ID: 1, Name: "a", BanReason: bad}) },
		"account from the year 9e4": func(tx storage.Tx) error {
			return tx.PutAccount(storage.Account{ID: 1, Name: "a", Created: time.Unix(math.MaxInt32*1000, 0)})
		},
		"persona without name": func(tx storage.Tx) error { return tx.PutPersona(storage.Persona{ID: 1}) },
		"persona plate": func(tx storage.Tx) error {
			return tx.PutPersona(storage.Persona{ID: 1, Name: "a", Plate: storage.Plate{Text: bad}})
		},
		"persona description": func(tx storage.Tx) error { return tx.PutPersona(storage.Persona{ID: 1, Name: "a", Description: bad}) },
		"persona number": func(tx storage.Tx) error {
			return tx.PutPersona(storage.Persona{ID: 1, Name: "a", CarNumbers: [6]string{5: bad}})
		},
		"ledger of nobody": func(tx storage.Tx) error { _, err := tx.AppendLedger(storage.LedgerEntry{}); return err },
		"ledger note": func(tx storage.Tx) error {
			_, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1, Note: bad})
			return err
		},
		"ledger kind": func(tx storage.Tx) error {
			_, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1, Kind: storage.LedgerKind(bad)})
			return err
		},
		"blob without name":     func(tx storage.Tx) error { return tx.PutBlob("", []byte{1}) },
		"blob with a long name": func(tx storage.Tx) error { return tx.PutBlob(long, []byte{1}) },
		"account to delete":     func(tx storage.Tx) error { return tx.DeleteAccount(1) },
	}
	s := mustOpen(t, tempPath(t))
	for name, put := range tests {
		t.Run(name, func(t *testing.T) {
			var err error
			require.NoError(t, s.Update(func(tx storage.Tx) error {
				err = put(tx)
				return nil
			}), "the transaction is none the worse")
			require.Error(t, err)
			assert.NotContains(t, err.Error(), bad)
			assert.Empty(t, stateOf(t, s).Accounts)
			assert.Empty(t, stateOf(t, s).Personas)
			require.NoError(t, s.Verify())
		})
	}
}

// rawPut writes past the store's own rules.
func rawPut(t testing.TB, s *Store, id bucketID, key, value []byte) {
	t.Helper()
	require.NoError(t, s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketNames[id]).Put(key, value) }))
}

func TestDamagedRecords(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"damaged", []byte("\x01{"), ErrCorrupt},
		{"enormous", append([]byte("\x01{"), strings.Repeat(" ", maxRecord)...), ErrCorrupt},
		{"newer", []byte("\x63{}"), ErrNewer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rawPut(t, s, accountBucket, key32(1000000), tt.data)
			rawPut(t, s, personaBucket, key32(1000), tt.data)
			rawPut(t, s, partBucket, key32(2), tt.data)
			rawPut(t, s, ledgerBucket, ledgerKey(1000, 1), tt.data)
			require.NoError(t, s.View(func(tx storage.ReadTx) error {
				_, err := tx.Account(1000000)
				assert.ErrorIs(t, err, tt.want)
				assert.ErrorContains(t, err, "account 1000000")
				_, err = tx.AccountByName("account 1")
				assert.ErrorIs(t, err, tt.want)
				assert.ErrorIs(t, tx.Accounts(func(storage.Account) error { return nil }), tt.want)
				_, err = tx.PersonasOf(1000000)
				assert.ErrorIs(t, err, tt.want)
				_, err = tx.PartsOfVehicle(1)
				assert.ErrorIs(t, err, tt.want)
				err = tx.LedgerOf(1000, func(storage.LedgerEntry) error { return nil })
				assert.ErrorIs(t, err, tt.want)
				assert.ErrorContains(t, err, "ledger entry 1 of persona 1000")
				return nil
			}))
			require.NoError(t, s.Update(func(tx storage.Tx) error {
				assert.ErrorIs(t, tx.PutAccount(storage.Account{ID: 1000000, Name: "Account 1"}), tt.want)
				assert.ErrorIs(t, tx.DeletePart(2), tt.want)
				return nil
			}))
			require.ErrorIs(t, s.Verify(), tt.want)
		})
	}
}

func TestBlobVersions(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	for value, want := range map[string]error{"": ErrCorrupt, "\x00x": ErrCorrupt, "\x02x": ErrNewer, "\x01x": nil} {
		rawPut(t, s, blobBucket, []byte("b"), []byte(value))
		require.NoError(t, s.View(func(tx storage.ReadTx) error {
			_, err := tx.Blob("b")
			assert.ErrorIs(t, err, want, "%q", value)
			return nil
		}))
	}
}

// Arbitrary bytes in the place of records give errors or records that can be
// written again, never a panic.
func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte("\x01" + `{"id":1000000,"name":"Molly","password_hash":"x","created":"2001-10-29T00:00:00Z"}`))
	f.Add([]byte("\x01" + `{"id":1000,"account":1,"name":"Ace","car_numbers":["1","2"],"history":[{"won":1}],"stats":{"level":1}}`))
	f.Add([]byte("\x01" + `{"id":1,"owner":1000,"damage":"AQI="}`))
	f.Add([]byte("\x01" + `{"title":"Ace","cents":700}`))
	f.Add([]byte("\x02{}"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		again(t, accounts.codec, data)
		again(t, personas.codec, data)
		again(t, vehicles.codec, data)
		again(t, parts.codec, data)
		again(t, ledger.codec, data)
		again(t, driverCodec, data)
	})
}

// again decodes, and then encodes and decodes what came out.
func again[T any](t *testing.T, c codec[T], data []byte) {
	rec, err := c.decode(data)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
			t.Fatalf("untyped error: %v", err)
		}
		return
	}
	data, err = c.encode(rec)
	if err != nil {
		t.Fatalf("%+v cannot be written: %v", rec, err)
	}
	second, err := c.decode(data)
	if err != nil || fmt.Sprintf("%+v", second) != fmt.Sprintf("%+v", rec) {
		t.Fatalf("%+v became %+v: %v", rec, second, err)
	}
}
