// Package schema turns a Go struct into a configuration: a commented YAML file,
// environment variables, overrides from flags, and a description for documents
// and settings pages. It knows nothing of any particular setting.
//
// The struct, filled with its defaults, is the only declaration:
//
//	type Race struct {
//		MaxHumans int           `yaml:"max_humans" help:"How many people race together." values:"6|4" ref:"mcots-2 3.1"`
//		Countdown time.Duration `yaml:"countdown" help:"Time between ready and start." min:"1s" max:"1m"`
//	}
//	type Config struct {
//		Race Race `yaml:"race" help:"Races and what they pay."`
//	}
//
// # Tags
//
//	yaml     the key: lower case letters, digits and _; "-" leaves the field out
//	help     what the setting does, in complete sentences; every key has one
//	values   the allowed values, separated by |
//	min, max the smallest and largest value; the length in characters for text
//	unit     the unit of a plain number, such as "seconds" or "bytes"
//	ref      the section of the protocol reference that the setting settles
//	secret   "true" keeps the value out of errors and descriptions
//
// For lists and maps, values, min and max speak about each element.
//
// # Kinds of fields
//
// A nested struct is a section. Values are strings, bools (written on and off,
// true and false are understood too), integers, floats, time.Duration (written
// 30s, 5m, 1h30m) and every type with MarshalText and UnmarshalText. Slices of
// values are lists, slices of structs are tables, and maps have string keys. A
// list, table or map that is set replaces the default as a whole; an empty one
// reads as nil. A key that a table row leaves out has its zero value, which
// must be an allowed one.
//
// # Layers
//
// Load applies, one over the other: the defaults in the struct, the YAML file,
// the environment, the overrides. The variable of a setting is the prefix and
// its path in upper case joined by _: race.max_humans is MCOS_RACE_MAX_HUMANS.
// In variables and overrides a list may be written a,b,c; tables, maps and
// lists with unusual characters are written in YAML's flow form: [{place: 1}].
//
// Every mistake is found in one pass and reported with its place, key, value
// and the allowed values, as an *Error. A struct that this package cannot
// handle is a mistake in the program: all functions panic with its description.
package schema
