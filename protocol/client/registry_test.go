package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/client"
)

// sections is what every file holds once for each kind of Windows; R stands for the root, H for the host, W for the host with
// its web port, P for the port.
const sections = `
[R\EACom\AuthAuth]
"AuthLoginServer"="H"
"AuthLoginBaseService"="AuthLogin"
"AuthLogin"="2176"
"SSLRetry"=dword:00000000

[R\Electronic Arts\Motor City]
"GamePatch"="games/EA_Seattle/MotorCity/MCO"
"UpdateInfoPatch"="games/EA_Seattle/MotorCity/UpdateInfo"
"NPSPatch"="games/EA_Seattle/MotorCity/NPS"
"PatchServerIP"="H"
"PatchServerPort"="P"
"CreateAccount"="W/SubscribeEntry.jsp?prodID=REG-MCO"

[R\Electronic Arts\Motor City\1.0]
"ShardUrl"="http://W/ShardList/"
"ShardUrlDev"="http://W/ShardList/"
"TickerUrl"="http://W/Ticker"

[R\Electronic Arts\Motor City\AuthAuth]
"AuthLoginServer"="H"
"AuthLoginBaseService"="AuthLogin"

[R\Electronic Arts\Network Play System]
"Log"="1"
`

// golden fills the sections for both roots.
func golden(host, web, port string) string {
	text := "Windows Registry Editor Version 5.00\n"
	for _, root := range []string{`[HKEY_LOCAL_MACHINE\SOFTWARE\`, `[HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\`} {
		text += strings.NewReplacer(`[R\`, root, `"H"`, `"`+host+`"`, `"P"`, `"`+port+`"`,
			`"W/`, `"`+web+`/`, `//W/`, `//`+web+`/`).Replace(sections)
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

func TestRegFile(t *testing.T) {
	for _, tc := range []struct {
		host      string
		port      int
		web, text string
	}{
		{"mco.example.org", 80, "mco.example.org", "80"},
		{"192.168.1.20", 8080, "192.168.1.20:8080", "8080"},
	} {
		t.Run(tc.host, func(t *testing.T) {
			got, err := client.RegFile(tc.host, tc.port)
			require.NoError(t, err)
			assert.Equal(t, golden(tc.host, tc.web, tc.text), string(got))
			for i, c := range got {
				require.True(t, c == '\r' || c == '\n' || c >= ' ' && c <= '~', "byte %#x at %d", c, i)
			}
		})
	}
}

func TestAddressErrors(t *testing.T) {
	_, err := client.Values("bad host", 80)
	assert.ErrorIs(t, err, client.ErrHost)
	_, err = client.RegFile("bad\"host", 80)
	assert.ErrorIs(t, err, client.ErrHost)
	for _, port := range []int{-1, 0, 65536} {
		_, err = client.Values("localhost", port)
		assert.ErrorIs(t, err, client.ErrPort, "%d", port)
		_, err = client.RegFile("localhost", port)
		assert.ErrorIs(t, err, client.ErrPort, "%d", port)
	}
	for _, port := range []int{1, 65535} {
		_, err = client.Values("localhost", port)
		assert.NoError(t, err, "%d", port)
	}
}

// A later client patcher sets the values one by one: no value may appear twice, and sections must not fall apart.
func TestValuesAreUniqueAndGrouped(t *testing.T) {
	values, err := client.Values("localhost", 80)
	require.NoError(t, err)
	names := map[string]bool{}
	keys := map[string]bool{}
	key := ""
	for _, v := range values {
		assert.False(t, names[v.Key+"|"+v.Name], "%s %s appears twice", v.Key, v.Name)
		names[v.Key+"|"+v.Name] = true
		if v.Key != key {
			assert.False(t, keys[v.Key], "%s is not in one piece", v.Key)
			key, keys[v.Key] = v.Key, true
		}
	}
	assert.Len(t, keys, 5)
}

func TestFormatReg(t *testing.T) {
	got, err := client.FormatReg([]client.Value{
		{Key: `A\B`, Text: `C:\Program Files (x86)\"Game"\`},
		{Key: `A\B`, Name: `odd "name" \`, Kind: client.DWORD, Number: 0xfedcba98},
		{Key: `A`, Name: "empty"},
	}, client.Root64)
	require.NoError(t, err)
	assert.Equal(t, "Windows Registry Editor Version 5.00\r\n"+
		"\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\A\\B]\r\n"+
		`@="C:\\Program Files (x86)\\\"Game\"\\"`+"\r\n"+
		`"odd \"name\" \\"=dword:fedcba98`+"\r\n"+
		"\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\A]\r\n"+
		`"empty"=""`+"\r\n", string(got))
}

func TestFormatRegErrors(t *testing.T) {
	for name, v := range map[string]client.Value{
		"no key":           {Name: "n"},
		"bracket in key":   {Key: `A]`, Name: "n"},
		"line end in key":  {Key: "A\r\n[B", Name: "n"},
		"line end in name": {Key: "A", Name: "n\n"},
		"line end in text": {Key: "A", Name: "n", Text: "a\r\n\"b\"=\"c\""},
		"NUL in text":      {Key: "A", Name: "n", Text: "a\x00"},
		"umlaut in text":   {Key: "A", Name: "n", Text: "Müller"},
		"delete character": {Key: "A", Name: "n", Text: "\x7f"},
		"unknown kind":     {Key: "A", Name: "n", Kind: 2},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := client.FormatReg([]client.Value{{Key: "A", Name: "good"}, v}, client.Root32)
			require.ErrorIs(t, err, client.ErrValue)
			assert.Nil(t, got)
		})
	}
}

func TestCheckHost(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	long := strings.Repeat(label63+".", 3) + strings.Repeat("a", 61) // 253 characters
	for _, host := range []string{
		"localhost", "MCO.Example.ORG", "a", "my-pc", "3com.example", "1.2.3.4a", "xn--mller-kva.example", "127.0.0.1", "255.255.255.255",
		label63, long,
	} {
		assert.NoError(t, client.CheckHost(host), "%q", host)
	}
	for _, host := range []string{
		"", " ", "a b", "a.", ".a", "a..b", "-a", "a-", "a.-b.c", "a_b", "müller.example", "a\x00", "a\n",
		`a"b`, `a\b`, "a/b", "a:80", "http://a", "@", "`", "{", "[",
		"::1", "[::1]", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "12345", "a.1",
		label63 + "a", long + "a",
	} {
		assert.ErrorIs(t, client.CheckHost(host), client.ErrHost, "%q", host)
	}
}

// Whatever host is accepted can be written without any escaping.
func FuzzCheckHost(f *testing.F) {
	for _, host := range []string{"localhost", "127.0.0.1", "mco.example.org", "a\"\r\n[b", "::1"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if client.CheckHost(host) != nil {
			return
		}
		got, err := client.RegFile(host, 80)
		require.NoError(t, err)
		require.Equal(t, golden(host, host, "80"), string(got))
	})
}

func ExampleValues() {
	values, err := client.Values("mco.example.org", 8080)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range values {
		if v.Key == client.KeyVersion {
			fmt.Println(v.Name, v.Text)
		}
	}
	// Output:
	// ShardUrl http://mco.example.org:8080/ShardList/
	// ShardUrlDev http://mco.example.org:8080/ShardList/
	// TickerUrl http://mco.example.org:8080/Ticker
}

func ExampleFormatReg() {
	file, err := client.FormatReg([]client.Value{
		{Key: `Electronic Arts\Motor City`, Name: "InstallDir", Text: `C:\Games\MCO`},
		{Key: `Electronic Arts\Motor City`, Name: "DisableAudio", Kind: client.DWORD, Number: 1},
	}, client.Root32)
	fmt.Println(strings.ReplaceAll(string(file), "\r\n", "\n"), err)
	// Output:
	// Windows Registry Editor Version 5.00
	//
	// [HKEY_LOCAL_MACHINE\SOFTWARE\Electronic Arts\Motor City]
	// "InstallDir"="C:\\Games\\MCO"
	// "DisableAudio"=dword:00000001
	//  <nil>
}
