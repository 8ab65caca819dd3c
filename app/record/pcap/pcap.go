// Package pcap turns recorded sessions into pcapng files that Wireshark opens: every
// connection is a TCP stream of its own, with the packets that would have opened and
// closed it. Messages lie in it as the recording has them, in clear; the dissector of
// package dissect names them.
package pcap

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strings"
	"time"

	"mcos/app/record/tape"
)

// The blocks of a pcapng file and their numbers (the pcapng draft, 4).
const (
	sectionBlock   = 0x0A0D0D0A
	interfaceBlock = 1
	packetBlock    = 6
	byteOrder      = 0x1A2B3C4D
	ethernet       = 1 // link type
	optionEnd      = 0
	optionComment  = 1
	optionApp      = 4 // of the section: who wrote it
	unknownLength  = ^uint64(0)
)

// Writer writes packets. It belongs to one goroutine.
type Writer struct {
	w      io.Writer
	flows  map[string]*flow
	opened uint32 // flows so far
	next   uint16 // port of the next client whose own is unknown
	err    error
}

// NewWriter starts a file; app names the program that writes it.
func NewWriter(w io.Writer, app string) *Writer {
	p := &Writer{w: w, flows: map[string]*flow{}, next: firstPort}
	section := binary.LittleEndian.AppendUint32(nil, byteOrder)
	section = binary.LittleEndian.AppendUint16(section, 1) // version 1.0
	section = binary.LittleEndian.AppendUint16(section, 0)
	section = binary.LittleEndian.AppendUint64(section, unknownLength)
	p.block(sectionBlock, appendOptions(section, optionApp, app))
	link := binary.LittleEndian.AppendUint16(nil, ethernet)
	link = append(link, 0, 0)
	link = binary.LittleEndian.AppendUint32(link, 0) // no limit
	p.block(interfaceBlock, link)
	return p
}

const firstPort = 49152

// Write adds one event. Notes and keys have no packets.
func (p *Writer) Write(e *tape.Entry) error {
	if e.Type == tape.Note || e.Type == tape.Key {
		return p.err
	}
	f := p.flows[e.Conn]
	if f == nil {
		f = p.open(e)
		p.flows[e.Conn] = f
		if e.Type == tape.Connect {
			return p.err
		}
	}
	switch e.Type {
	case tape.In, tape.Out:
		p.data(f, e)
	case tape.Disconnect:
		p.packet(e.Time, f, true, fin|ack, nil, e.Text)
		f.client.seq++
		p.packet(e.Time, f, false, fin|ack, nil, "")
		f.server.seq++
		p.packet(e.Time, f, true, ack, nil, "")
		delete(p.flows, e.Conn)
	}
	return p.err
}

// open makes the flow of a connection and its three packets.
func (p *Writer) open(e *tape.Entry) *flow {
	f := p.flow(e)
	p.packet(e.Time, f, true, syn, nil, e.Text)
	f.client.seq++
	p.packet(e.Time, f, false, syn|ack, nil, "")
	f.server.seq++
	p.packet(e.Time, f, true, ack, nil, "")
	return f
}

// flow finds the addresses of a connection, or makes some up. The server's port is
// always the documented one, by which the dissector knows the protocol; what was HTTPS
// lies in clear and so has the port of HTTP.
func (p *Writer) flow(e *tape.Entry) *flow {
	client, clientErr := netip.ParseAddrPort(e.Client)
	server, serverErr := netip.ParseAddrPort(e.Server)
	if clientErr != nil || serverErr != nil || client.Addr().Unmap().Is4() != server.Addr().Unmap().Is4() {
		client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), p.next)
		server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 0)
		p.next = max(firstPort, p.next+1)
	}
	port := uint16(e.Port)
	if port == 443 && e.Family == tape.Web {
		port = 80
	}
	// Sequence numbers of their own tell apart flows with the same addresses, such as
	// the requests of one web connection.
	p.opened++
	return &flow{
		client: end{addr: client.Addr().Unmap(), port: client.Port(), seq: p.opened * 10_000_019},
		server: end{addr: server.Addr().Unmap(), port: port, seq: p.opened * 70_000_027},
	}
}

// segment is the most data of one packet, in bytes.
const segment = 1440

// data writes a message in as many packets as it needs.
func (p *Writer) data(f *flow, e *tape.Entry) {
	fromClient := e.Type == tape.In
	comment := e.Name
	if e.Persona != "" {
		comment += ", " + e.Persona
	}
	if len(e.Masked) > 0 {
		comment += ", overwritten: " + strings.Join(e.Masked, ", ")
	}
	if e.Encrypted {
		comment += ", encrypted on the wire"
	}
	for rest := e.Data; len(rest) > 0; comment = "" {
		part := rest[:min(len(rest), segment)]
		rest = rest[len(part):]
		bits := ack
		if len(rest) == 0 {
			bits |= psh
		}
		p.packet(e.Time, f, fromClient, bits, part, comment)
		f.from(fromClient).seq += uint32(len(part))
	}
}

// packet writes one packet block.
func (p *Writer) packet(at time.Time, f *flow, fromClient bool, bits uint8, data []byte, comment string) {
	frame := f.frame(fromClient, bits, data)
	micros := uint64(at.UnixMicro())
	body := binary.LittleEndian.AppendUint32(nil, 0) // interface
	body = binary.LittleEndian.AppendUint32(body, uint32(micros>>32))
	body = binary.LittleEndian.AppendUint32(body, uint32(micros))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(frame)))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(frame)))
	body = pad(append(body, frame...))
	p.block(packetBlock, appendOptions(body, optionComment, strings.ToValidUTF8(comment, "?")))
}

// appendOptions adds one option, unless it is empty.
func appendOptions(b []byte, code uint16, text string) []byte {
	if text == "" {
		return b
	}
	text = text[:min(len(text), 1<<16-1)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	b = pad(append(b, text...))
	return binary.LittleEndian.AppendUint32(b, optionEnd)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// block writes one block between its two lengths.
func (p *Writer) block(kind uint32, body []byte) {
	size := uint32(len(body) + 12)
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, size), kind)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = append(b, body...)
	b = binary.LittleEndian.AppendUint32(b, size)
	_, err := p.w.Write(b)
	p.err = errors.Join(p.err, err)
}
