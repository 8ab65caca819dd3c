package pcap

import (
	"encoding/binary"
	"net/netip"
)

// The flags of a TCP packet.
const (
	fin uint8 = 0x01
	syn uint8 = 0x02
	psh uint8 = 0x08
	ack uint8 = 0x10
)

// flow is one connection.
type flow struct{ client, server end }

type end struct {
	addr netip.Addr
	port uint16
	seq  uint32 // of its next byte
}

func (f *flow) from(client bool) *end {
	if client {
		return &f.client
	}
	return &f.server
}

const (
	tcp       = 6 // protocol number
	ttl       = 64
	window    = 65535
	tcpHeader = 20
	ip4Header = 20
	ip6Header = 40
)

// frame is a whole Ethernet frame.
func (f *flow) frame(fromClient bool, bits uint8, data []byte) []byte {
	src, dst := f.from(fromClient), f.from(!fromClient)
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00}
	if !fromClient {
		b[5], b[11] = 2, 1
	}
	if src.addr.Is4() {
		b = append(b, ip4(src.addr, dst.addr, tcpHeader+len(data))...)
	} else {
		b[12], b[13] = 0x86, 0xDD
		b = append(b, ip6(src.addr, dst.addr, tcpHeader+len(data))...)
	}
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, src.port)
	b = binary.BigEndian.AppendUint16(b, dst.port)
	b = binary.BigEndian.AppendUint32(b, src.seq)
	acked := dst.seq
	if bits&ack == 0 {
		acked = 0
	}
	b = binary.BigEndian.AppendUint32(b, acked)
	b = append(b, tcpHeader/4<<4, bits)
	b = binary.BigEndian.AppendUint16(b, window)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(b, data...)
	binary.BigEndian.PutUint16(b[start+16:], checksum(pseudo(src.addr, dst.addr, len(b)-start), b[start:]))
	return b
}

func ip4(src, dst netip.Addr, size int) []byte {
	b := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, ttl, tcp, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(ip4Header+size))
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], checksum(b))
	return b
}

func ip6(src, dst netip.Addr, size int) []byte {
	b := make([]byte, 8, ip6Header)
	b[0], b[6], b[7] = 0x60, tcp, ttl
	binary.BigEndian.PutUint16(b[4:], uint16(size))
	return append(append(b, src.AsSlice()...), dst.AsSlice()...)
}

// pseudo is what a TCP checksum covers besides the packet.
func pseudo(src, dst netip.Addr, size int) []byte {
	b := append(src.AsSlice(), dst.AsSlice()...)
	return append(b, 0, tcp, byte(size>>8), byte(size))
}

// checksum is the Internet checksum over parts of which all but the last have an even
// length.
func checksum(parts ...[]byte) uint16 {
	var sum uint32
	for _, b := range parts {
		for i, c := range b {
			if i%2 == 0 {
				sum += uint32(c) << 8
			} else {
				sum += uint32(c)
			}
		}
	}
	for sum > 0xFFFF {
		sum = sum>>16 + sum&0xFFFF
	}
	return ^uint16(sum)
}
