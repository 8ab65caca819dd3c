package main

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// passwordFlag adds --password-stdin to a command.
func passwordFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("password-stdin", false, "read the password from the first line of standard input")
}

// longest is more than any password; it bounds what is read.
const longest = 1 << 10

// newPassword reads a new password: one line of standard input, or twice from
// the terminal. Passwords are never arguments, which others on the machine could
// see.
func (p *program) newPassword(stdin bool) (string, error) {
	if stdin {
		return p.passwordLine()
	}
	if p.ask == nil {
		return "", errNoTerminal
	}
	first, err := p.ask("New password: ")
	if err == nil {
		first, err = notEmpty(first)
	}
	if err != nil {
		return "", err
	}
	again, err := p.ask("The same again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

var errNoTerminal = usagef("there is no terminal to ask for the password on; use --password-stdin")

// passwordLine reads a password from standard input.
func (p *program) passwordLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(p.in, longest)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return notEmpty(strings.TrimRight(line, "\r\n"))
}

// knownPassword reads the password of an account: from standard input, or once from
// the terminal.
func (p *program) knownPassword(stdin bool) (string, error) {
	if stdin {
		return p.passwordLine()
	}
	if p.ask == nil {
		return "", errNoTerminal
	}
	password, err := p.ask("Password: ")
	if err != nil {
		return "", err
	}
	return notEmpty(password)
}

func notEmpty(password string) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	return password, nil
}
