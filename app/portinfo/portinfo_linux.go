package portinfo

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// HowToBindLow says in one sentence how to get the right to bind ports below
// 1024, with the commands for the running program.
func HowToBindLow() string {
	path, err := os.Executable()
	if err != nil || strings.Contains(path, "/go-build") { // a program that is gone at the next start
		path = "bin/mcos"
	}
	return fmt.Sprintf("Install it as a service (sudo %[1]s service install), or allow it once (sudo setcap cap_net_bind_service=+ep %[1]s), and start it again", quoted(path))
}

// quoted is a path as a word of a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$\\") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// Holder names the program that listens on a TCP port, as "name (process 123)",
// or returns "" when that cannot be told: without rights over the other process,
// for one.
func Holder(port int) string {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if inode := listeningInode(table, port); inode != "" {
			return owner(inode)
		}
	}
	return ""
}

// listeningInode finds the socket that listens on the port in a table of the
// kernel: local address "HEX:PORT" in column 1, state 0A in column 3, inode in
// column 9.
func listeningInode(table string, port int) string {
	f, err := os.Open(table)
	if err != nil {
		return ""
	}
	defer f.Close()
	want := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		col := strings.Fields(lines.Text())
		if len(col) > 9 && col[3] == "0A" && strings.HasSuffix(col[1], want) {
			return col[9]
		}
	}
	return ""
}

func owner(inode string) string {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || target != "socket:["+inode+"]" {
			continue
		}
		pid := strings.Split(link, "/")[2]
		if _, err := strconv.Atoi(pid); err != nil {
			continue
		}
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err != nil {
			return "process " + pid
		}
		return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}
