package passwords

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var cheap = Params{MemoryKiB: 64, Time: 1, Threads: 1}

func TestHashAndVerify(t *testing.T) {
	h := New(cheap)
	first, err := h.Hash(t.Context(), "OUTATIM3!")
	require.NoError(t, err)
	second, err := h.Hash(t.Context(), "OUTATIM3!")
	require.NoError(t, err)
	assert.NotEqual(t, first, second, "every hash has its own salt")
	assert.True(t, strings.HasPrefix(first, "$argon2id$v=19$m=64,t=1,p=1$"))
	for password, want := range map[string]bool{"OUTATIM3!": true, "outatim3!": false, "": false, "OUTATIM3!x": false} {
		ok, err := h.Verify(t.Context(), first, password)
		require.NoError(t, err)
		assert.Equal(t, want, ok, password)
	}
}

func TestStoredCostCounts(t *testing.T) {
	old, err := New(cheap).Hash(t.Context(), "secret")
	require.NoError(t, err)
	ok, err := New(Params{MemoryKiB: 128, Time: 2, Threads: 1}).Verify(t.Context(), old, "secret")
	require.NoError(t, err)
	assert.True(t, ok, "a hash made with another cost still verifies")
}

func TestDamagedHashes(t *testing.T) {
	h := New(cheap)
	good, err := h.Hash(t.Context(), "secret")
	require.NoError(t, err)
	for name, hash := range map[string]string{
		"empty":       "",
		"plain":       "secret",
		"bcrypt":      "$2a$10$abcdefghijklmnopqrstuu",
		"cut":         good[:len(good)-30],
		"huge memory": strings.Replace(good, "m=64", "m=4000000000", 1),
		"no passes":   strings.Replace(good, "t=1", "t=0", 1),
		"no threads":  strings.Replace(good, "p=1", "p=0", 1),
		"many passes": strings.Replace(good, "t=1", "t=99", 1),
		"a gigabyte":  strings.Replace(good, "m=64", "m=1048576", 1),
		"threads":     strings.Replace(good, "p=1", "p=255", 1),
		"long salt":   strings.Replace(good, "p=1$", "p=1$"+strings.Repeat("AAAA", 1000), 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Verify(t.Context(), hash, "secret")
			assert.ErrorIs(t, err, ErrHash)
		})
	}
}

func TestPasswordForm(t *testing.T) {
	for password, ok := range map[string]bool{
		"a": true, strings.Repeat("x", 72): true, "p~!&%;+": true, "number#sign": false,
		"": false, strings.Repeat("x", 73): false, "two words": false, "tab\t": false, "Café": false,
	} {
		assert.Equal(t, ok, Valid(password) == nil, "%q", password)
	}
	_, err := New(cheap).Hash(t.Context(), "two words")
	assert.ErrorIs(t, err, ErrForm)
}

func TestPoolIsBounded(t *testing.T) {
	h := New(cheap)
	for range cap(h.slots) {
		h.slots <- struct{}{} // the pool is busy
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Hash(ctx, "secret")
	require.ErrorIs(t, err, context.Canceled)
	h.waiting.Store(maxWaiting)
	require.ErrorIs(t, h.Pretend(t.Context(), "secret"), ErrBusy)
	h.waiting.Store(0)
	<-h.slots
	require.NoError(t, h.Pretend(t.Context(), "secret"))
	assert.Zero(t, h.waiting.Load())
}

func BenchmarkVerify(b *testing.B) {
	h := New(Default())
	hash, err := h.Hash(b.Context(), "secret")
	require.NoError(b, err)
	for b.Loop() {
		if ok, err := h.Verify(b.Context(), hash, "secret"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
