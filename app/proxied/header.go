package proxied

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// signature begins every header; no message of the game or the web does.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

const (
	fixedBytes = 16   // signature, version and command, family, length
	maxBody    = 4096 // of addresses and additions; proxies send some hundred bytes

	version2     = 2
	commandLocal = 0
	commandProxy = 1
	tcp4         = 0x11
	tcp6         = 0x21
)

// header says who is at the other end of a proxy.
type header struct {
	// own tells that the proxy speaks for itself, as it does to see whether the server
	// is there.
	own bool
	// from is the client, to is where the proxy was reached.
	from, to netip.AddrPort
}

// Errors of a header.
var (
	errSignature = errors.New("no PROXY protocol header of version 2")
	errFamily    = errors.New("the header is not about TCP over IPv4 or IPv6")
	errSource    = errors.New("the client's address in the header is one of the proxy itself, or none; another proxy in front of it hides the real one")
)

// readHeader reads a header and not a byte more (the PROXY protocol, section 2.2).
func readHeader(r io.Reader) (h header, err error) {
	var fixed [fixedBytes]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return h, err
	}
	if string(fixed[:len(signature)]) != signature || fixed[12]>>4 != version2 {
		return h, errSignature
	}
	length := int(binary.BigEndian.Uint16(fixed[14:]))
	if length > maxBody {
		return h, fmt.Errorf("the header has %d bytes, more than the %d that make sense", length, maxBody)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return h, err
	}
	switch fixed[12] & 0xF {
	case commandLocal:
		return header{own: true}, nil
	case commandProxy:
		return addresses(fixed[13], body)
	}
	return h, fmt.Errorf("unknown command %d in the header", fixed[12]&0xF)
}

// addresses reads the block of addresses; what follows it is of no use here.
func addresses(family byte, body []byte) (h header, err error) {
	size := map[byte]int{tcp4: 4, tcp6: 16}[family]
	if size == 0 || len(body) < 2*size+4 {
		return h, errFamily
	}
	addr := func(at int) netip.Addr {
		a, _ := netip.AddrFromSlice(body[at : at+size])
		return a.Unmap()
	}
	port := func(at int) uint16 { return binary.BigEndian.Uint16(body[at:]) }
	h.from = netip.AddrPortFrom(addr(0), port(2*size))
	h.to = netip.AddrPortFrom(addr(size), port(2*size+2))
	if from := h.from.Addr(); from.IsLoopback() || from.IsUnspecified() || from.IsMulticast() {
		return header{}, errSource
	}
	return h, nil
}
