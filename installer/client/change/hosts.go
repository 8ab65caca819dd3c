package change

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"mcos/installer/client/host"
)

// hostsOff is put before a line of the hosts file to switch it off. The line stays in
// its place, so that taking it back leaves the file as it was, whatever else has been
// written into it since.
const hostsOff = "#mcos# "

// lineGone is the state of a line that is there neither on nor off.
var lineGone = State{Data: []byte("gone")}

// readHostsLine finds the line Name of the file Path.
func (i Item) readHostsLine(h host.Host) (State, error) {
	content, err := h.Read(i.Path)
	if err != nil {
		return absent(State{}, err)
	}
	off := false
	for line := range bytes.Lines(content) {
		switch strings.TrimRight(string(line), "\r\n") {
		case i.Name:
			return State{Present: true}, nil
		case hostsOff + i.Name:
			off = true
		}
	}
	if off {
		return State{}, nil
	}
	return lineGone, nil
}

// writeHostsLine switches the line on or off, wherever it stands.
func (i Item) writeHostsLine(h host.Host, s State) error {
	file, err := readFile(h, i.Path)
	if err != nil {
		return err
	}
	if !file.Present {
		return errors.New("the file is gone")
	}
	from, to := i.Name, hostsOff+i.Name
	if s.Present {
		from, to = to, from
	}
	var out []byte
	for line := range bytes.Lines(file.Data) {
		text := bytes.TrimRight(line, "\r\n")
		if string(text) == from {
			line = slices.Concat([]byte(to), line[len(text):])
		}
		out = append(out, line...)
	}
	file.Data = out
	return writeFile(h, i.Path, file)
}
