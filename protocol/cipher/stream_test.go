package cipher_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
)

func ExampleDESCBC() {
	key := [8]byte{0x3b, 0x96, 0x75, 0xea, 0x29, 0x36, 0x8d, 0x71}
	receive := cipher.NewDESDecrypter(key)
	for _, message := range []string{"23f48b6ee2604b9a", "7e0e18c6f486e39f", "d2efa7a5aed9e73d"} {
		text, _ := hex.DecodeString(message)
		err := receive.Crypt(text, text)
		fmt.Printf("%x %v\n", text, err)
	}
	// Output:
	// 030c0004cdcdcdcd <nil>
	// 0128000800000000 <nil>
	// 010c000800000001 <nil>
}

// The start of a recorded lobby connection, one chain for each direction (nps-lobby-rooms 3.1).
func TestDESChain(t *testing.T) {
	key := capturedKey(t).DESKey()
	for name, messages := range map[string][][2]string{
		"client to server": {
			{"23f48b6ee2604b9a", "030c0004cdcdcdcd"},
			{"7e0e18c6f486e39f", "0128000800000000"},
			{"d2efa7a5aed9e73d", "010c000800000001"},
		},
		"server to client": {
			{"b3682c9e75dcd97618e48f2f8633f6fd", "040403ec00000019000000054354524c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			encrypt, decrypt := cipher.NewDESEncrypter(key), cipher.NewDESDecrypter(key)
			for _, m := range messages {
				assertCrypt(t, decrypt, m[0], m[1])
				assertCrypt(t, encrypt, m[1], m[0])
			}
		})
	}
}

// assertCrypt runs one message through a direction.
func assertCrypt(t *testing.T, direction *cipher.DESCBC, in, want string) {
	t.Helper()
	text := unhex(t, in)
	require.NoError(t, direction.Crypt(text, text))
	require.Equal(t, want, hex.EncodeToString(text))
}

func TestDESCutAnywhereBetweenBlocks(t *testing.T) {
	key := capturedKey(t).DESKey()
	plain := make([]byte, 64)
	for i := range plain {
		plain[i] = byte(i)
	}
	whole := make([]byte, 64)
	require.NoError(t, cipher.NewDESEncrypter(key).Crypt(whole, plain))
	for cut := 0; cut <= 64; cut += 8 {
		parts, encrypt := make([]byte, 70), cipher.NewDESEncrypter(key)
		require.NoError(t, encrypt.Crypt(parts, plain[:cut]))
		require.NoError(t, encrypt.Crypt(parts[cut:], plain[cut:]))
		assert.Equal(t, whole, parts[:64], "cut at %d", cut)
		assert.Equal(t, make([]byte, 6), parts[64:], "nothing behind the text is touched")
	}
}

func TestDESErrors(t *testing.T) {
	key := capturedKey(t).DESKey()
	for name, direction := range map[string]*cipher.DESCBC{
		"encrypt": cipher.NewDESEncrypter(key), "decrypt": cipher.NewDESDecrypter(key),
	} {
		t.Run(name, func(t *testing.T) {
			dst := make([]byte, 16)
			for _, size := range []int{1, 7, 9, 15} {
				assert.ErrorIs(t, direction.Crypt(dst, make([]byte, size)), cipher.ErrBlocks, "%d bytes", size)
			}
			assert.ErrorIs(t, direction.Crypt(dst[:8], make([]byte, 16)), cipher.ErrBlocks, "no room")
			assert.Equal(t, make([]byte, 16), dst)
			assert.NoError(t, direction.Crypt(nil, nil))
		})
	}
	decrypt := cipher.NewDESDecrypter(key)
	require.Error(t, decrypt.Crypt(make([]byte, 8), make([]byte, 9)))
	assertCrypt(t, decrypt, "23f48b6ee2604b9a", "030c0004cdcdcdcd") // an error leaves the chain where it was
}

// The first bodies of a recorded MCOTS connection and its key stream (mcots-1 1.5).
func TestRC4Stream(t *testing.T) {
	key := capturedKey(t).RC4Key()
	keyStream := make([]byte, 16)
	cipher.NewRC4(key).XOR(keyStream, keyStream)
	assert.Equal(t, "b8fe29df816d670f06ac2f7981a708e4", hex.EncodeToString(keyStream))

	client, server := cipher.NewRC4(key), cipher.NewRC4(key)
	body := unhex(t, "d1fe456bd56d720f06ac2f79") // the start of a body of 39 bytes
	body = append(body, make([]byte, 39-len(body))...)
	client.XOR(body, body)
	assert.Equal(t, "69006cb45400150000000000", hex.EncodeToString(body[:12]))
	for _, m := range [][2]string{{"3cb9c0693db0be0ba375", "44010000000000000000"}, {"5896956f9b279be16f5e", "42010000000000000000"}} {
		out := make([]byte, 12)
		client.XOR(out, unhex(t, m[0]))
		assert.Equal(t, m[1]+"0000", hex.EncodeToString(out), "nothing behind the text is touched")
	}
	body = unhex(t, "6dfe9b3fe204660e06ac")
	server.XOR(body, body)
	assert.Equal(t, "d500b2e0636901010000", hex.EncodeToString(body))
	server.XOR(nil, nil)
}

func TestNoAllocations(t *testing.T) {
	key := capturedKey(t)
	text := make([]byte, 1024)
	encrypt, decrypt, rc4 := cipher.NewDESEncrypter(key.DESKey()), cipher.NewDESDecrypter(key.DESKey()), cipher.NewRC4(key.RC4Key())
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if encrypt.Crypt(text, text) != nil || decrypt.Crypt(text, text) != nil {
			t.Fatal("whole blocks refused")
		}
		rc4.XOR(text, text)
	}))
}

// Every encrypted message of the recorded lobby and room connections, in order, in both directions of the cipher.
func TestCapturedLobbyChains(t *testing.T) {
	keys := map[string][8]byte{}
	type chain struct{ encrypt, decrypt *cipher.DESCBC }
	chains := map[string]chain{}
	checked := 0
	for _, row := range referenceRows(t, "lobby-vectors.tsv") {
		name, direction, encrypted, wire, inner := row[0], row[2], row[3], row[4], row[5]
		if session, isKey := strings.CutPrefix(name, "# key of "); isKey {
			keys[session] = [8]byte(unhex(t, inner)[:8])
			continue
		}
		session, _, _ := strings.Cut(name, ".")
		if encrypted != "yes" || wire == "" || inner == "" || strings.HasSuffix(name, ".segment") {
			continue
		}
		key, captured := keys[session]
		id := name[:strings.LastIndex(name, ".")] + direction
		if !captured { // made by hand: each the first message of a connection with the key of S1741
			key, id = keys["S1741"], name
		}
		if _, known := chains[id]; !known {
			chains[id] = chain{cipher.NewDESEncrypter(key), cipher.NewDESDecrypter(key)}
		}
		require.Equal(t, "1101", wire[:4], name)
		t.Run(name, func(t *testing.T) {
			if inner == "-" {
				cryptMasked(t, chains[id].decrypt, chains[id].encrypt, wire[8:])
				return
			}
			assertCrypt(t, chains[id].decrypt, wire[8:], inner)
			assertCrypt(t, chains[id].encrypt, inner, wire[8:])
		})
		checked++
	}
	assert.Greater(t, checked, 50)
}

// cryptMasked runs one message through both directions of the cipher whose content the vectors keep to themselves: a 0x020D
// of 51 bytes. Its bytes must not appear in a test log.
func cryptMasked(t *testing.T, decrypt, encrypt *cipher.DESCBC, wire string) {
	t.Helper()
	text := unhex(t, wire)
	require.NoError(t, decrypt.Crypt(text, text))
	require.Equal(t, "020d0033", hex.EncodeToString(text[:4]))
	require.NoError(t, encrypt.Crypt(text, text))
	require.Equal(t, wire, hex.EncodeToString(text))
}

var streamOffset = regexp.MustCompile(`RC4 (client|server)-stream offset (\d+)`)

// Every frame of one recorded MCOTS connection, in order. Long rows are cut; what is missing still moves the stream.
func TestCapturedMCOTSStream(t *testing.T) {
	rows := referenceRows(t, "mcots-vectors.tsv")
	require.Equal(t, "# RC4 key of the main captured session", rows[0][0])
	key := [16]byte(unhex(t, rows[0][2]))
	streams := map[string]*cipher.RC4{"client": cipher.NewRC4(key), "server": cipher.NewRC4(key)}
	offsets := map[string]int{}
	checked := 0
	for _, row := range rows[1:] {
		name, wire, body, meaning := row[0], row[2], row[3], row[4]
		place := streamOffset.FindStringSubmatch(meaning)
		if place == nil || wire == "-" || strings.Contains(meaning, "second session") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			offset, err := strconv.Atoi(place[2])
			require.NoError(t, err)
			require.Equal(t, offset, offsets[place[1]])

			shown, _, wasCut := strings.Cut(wire, "...")
			frame := unhex(t, shown)
			require.Equal(t, "TOMC", string(frame[2:6]))
			require.Equal(t, byte(8), frame[10])
			size := int(binary.LittleEndian.Uint16(frame)) - 9
			text := frame[11:]
			require.Equal(t, wasCut, len(text) < size)
			streams[place[1]].XOR(text, text)
			want, _, _ := strings.Cut(body, "...")
			n := min(len(want), 2*len(text))
			require.NotZero(t, n)
			assert.Equal(t, want[:n], hex.EncodeToString(text)[:n])

			hidden := make([]byte, size-len(text))
			streams[place[1]].XOR(hidden, hidden)
			offsets[place[1]] += size
		})
		checked++
	}
	assert.Greater(t, checked, 25)
}

func BenchmarkDES(b *testing.B) {
	key := capturedKey(b).DESKey()
	for name, direction := range map[string]*cipher.DESCBC{
		"encrypt": cipher.NewDESEncrypter(key), "decrypt": cipher.NewDESDecrypter(key),
	} {
		b.Run(name, func(b *testing.B) {
			text := make([]byte, 1024)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := direction.Crypt(text, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRC4(b *testing.B) {
	stream := cipher.NewRC4(capturedKey(b).RC4Key())
	text := make([]byte, 1024)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		stream.XOR(text, text)
	}
}
