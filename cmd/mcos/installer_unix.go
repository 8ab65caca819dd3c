//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mcos/protocol/plain"
)

// login is a user of this computer who can have a Wine prefix.
type login struct {
	name, home string
	uid, gid   uint32
}

// Accounts of people have numbers from firstPerson on; the last ones have a meaning of
// their own.
const (
	firstPerson = 1000
	lastPerson  = 60000
)

// logins reads the people and root from text in the form of /etc/passwd.
func logins(passwd io.Reader) ([]login, error) {
	var all []login
	lines := bufio.NewScanner(passwd)
	for lines.Scan() {
		const name, uid, gid, home, fields = 0, 2, 3, 5, 7
		f := strings.Split(lines.Text(), ":")
		if len(f) != fields {
			continue
		}
		u, err := strconv.ParseUint(f[uid], 10, 32)
		g, groupErr := strconv.ParseUint(f[gid], 10, 32)
		if err != nil || groupErr != nil || u != 0 && (u < firstPerson || u > lastPerson) {
			continue
		}
		if info, err := os.Stat(f[home]); err != nil || !info.IsDir() {
			continue
		}
		all = append(all, login{f[name], f[home], uint32(u), uint32(g)})
	}
	return all, lines.Err()
}

// restoreWithin is how long one user's games may take.
const restoreWithin = time.Minute

// installerRestoreGames is for the packages for Linux: it restores the games in the
// Wine prefixes of all users, each as the user, before the program that can do so is
// removed.
func (p *program) installerRestoreGames() *cobra.Command {
	return &cobra.Command{
		Use: "restore-games", Short: "Restore the original game settings of all users", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			passwd, err := os.Open("/etc/passwd")
			if err != nil {
				return err
			}
			defer passwd.Close()
			users, err := logins(passwd)
			if err != nil {
				return err
			}
			return restoreGames(cmd.Context(), users, unpatchAs)
		},
	}
}

// restoreGames restores the games of users and says whose could not be.
func restoreGames(ctx context.Context, users []login, unpatch func(context.Context, login) (string, error)) error {
	var stuck []string
	for _, u := range users {
		if said, err := unpatch(ctx, u); err != nil {
			if said = strings.TrimSpace(plain.Text(said, plain.Long)); said == "" {
				said = err.Error()
			}
			stuck = append(stuck, u.name+": "+said)
		}
	}
	if len(stuck) == 0 {
		return nil
	}
	return errors.New(`the original game settings could not be restored, so the package is not removed: with it would go the program that can do that, and Wine would go on trusting a server
` + strings.Join(stuck, "\n") + `
Close the game and every other Windows program, then remove the package again. To remove it all the same and leave the game connected, set MCOS_KEEP_GAME=1`)
}

// unpatchAs runs mcos client unpatch as a user.
func unpatchAs(ctx context.Context, u login) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, restoreWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, own, "client", "unpatch")
	cmd.Dir = "/"
	cmd.Env = []string{"HOME=" + u.home, "USER=" + u.name, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}
	if uint32(os.Geteuid()) != u.uid { //nolint:gosec // user numbers fit
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.uid, Gid: u.gid}}
	}
	// The user can keep the other end of the pipe open, or fill it.
	cmd.WaitDelay = 5 * time.Second
	out := &firstBytes{left: 64 << 10}
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	if err != nil {
		err = fmt.Errorf("mcos client unpatch: %w", err)
	}
	return out.text.String(), err
}

// ofThisSystem are the steps of the installers for this system alone.
func (p *program) ofThisSystem() []*cobra.Command {
	return []*cobra.Command{p.installerRestoreGames()}
}

// firstBytes keeps the beginning of what is written to it.
type firstBytes struct {
	text strings.Builder
	left int
}

func (b *firstBytes) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.text.Write(p[:n])
	return len(p), nil
}
