package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/datadir"
)

func (p *program) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the store to a file",
		Long: `Copy the store (accounts, drivers, cars, money, the imported catalog) to a file,
while the server goes on if it runs. An existing file is not replaced.

The copy holds password hashes: keep it where others cannot read it. The keys and
mcos.yaml are not part of it; copy the data folder's keys and mcos.yaml once
besides, or players have to be set up again after a loss of the disk.`,
		Example: "  mcos backup mcos-monday.db", Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Lstat(args[0]); err == nil {
				return fmt.Errorf("%s exists already; choose another name", args[0])
			}
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				return p.backup(cmd.Context(), api, args[0])
			})
		},
	}
}

// backup writes the copy under another name first, so that a file with the right
// name is always a whole copy.
func (p *program) backup(ctx context.Context, api admin.API, path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	copied := p.progressOf("Copied", f)
	err = api.Backup(ctx, copied)
	copied.done()
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = admin.ProveCopy(f.Name())
	}
	if err != nil {
		return fmt.Errorf("the backup failed: %w", err)
	}
	if err := publish(f.Name(), path); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "The store has been copied to %s (%s).\n", path, size(copied.bytes))
	return nil
}

// publish gives a finished file its name, unless another file has got it
// meanwhile.
func publish(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links.
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already; choose another name", path)
	}
	return os.Rename(temp, path)
}

func (p *program) restoreCommand() *cobra.Command {
	var cancel bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Replace the store by a backup",
		Long: `Replace the store by a backup. The backup is checked first; if it is damaged
nothing changes. The store that was there is kept beside it as mcos.db.before-restore.

FILE is a path, or the name of a copy in the folder backups of the data folder.

While a server runs, its store cannot be changed under the players: the backup is
checked and waits, and takes the store's place when the server is started again. What
happens in the game until then is lost. --cancel lets the store stay.`,
		Example: "  mcos restore mcos-monday.db\n  mcos restore --cancel", Args: between(0, "FILE"),
	}
	cmd.Flags().BoolVar(&cancel, "cancel", false, "let the store stay; forget a backup that waits")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case cancel && len(args) > 0:
			return usagef("--cancel and a file contradict each other")
		case cancel:
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				if _, err := api.CancelRestore(cmd.Context()); err != nil {
					return err
				}
				fmt.Fprintln(p.out, "The store stays as it is.")
				return nil
			})
		case len(args) == 0:
			return usagef("FILE is missing")
		}
		return p.restore(cmd.Context(), p.backupFile(args[0]))
	}
	return cmd
}

// backupFile is the path of a backup: the one that was named, or the copy of that
// name in the folder of backups when there is no such file here.
func (p *program) backupFile(name string) string {
	if _, err := os.Stat(name); err == nil {
		return name
	}
	if dir, err := p.dir(); err == nil {
		if path, err := admin.BackupPath(dir, name); err == nil {
			return path
		}
	}
	return name
}

// stage has the running server take a backup for its next start.
func (p *program) stage(ctx context.Context, server *client.Client, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	counted := p.progressOf("Sent", io.Discard)
	_, err = server.StageRestore(ctx, io.TeeReader(f, counted))
	counted.done()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(p.out, "%s has been checked and waits. Restart the server to put it in place of the store; what happens in the game until then is lost.\n", path)
	fmt.Fprintln(p.out, "To let the store stay: mcos restore --cancel")
	return nil
}

func (p *program) restore(ctx context.Context, path string) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	live, err := client.Find(ctx, dir)
	switch {
	case err == nil:
		return p.stage(ctx, live, path)
	case !errors.Is(err, client.ErrNotRunning):
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if dir, err = datadir.Open(dir.Root()); err != nil {
		return err
	}
	counted := p.progressOf("Read", io.Discard)
	old, err := admin.Restore(dir, io.TeeReader(f, counted))
	counted.done()
	if errors.Is(err, admin.ErrInUse) {
		return fmt.Errorf("%w; stop the server that runs on it first, then restore", err)
	}
	if admin.Damaged(err) {
		// Not wrapped: it is the backup that is damaged, not the store.
		return fmt.Errorf("%s cannot be used as a backup, so nothing has been changed: %v", path, err) //nolint:errorlint // see above
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "The store in %s has been replaced by %s.\n", dir, path)
	if old != "" {
		fmt.Fprintf(p.out, "The one that was there is kept as %s.\n", old)
	}
	return nil
}
