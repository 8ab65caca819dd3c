package schema

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// errRange is what parse returns for a number that does not fit its type.
var errRange = errors.New("is out of range")

// parse reads one scalar. Its errors continue a sentence that starts with the
// value: "is not a whole number".
func (s *setting) parse(text string) (reflect.Value, error) {
	v := reflect.New(s.typ).Elem()
	if s.viaText {
		err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		if err != nil && s.secret {
			err = errors.New("of the wrong form") // the cause may quote the secret
		}
		if err != nil {
			return v, fmt.Errorf("is not understood: %w", err)
		}
		return v, nil
	}
	switch s.kind {
	case Text:
		if !utf8.ValidString(text) {
			return v, errors.New("is not valid UTF-8")
		}
		v.SetString(text)
		return v, nil
	case Switch:
		return v, parseSwitch(v, text)
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return v, errors.New("is not a duration such as 30s, 5m or 1h30m")
		}
		v.SetInt(int64(d))
		return v, nil
	case Number:
		f, err := strconv.ParseFloat(text, s.typ.Bits())
		if errors.Is(err, strconv.ErrRange) {
			return v, errRange
		}
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return v, errors.New("is not a number")
		}
		v.SetFloat(f)
		return v, nil
	default:
		return v, parseInteger(v, text)
	}
}

func parseSwitch(v reflect.Value, text string) error {
	switch strings.ToLower(text) {
	case "on", "true":
		v.SetBool(true)
	case "off", "false":
		v.SetBool(false)
	default:
		return errors.New("is not allowed")
	}
	return nil
}

// parseInteger reads decimal numbers, and hexadecimal ones behind 0x.
func parseInteger(v reflect.Value, text string) error {
	digits, base := text, 10
	if rest, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base = rest, 16
		if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
			digits = ""
		}
	}
	var err error
	if v.CanInt() {
		var n int64
		n, err = strconv.ParseInt(digits, base, v.Type().Bits())
		v.SetInt(n)
	} else {
		var n uint64
		n, err = strconv.ParseUint(strings.TrimPrefix(digits, "+"), base, v.Type().Bits())
		if err != nil && strings.HasPrefix(digits, "-") {
			if _, signed := strconv.ParseInt(digits, base, 64); signed == nil {
				err = strconv.ErrRange
			}
		}
		v.SetUint(n)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errRange
	case err != nil:
		return errors.New("is not a whole number")
	}
	return nil
}

// format writes a scalar in the one form that documents, files and comparisons
// use. It is the inverse of parse.
func (s *setting) format(v reflect.Value) string {
	if s.viaText {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return "" // no allowed value and no text in a file
		}
		return string(text)
	}
	switch s.kind {
	case Text:
		return v.String()
	case Switch:
		if v.Bool() {
			return "on"
		}
		return "off"
	case Duration:
		return formatDuration(time.Duration(v.Int()))
	case Number:
		return strconv.FormatFloat(v.Float(), 'g', -1, s.typ.Bits())
	}
	if v.CanInt() {
		return strconv.FormatInt(v.Int(), 10)
	}
	return strconv.FormatUint(v.Uint(), 10)
}

// formatDuration is Duration.String without the zeros at its end: 5m, not 5m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// allows reports whether a scalar keeps to values, min and max.
func (s *setting) allows(v reflect.Value) bool {
	if len(s.values) > 0 {
		text, found := s.format(v), false
		for _, allowed := range s.values {
			found = found || text == allowed
		}
		if !found {
			return false
		}
	}
	if s.kind == Text && !s.viaText {
		v = reflect.ValueOf(utf8.RuneCountInString(v.String()))
	}
	below := s.min.IsValid() && less(v, s.min)
	above := s.max.IsValid() && less(s.max, v)
	return !below && !above
}

// less compares two numbers of one type.
func less(a, b reflect.Value) bool {
	switch {
	case a.CanInt():
		return a.Int() < b.Int()
	case a.CanUint():
		return a.Uint() < b.Uint()
	default:
		return a.Float() < b.Float()
	}
}

// allowed lists what allows accepts, for people.
func (s *setting) allowed() []string {
	switch {
	case len(s.values) > 0:
		return s.values
	case s.kind == Switch:
		return []string{"on", "off"}
	}
	measure, what := s, ""
	if s.kind == Text {
		measure, what = &setting{kind: Integer, typ: reflect.TypeFor[int]()}, " characters"
	}
	switch {
	case s.min.IsValid() && s.max.IsValid():
		return []string{measure.format(s.min) + " to " + measure.format(s.max) + what}
	case s.min.IsValid():
		return []string{measure.format(s.min) + " or more" + what}
	case s.max.IsValid():
		return []string{"at most " + measure.format(s.max) + what}
	}
	return nil
}

// typeRange is the range of the Go type, for numbers that do not fit it and
// have no bounds of their own.
func (s *setting) typeRange() []string {
	bits := s.typ.Bits()
	switch s.typ.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return []string{fmt.Sprintf("0 to %d", uint64(math.MaxUint64)>>(64-bits))}
	case reflect.Float32, reflect.Float64:
		return nil
	}
	top := int64(math.MaxInt64) >> (64 - bits)
	return []string{fmt.Sprintf("%d to %d", -top-1, top)}
}

// scalar parses and checks text; the error lacks its place.
func (s *setting) scalar(path, text string) (reflect.Value, *Error) {
	v, err := s.parse(text)
	switch {
	case err != nil:
		e := &Error{Path: path, Value: show(text, s.secret), Problem: err.Error(), Allowed: s.allowed()}
		if errors.Is(err, errRange) && e.Allowed == nil {
			e.Allowed = s.typeRange()
		}
		return v, e
	case !s.allows(v):
		e := &Error{Path: path, Value: show(text, s.secret), Problem: "is not allowed", Allowed: s.allowed()}
		if !s.secret {
			e.Suggestion = suggest(text, s.values)
		}
		return v, e
	}
	return v, nil
}
