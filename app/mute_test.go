package app_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/bot"
)

// TestNobodyHearsAMutedPlayer has two players in a chat room; one is muted for one
// line. The other hears the lines before and after it.
func TestNobodyHearsAMutedPlayer(t *testing.T) {
	a, c := startWithConsole(t)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	listening, heardAll := make(chan struct{}), make(chan struct{})
	var heard [][]byte // what reached the listener, in order
	lines := []string{"hello", "rude words", "sorry"}
	var wg sync.WaitGroup
	wg.Go(func() {
		s := script("Doc", true)
		var once sync.Once
		s.OnEvent = func(e bot.Event) {
			for _, line := range lines {
				if bytes.Contains(e.Frame.Body, []byte(line)) {
					heard = append(heard, []byte(line))
				}
			}
			if bytes.Contains(e.Frame.Body, []byte(lines[2])) {
				once.Do(func() { close(heardAll) })
			}
		}
		s.InRoom = func(ctx context.Context, _ *bot.Player) error {
			close(listening)
			return wait(ctx, heardAll)
		}
		_, err := bot.New(target(t, a), bot.Options{}).Play(ctx, s)
		assert.NoError(t, err)
	})
	require.NoError(t, wait(ctx, listening))
	s := script("Marty", true)
	s.InRoom = func(ctx context.Context, p *bot.Player) error {
		for i, line := range lines {
			if i == 1 {
				if _, err := c.Mute(ctx, admin.Mute{Name: "Marty"}); err != nil {
					return err
				}
			}
			if err := p.Room.Say(ctx, p.Room.Channel, line); err != nil {
				return err
			}
			// An answered question: the line has been dealt with.
			if _, err := p.Room.Users(ctx, p.Room.Channel); err != nil {
				return err
			}
			if i == 1 {
				if err := c.Unmute(ctx, "Marty"); err != nil {
					return err
				}
			}
		}
		return wait(ctx, heardAll)
	}
	_, err := bot.New(target(t, a), bot.Options{}).Play(ctx, s)
	require.NoError(t, err)
	wg.Wait()
	assert.Equal(t, [][]byte{[]byte("hello"), []byte("sorry")}, heard)
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
