// Package pever reads the version that a Windows program carries in its resources.
package pever

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Version is the file version of a program: major, minor, build, revision.
type Version [4]uint16

// String is the version as Windows shows it.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3]) }

// Errors of File.
var (
	// ErrFormat says that a file is no Windows program, or a damaged one.
	ErrFormat = errors.New("no Windows program")
	// ErrNone says that a program does not tell its version.
	ErrNone = errors.New("the program does not tell its version")
)

// Places in a program (PE file), in bytes.
const (
	atHeader     = 0x3c // offset of the PE header, in the DOS header
	coffSize     = 24   // signature and COFF header
	sectionSize  = 40
	plainPE      = 0x10b // magic of the optional header of a 32-bit program
	plusPE       = 0x20b // of a 64-bit one
	plainDirs    = 96    // offset of the data directories in the optional header
	plusDirs     = 112
	resourceDir  = 2 // index of the resources among the data directories
	versionType  = 16
	maxEntries   = 4096
	fixedMagic   = 0xfeef04bd // starts the fixed part of a version resource
	fixedSize    = 52
	infoMaxBytes = 1 << 16
)

// view is a part of a file that is read with its bounds in mind.
type view []byte

func (v view) sub(offset, size uint64) (view, bool) {
	if offset > uint64(len(v)) || size > uint64(len(v))-offset {
		return nil, false
	}
	return v[offset : offset+size], true
}

func (v view) u16(offset uint64) (uint16, bool) {
	b, ok := v.sub(offset, 2)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b), true
}

func (v view) u32(offset uint64) (uint32, bool) {
	b, ok := v.sub(offset, 4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// File returns the version of a program from its content. The errors are ErrFormat
// and ErrNone.
func File(content []byte) (Version, error) {
	file := view(content)
	sections, directory, err := headers(file)
	if err != nil {
		return Version{}, err
	}
	if directory == 0 {
		return Version{}, ErrNone
	}
	resources, ok := at(file, sections, directory)
	if !ok {
		return Version{}, fmt.Errorf("%w: its resources lie outside", ErrFormat)
	}
	// Three levels: type, name, language. The first of the latter two will do.
	offset, ok := find(resources, 0, versionType)
	for range 2 {
		if ok {
			offset, ok = find(resources, offset, -1)
		}
	}
	if !ok {
		return Version{}, ErrNone
	}
	address, ok := resources.u32(offset)
	size, ok2 := resources.u32(offset + 4)
	data, ok3 := at(file, sections, address)
	if !ok || !ok2 || !ok3 {
		return Version{}, fmt.Errorf("%w: its version lies outside", ErrFormat)
	}
	return fixed(data[:min(uint64(len(data)), uint64(size), infoMaxBytes)])
}

// section is a part of the program and where it lies in memory and in the file.
type section struct{ address, size, offset, raw uint32 }

// headers returns the sections, and the address of the resources; 0 when there are none.
func headers(file view) (sections []section, directory uint32, err error) {
	dos, ok := file.u16(0)
	start, ok2 := file.u32(atHeader)
	if !ok || !ok2 || dos != 'M'|'Z'<<8 {
		return nil, 0, ErrFormat
	}
	pe := uint64(start)
	signature, ok := file.u32(pe)
	count, ok2 := file.u16(pe + 6)
	optional, ok3 := file.u16(pe + 20)
	magic, ok4 := file.u16(pe + coffSize)
	if !ok || !ok2 || !ok3 || !ok4 || signature != 'P'|'E'<<8 {
		return nil, 0, ErrFormat
	}
	dirs := uint64(plainDirs)
	switch magic {
	case plainPE:
	case plusPE:
		dirs = plusDirs
	default:
		return nil, 0, ErrFormat
	}
	if number, ok := file.u32(pe + coffSize + dirs - 4); ok && number > resourceDir {
		directory, _ = file.u32(pe + coffSize + dirs + 8*resourceDir)
	}
	for i := range uint64(count) {
		raw, ok := file.sub(pe+coffSize+uint64(optional)+i*sectionSize, sectionSize)
		if !ok {
			return nil, 0, ErrFormat
		}
		u := func(at int) uint32 { return binary.LittleEndian.Uint32(raw[at:]) }
		sections = append(sections, section{size: u(8), address: u(12), raw: u(16), offset: u(20)})
	}
	return sections, directory, nil
}

// at returns the file's bytes from a memory address to the end of its section.
func at(file view, sections []section, address uint32) (view, bool) {
	for _, s := range sections {
		if address < s.address || address-s.address >= s.raw {
			continue
		}
		skip := uint64(address - s.address)
		end := min(uint64(s.offset)+uint64(s.raw), uint64(len(file)))
		from := uint64(s.offset) + skip
		if from > end {
			return nil, false
		}
		return file[from:end], true
	}
	return nil, false
}

// find looks for an entry in a resource directory, by its number or, with -1, the
// first one. It returns what the entry leads to: a directory or data.
func find(resources view, directory uint64, id int) (uint64, bool) {
	named, ok := resources.u16(directory + 12)
	numbered, ok2 := resources.u16(directory + 14)
	if !ok || !ok2 {
		return 0, false
	}
	for i := range min(uint64(named)+uint64(numbered), maxEntries) {
		name, ok := resources.u32(directory + 16 + 8*i)
		target, ok2 := resources.u32(directory + 20 + 8*i)
		if !ok || !ok2 {
			return 0, false
		}
		if id < 0 || uint64(name) == uint64(id) {
			return uint64(target &^ (1 << 31)), true
		}
	}
	return 0, false
}

// fixed finds the fixed part of a version resource.
func fixed(info view) (Version, error) {
	for offset := uint64(0); offset+fixedSize <= uint64(len(info)); offset += 4 {
		magic, _ := info.u32(offset)
		if magic != fixedMagic {
			continue
		}
		high, _ := info.u32(offset + 8)
		low, _ := info.u32(offset + 12)
		return Version{uint16(high >> 16), uint16(high), uint16(low >> 16), uint16(low)}, nil
	}
	return Version{}, ErrNone
}
