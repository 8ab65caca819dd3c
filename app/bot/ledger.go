package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// LedgerEntry is one movement of money as the server recorded it. Ref is the car, part or race that it was for.
type LedgerEntry struct {
	ID      uint64 `json:"id"`
	Kind    string `json:"kind"`
	Amount  int64  `json:"amount"`
	Balance int64  `json:"balance"` // after it
	Ref     uint32 `json:"ref"`
	Note    string `json:"note"`
}

// LedgerSource returns the newest movements of a persona, the newest first.
type LedgerSource func(ctx context.Context, persona string) ([]LedgerEntry, error)

// maxLedgerAnswer bounds one answer, in bytes.
const maxLedgerAnswer = 4 << 20

// ConsoleLedger reads ledgers through the server's local interface at address, such as http://127.0.0.1:3000, with its token.
// The token stands in no error.
func ConsoleLedger(address, token string) (LedgerSource, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return nil, fmt.Errorf("%q is no address such as http://127.0.0.1:3000", address)
	}
	// The token goes to this address and nowhere else.
	web := &http.Client{Timeout: DefaultTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, persona string) ([]LedgerEntry, error) {
		u := base.JoinPath("/api/v1/personas/show")
		u.RawQuery = url.Values{"name": {persona}}.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		resp, err := web.Do(req)
		if err != nil {
			return nil, fmt.Errorf("ledger of %q: %w", persona, err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("ledger of %q: the console answers with the status %d", persona, resp.StatusCode)
		}
		var shown struct {
			Ledger []LedgerEntry `json:"ledger"`
		}
		if err := json.NewDecoder(io.LimitReader(resp.Body, maxLedgerAnswer)).Decode(&shown); err != nil {
			return nil, fmt.Errorf("ledger of %q: %w", persona, err)
		}
		return shown.Ledger, nil
	}, nil
}

// mergeLedger adds newly read entries, newest first, to those known already, oldest first. It reports false when some lie in
// between that neither has: the server shows a limited number.
func mergeLedger(known, newest []LedgerEntry) ([]LedgerEntry, bool) {
	slices.Reverse(newest)
	if len(known) == 0 {
		return newest, true
	}
	last := known[len(known)-1]
	for i, e := range newest {
		if e.ID == last.ID {
			return append(known, newest[i+1:]...), true
		}
	}
	return append(known, newest...), len(newest) == 0
}
