package cipher_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
)

// capturedKey is the session key of one recorded session (nps-login-persona 2.2).
func capturedKey(t testing.TB) cipher.SessionKey {
	t.Helper()
	return cipher.SessionKey(unhex(t, "3b9675ea29368d711c27491ba1e6c15de6071164b8c0fbcf3e514529946946cb"))
}

func TestSessionKeyParts(t *testing.T) {
	key := capturedKey(t)
	des, rc4, hash := key.DESKey(), key.RC4Key(), key.Hash()
	assert.Equal(t, "3b9675ea29368d71", hex.EncodeToString(des[:]))
	assert.Equal(t, "3b9675ea29368d711c27491ba1e6c15d", hex.EncodeToString(rc4[:]))
	assert.Equal(t, "3bc1d724ae3bd462ec28", hex.EncodeToString(hash[:10]), "first bytes of the captured hash")
}

func TestSessionKeyHidesItself(t *testing.T) {
	key := capturedKey(t)
	holder := struct {
		Key  cipher.SessionKey
		Keys []cipher.SessionKey
	}{key, []cipher.SessionKey{key}}
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%T%v", "%!"} {
		texts = append(texts, fmt.Sprintf(verb, key), fmt.Sprintf(verb, &key), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	texts = append(texts, key.String(), key.GoString(), fmt.Sprint(key), fmt.Errorf("refused: %v", key).Error())

	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)
	texts = append(texts, string(asJSON))
	var logged bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
		slog.New(handler).Info("message", "key", key, "holder", holder)
	}
	texts = append(texts, logged.String())

	for _, text := range texts {
		for _, leak := range []string{"3b96", "3B96", "3b 96", "59 150", "59,150", "0x3b", "\\x96", ";\x96"} {
			assert.NotContains(t, text, leak)
		}
	}
	assert.Equal(t, "session key (hidden)", fmt.Sprintf("%x", key))
	assert.Equal(t, `{"Key":"session key (hidden)","Keys":["session key (hidden)"]}`, string(asJSON))
}
