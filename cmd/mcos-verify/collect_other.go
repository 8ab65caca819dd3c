//go:build !windows

package main

import "errors"

func collect() (snapshot, error) { return nil, errors.New("this program looks at Windows") }
