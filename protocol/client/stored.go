package client

import (
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	"encoding/binary"
)

// The properties of a certificate in a store of Windows.
const (
	propHash = 3
	propUses = 9
	propCert = 32
)

// ServerUse is the value of the property CERT_ENHKEY_USAGE_PROP_ID with which a store
// limits a certificate to the one purpose that a game server has: the DER form of a
// list with the object identifier of server authentication, 1.3.6.1.5.5.7.3.1.
var ServerUse = []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01}

// StoredCertificate returns a certificate in the form in which Windows and Wine keep it
// in the registry, as the binary value Blob of a key that is named by the SHA-1 of the
// certificate: its properties, each with number, a one, length and data. The store
// limits it to server authentication (see ServerUse), whatever it says itself. der is
// its DER form.
func StoredCertificate(der []byte) []byte {
	sum := sha1.Sum(der) //nolint:gosec // see above
	out := make([]byte, 0, 36+len(sum)+len(ServerUse)+len(der))
	for _, p := range []struct {
		kind uint32
		data []byte
	}{{propHash, sum[:]}, {propUses, ServerUse}, {propCert, der}} {
		out = binary.LittleEndian.AppendUint32(out, p.kind)
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		out = append(out, p.data...)
	}
	return out
}
