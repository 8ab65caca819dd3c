package client

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Windows names certificates by their SHA-1
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
)

// ErrForbidden says that an undo record names something that this program never changes.
var ErrForbidden = errors.New("the undo record names something that this program never changes; it was not followed")

// rules say what this program may change at all. An undo record is followed with
// high rights, maybe long after it was written: what is not allowed here is not
// done, whatever the record says.
type rules struct {
	part     Part // of which everything must be
	h        host.Host
	cleaning bool            // what removes leftovers of other servers is allowed, too
	values   map[string]bool // of the registry, as "path|name", lower-case
	keys     map[string]bool // that may be made and, when empty, removed
	written  map[string][]string
}

func newRules(h host.Host, cleaning bool) (*rules, error) {
	r := &rules{h: h, cleaning: cleaning, values: map[string]bool{}, keys: map[string]bool{}, written: written()}
	values := r.written[aValue]
	if cleaning {
		values = slices.Concat(values, r.written[aLeftover])
	}
	for _, v := range values {
		path, _, ok := strings.Cut(v, "|")
		if !ok {
			return nil, fmt.Errorf("the list of what was written: %q has no name", v)
		}
		r.values[v] = true
		_, below, _ := strings.Cut(path, `\`)
		for i, c := range below + `\` {
			if c == '\\' {
				r.keys[path[:len(path)-len(below)+i]] = true
			}
		}
	}
	return r, nil
}

// check refuses a record with a forbidden entry.
func (r *rules) check(entries []change.Entry) error {
	for _, e := range entries {
		if !r.allowed(e) {
			return fmt.Errorf("%w: %s", ErrForbidden, e.Item)
		}
	}
	return nil
}

func (r *rules) allowed(e change.Entry) bool {
	i := e.Item
	if r.part != Both && PartOf(r.h, i) != r.part {
		return false
	}
	switch i.Kind {
	case change.RegKey:
		return r.keys[strings.ToLower(string(i.Hive)+`\`+i.Path)]
	case change.RegValue:
		return r.values[strings.ToLower(string(i.Hive)+`\`+i.Path+"|"+i.Name)] && small(e)
	case change.File:
		return plainPath(i.Path) && r.endsAs(aFile, i.Path, "") && small(e)
	case change.Setting:
		return plainPath(i.Path) && r.endsAs(aSetting, i.Path, "|"+i.Name) && small(e) && !bytes.ContainsAny(slices.Concat(e.Before.Data, e.After.Data), "\r\n")
	case change.Moved:
		ending, aside := strings.CutPrefix(i.Name, i.Path)
		return plainPath(i.Path) && aside && r.endsAs(aMove, i.Path, "|"+ending)
	case change.WriteFlags:
		return plainPath(i.Path) && plainNames(e.Before.Files) && plainNames(e.After.Files)
	case change.Certificate:
		if r.cleaning {
			shared := slices.Contains(sharedRoots, i.Name) || slices.Contains(r.written[aRoot], strings.ToLower(i.Name))
			return shared && !e.After.Present && (!e.Before.Present || thumbprintOf(e.Before.Data) == i.Name)
		}
		return allowedCertificate(e)
	case change.HostsLine:
		ours, others := hostsNames(i.Name)
		return r.cleaning && i.Path == r.h.System().Hosts && len(ours) > 0 && len(others) == 0 && !strings.ContainsAny(i.Name, "\r\n")
	case change.Feature:
		return slices.Contains(r.written[aFeature], strings.ToLower(i.Name))
	}
	return false
}

// endsAs tells whether a path ends as one in the list, with the name that follows it
// there.
func (r *rules) endsAs(kind, path, name string) bool {
	return slices.ContainsFunc(r.written[kind], func(line string) bool {
		end, isSame := strings.CutSuffix(line, strings.ToLower(name))
		return isSame && !strings.Contains(end, "|") && ends(path, end)
	})
}

// maxBefore is the largest content that is put back into a file or a value, in bytes:
// what the game has in these places is much smaller.
const maxBefore = 64 << 10

func small(e change.Entry) bool {
	return len(e.Before.Data) <= maxBefore && len(e.After.Data) <= maxBefore
}

var thumbprints = regexp.MustCompile(`^[0-9A-F]{40}$`)

// allowedCertificate: undoing takes away what patching has trusted. A record that
// would have a certificate trusted again is none of ours.
func allowedCertificate(e change.Entry) bool {
	return thumbprints.MatchString(e.Item.Name) && !e.Before.Present && (!e.After.Present || thumbprintOf(e.After.Data) == e.Item.Name)
}

func thumbprintOf(der []byte) string {
	sum := sha1.Sum(der) //nolint:gosec // see above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// gone tells whether the folder of a game, to which an item belongs, does not hold
// the game any more, so that there is nothing to put back in it.
func (r *rules) gone(i change.Item) bool {
	if r.virtual(i.Path) {
		return false
	}
	var dir string
	switch i.Kind {
	case change.WriteFlags:
		dir = i.Path
	case change.Setting, change.Moved:
		dir = host.Dir(host.Dir(i.Path))
	case change.File:
		dir = host.Dir(i.Path)
		if ends(i.Path, `\SaveData\togglewindowtest.txt`) {
			dir = host.Dir(dir)
		}
	default:
		return false
	}
	_, ok := Look(r.h, dir)
	return !ok
}

// virtual tells whether a path lies where Windows keeps redirected files of this player.
func (r *rules) virtual(path string) bool {
	store := r.h.System().VirtualStore
	return store != "" && host.Within(path, store)
}

func ends(path, end string) bool {
	return len(path) > len(end) && strings.EqualFold(path[len(path)-len(end):], end)
}

// plainPath tells whether a path is a full one with a drive, without detours, other
// data streams or the like.
func plainPath(path string) bool {
	return len(path) > 3 && path[1:3] == `:\` && !strings.ContainsAny(path[2:], `/:*?"<>|`) && plainParts(path[3:])
}

func plainNames(names []string) bool {
	for _, n := range names {
		if n == "" || strings.ContainsAny(n, `/:*?"<>|`) || !plainParts(n) {
			return false
		}
	}
	return true
}

func plainParts(path string) bool {
	for part := range strings.SplitSeq(path, `\`) {
		if part == "" || strings.Trim(part, ". ") == "" {
			return false
		}
	}
	return true
}
