package main

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/bot"
)

const (
	maxCount    = 10000
	maxParallel = 100
	maxName     = 32 // characters of an account's name
	maxPersona  = 10 // characters of a persona's name
	maxPassword = 72
)

// plan is a command line that has been understood.
type plan struct {
	target   bot.Target
	opts     bot.Options
	script   bot.Script // of a single session; see scriptOf
	count    int
	parallel int
	json     bool
	verbose  bool
	play     player
}

// plan checks the flags and reads the password.
func (f *flags) plan(cmd *cobra.Command, in io.Reader) (*plan, error) {
	p := &plan{count: f.count, parallel: f.parallel, json: f.json, verbose: f.verbose || f.count == 1}
	if f.count < 1 || f.count > maxCount {
		return nil, usagef("-n %d: the number of sessions is 1 to %d", f.count, maxCount)
	}
	if f.parallel < 0 {
		return nil, usagef("--parallel %d is below 0", f.parallel)
	}
	if f.parallel == 0 {
		p.parallel = min(f.count, maxParallel)
	}
	if f.idle < 0 {
		return nil, usagef("--idle %s: times are not negative", f.idle)
	}
	var err error
	if p.target, err = f.target(cmd); err != nil {
		return nil, err
	}
	if p.opts, err = f.options(); err != nil {
		return nil, err
	}
	p.opts.Seed = f.seed
	p.script = bot.Script{
		SignUp: f.signUp, Persona: f.persona, Starter: bot.Car{BrandedPart: f.car, Skin: f.skin}, Room: f.room, Idle: f.idle, Chat: f.chat,
	}
	if f.secondCar != 0 {
		p.script.SecondCar = &bot.Car{BrandedPart: f.secondCar}
	}
	if p.script.Account, err = f.account(in); err != nil {
		return nil, err
	}
	return p, p.checkNames()
}

func (f *flags) target(cmd *cobra.Command) (bot.Target, error) {
	target := bot.Target{Host: f.host}
	ready := cmd.Flags().Changed("ready")
	var err error
	switch {
	case !ready && f.host == "":
		return target, usagef("--host is empty")
	case ready && (cmd.Flags().Changed("host") || f.ports != ""):
		return target, usagef("--ready says where the server is: leave out --host and --ports")
	case ready:
		target, err = bot.ParseReady(f.ready)
	default:
		target.Ports, err = bot.ParsePorts(f.ports)
	}
	if err != nil {
		return target, usageError{err}
	}
	target.SameHost = f.sameHost
	return target, nil
}

func (f *flags) options() (bot.Options, error) {
	if f.timeout <= 0 {
		return bot.Options{}, usagef("--timeout %s: a timeout is above 0", f.timeout)
	}
	segments, err := bot.ParseSegments(f.segment)
	if err != nil {
		return bot.Options{}, usagef("--segment: %w", err)
	}
	return bot.Options{Timeout: f.timeout, PinCertificate: f.pin, Segments: segments}, nil
}

// account finds name and password, or makes them up for a new account.
func (f *flags) account(in io.Reader) (bot.Account, error) {
	a := bot.Account{Name: f.name, Code: f.code}
	switch {
	case !f.signUp && (f.name == "" || !f.passwordStdin):
		return a, usagef("who is to play? Give --name with --password-stdin, or --sign-up for a new account")
	case !f.signUp && f.code != "":
		return a, usagef("--code is for --sign-up only")
	}
	var err error
	if a.Name == "" {
		if a.Name, err = random(3); err != nil {
			return a, err
		}
		a.Name = "bot" + a.Name
	}
	if !f.passwordStdin {
		a.Password, err = random(12)
		return a, err
	}
	a.Password, err = readPassword(in)
	return a, err
}

func random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}

func readPassword(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4*maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" || len(password) > maxPassword {
		return "", usagef("standard input must begin with a password of 1 to %d characters", maxPassword)
	}
	return password, nil
}

// checkNames refuses names that no server can take, before anything is sent.
func (p *plan) checkNames() error {
	last := p.scriptOf(p.count)
	if len(last.Account.Name) > maxName {
		return usagef("the account name %q has more than %d characters", last.Account.Name, maxName)
	}
	if len(last.Persona) > maxPersona {
		return usagef("the persona name %q has more than %d characters", last.Persona, maxPersona)
	}
	return nil
}

// scriptOf is the script of session i, counted from 1. Many sessions are played by players of their own, told apart by that
// number.
func (p *plan) scriptOf(i int) bot.Script {
	s := p.script
	if p.count == 1 {
		return s
	}
	suffix := strconv.Itoa(i)
	base := s.Persona
	if base == "" {
		base = s.Account.Name
		base = base[:min(len(base), max(maxPersona-len(strconv.Itoa(p.count)), 1))]
	}
	s.Persona = base + suffix
	s.Account.Name += suffix
	return s
}
