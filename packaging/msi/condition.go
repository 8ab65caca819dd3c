package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// tokens are those of a condition of Windows Installer ("Conditional Statement
// Syntax"), as far as this installer uses them.
var tokens = regexp.MustCompile(`\s*("[^"]*"|<>|<=|>=|[()=<>]|[A-Za-z_][A-Za-z0-9_.]*|\d+)`)

// condition is the rest of a condition that is being evaluated with properties.
type condition struct {
	words      []string
	properties map[string]string
}

// holds evaluates a condition. An empty one holds; a property alone holds when it has
// a value.
func holds(text string, properties map[string]string) (bool, error) {
	if strings.TrimSpace(text) == "" {
		return true, nil
	}
	found := tokens.FindAllStringSubmatch(text, -1)
	c := condition{properties: properties}
	length := 0
	for _, f := range found {
		c.words = append(c.words, f[1])
		length += len(f[0])
	}
	if length != len(strings.TrimRight(text, " ")) {
		return false, fmt.Errorf("condition %q: not understood", text)
	}
	value, err := c.or()
	if err == nil && len(c.words) > 0 {
		err = fmt.Errorf("%q is too much", c.words[0])
	}
	if err != nil {
		return false, fmt.Errorf("condition %q: %w", text, err)
	}
	return value, nil
}

// next takes the next word if it is the one that is asked for.
func (c *condition) next(word string) bool {
	if len(c.words) == 0 || !strings.EqualFold(c.words[0], word) {
		return false
	}
	c.words = c.words[1:]
	return true
}

func (c *condition) or() (bool, error) {
	value, err := c.and()
	for err == nil && c.next("OR") {
		var more bool
		more, err = c.and()
		value = value || more
	}
	return value, err
}

func (c *condition) and() (bool, error) {
	value, err := c.not()
	for err == nil && c.next("AND") {
		var more bool
		more, err = c.not()
		value = value && more
	}
	return value, err
}

func (c *condition) not() (bool, error) {
	if c.next("NOT") {
		value, err := c.not()
		return !value, err
	}
	if c.next("(") {
		value, err := c.or()
		if err == nil && !c.next(")") {
			err = fmt.Errorf("a bracket is open")
		}
		return value, err
	}
	return c.comparison()
}

func (c *condition) comparison() (bool, error) {
	left, err := c.value()
	if err != nil {
		return false, err
	}
	for _, operator := range []string{"=", "<>", "<=", ">=", "<", ">"} {
		if c.next(operator) {
			right, err := c.value()
			return compare(left, operator, right), err
		}
	}
	return left != "", nil
}

// value takes a property, a text or a number.
func (c *condition) value() (string, error) {
	if len(c.words) == 0 {
		return "", fmt.Errorf("it ends too early")
	}
	word := c.words[0]
	c.words = c.words[1:]
	switch first := word[0]; {
	case first == '"':
		return strings.Trim(word, `"`), nil
	case '0' <= first && first <= '9':
		return word, nil
	case first == '_' || 'A' <= first && first <= 'Z' || 'a' <= first && first <= 'z':
		return c.properties[word], nil
	}
	return "", fmt.Errorf("%q is no value", word)
}

// compare compares numbers as numbers and everything else as text.
func compare(left, operator, right string) bool {
	order := strings.Compare(left, right)
	if a, err := strconv.Atoi(left); err == nil {
		if b, err := strconv.Atoi(right); err == nil {
			order = a - b
		}
	}
	switch operator {
	case "=":
		return order == 0
	case "<>":
		return order != 0
	case "<=":
		return order <= 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	}
	return order > 0
}
