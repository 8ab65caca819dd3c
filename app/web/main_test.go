package web

import (
	"os"
	"testing"
)

var tempDirs []string

// osMkdirTemp makes a folder that lives as long as the test program.
func osMkdirTemp() (string, error) {
	dir, err := os.MkdirTemp("", "mcos-web-")
	tempDirs = append(tempDirs, dir)
	return dir, err
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range tempDirs {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}
