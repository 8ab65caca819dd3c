package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/admin"
	game "mcos/installer/client"
	"mcos/installer/client/change"
	"mcos/installer/client/remote"
)

type patchFlags struct {
	clientFlags
	game.Options
	host, certificate string
	despite           []string
	dryRun, yes       bool
	catalog           bool
}

func (p *program) clientPatch() *cobra.Command {
	f := &patchFlags{}
	cmd := p.jsonFlag(&cobra.Command{
		Use: "patch", Short: "Lead the game to a server",
		Long: `Lead the installed game to a server: the one on this computer, or any other.
Everything that is changed is written down first and can be taken back with
"mcos client unpatch". Windows asks for your permission to change what belongs to
the whole computer; your own settings are changed without.

The server's certificate is trusted for this server only. One that could prove to be
another site, or is good for more than a server, is always refused.`,
		Example: "  mcos client patch --dry-run\n  mcos client patch --host mco.example.org", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.patchGame(cmd, f) },
	})
	p.partFlag(f.add(cmd))
	cmd.Flags().StringVar(&f.host, "host", "", "`server` to lead the game to, NAME or NAME:PORT (default: this computer)")
	cmd.Flags().StringVar(&f.certificate, "certificate", "", "`fingerprint` (SHA-1) that the server's certificate must have")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be changed and change nothing")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask whether to trust another server")
	cmd.Flags().StringSliceVar(&f.despite, "despite", nil, "with --yes: take a certificate in spite of these `warnings`: dates, name, sha1")
	cmd.Flags().BoolVar(&f.catalog, "import-catalog", false, "let the server on this computer have all cars and parts of the game, without asking")
	cmd.Flags().BoolVar(&f.NoMovies, "no-movies", false, "set the game's movies aside")
	cmd.Flags().StringVar(&f.Resolution, "resolution", "", "`SIZE` of the picture, such as 1024x768")
	cmd.Flags().StringVar(&f.Windowed, "windowed", "", "play in a window: `yes or no`")
	return cmd
}

func (p *program) patchGame(cmd *cobra.Command, f *patchFlags) error {
	if f.catalog && f.host != "" {
		return usagef("--import-catalog is for the server on this computer, not for %s", f.host)
	}
	at, err := p.place(&f.clientFlags)
	if err != nil {
		return err
	}
	address, own, err := p.serverAddress(cmd.Context(), f.host)
	if err != nil {
		return err
	}
	if err := f.checkDespite(); err != nil {
		return err
	}
	server, err := remote.Fetch(cmd.Context(), address)
	if err != nil {
		return err
	}
	if own != "" && own != server.Thumbprint() {
		return fmt.Errorf("what answers at %s is not the server of this computer: another program has its port; nothing was changed. mcos doctor says which", address)
	}
	if f.certificate != "" && !sameFingerprint(f.certificate, server.Thumbprint()) {
		return fmt.Errorf("the server %s shows a certificate with the fingerprint %s, not the expected one; nothing was changed", server.Host, server.Thumbprint())
	}
	plan, err := game.Plan(at.Host, at.Installation, server, f.Options)
	if errors.Is(err, game.ErrOption) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	pending, err := p.patcher(at.Target).Pending(plan)
	if err != nil {
		return err
	}
	if p.part == game.Both { // else it has been said
		p.showCertificate(server)
	}
	if f.dryRun {
		return p.showPlan(pending, plan)
	}
	if err := p.agree(f, server); err != nil {
		return err
	}
	if err := p.patcher(at.Target).Idle(); err != nil { // before anybody is asked for rights
		return err
	}
	rest := p.patcher(at.Target)
	rest.Only = game.PartMachine
	machine, err := rest.Pending(plan)
	if err != nil {
		return err
	}
	err = p.inParts(cmd.Context(), at.Target, len(machine) > 0, f.again(at, server), func(patcher game.Patcher) error {
		return patcher.Patch(at.Installation, server, plan)
	})
	if err != nil || p.part != game.Both {
		return err
	}
	fmt.Fprintf(p.out, "The game in %s is led to %s. Start it and log in.\n", at.Dir, server.Host)
	return p.afterPatch(cmd.Context(), at, f)
}

// again are the arguments with which this program patches the same again.
func (f *patchFlags) again(at place, s game.Server) []string {
	args := []string{
		"client", "patch", "--yes", "--host", net.JoinHostPort(s.Host, strconv.Itoa(s.WebPort)),
		"--certificate", s.Thumbprint(), "--game-dir", at.Dir,
	}
	for _, o := range []struct{ flag, value string }{{"--resolution", f.Resolution}, {"--windowed", f.Windowed}} {
		if o.value != "" {
			args = append(args, o.flag, o.value)
		}
	}
	if f.NoMovies {
		args = append(args, "--no-movies")
	}
	for _, kind := range s.Trust.Kinds() { // the player has just agreed to these, and to no others
		args = append(args, "--despite", string(kind))
	}
	return args
}

// afterPatch says what else there is to know or to do.
func (p *program) afterPatch(ctx context.Context, at place, f *patchFlags) error {
	facts, err := game.Examine(at.Host, at.Installation)
	if err != nil {
		return err
	}
	if facts.Outdated {
		fmt.Fprintln(p.err, facts.Update)
	}
	for _, m := range facts.Missing {
		fmt.Fprintf(p.err, "Still missing: %s\n", m)
	}
	for _, o := range facts.Offers {
		fmt.Fprintf(p.err, "On offer: %s (%s)\n", o.What, o.Flag)
	}
	if f.host != "" {
		return nil
	}
	p.warnOfLogin(ctx)
	if facts.Catalog == "" {
		return nil
	}
	return p.offerCatalog(ctx, facts.Catalog, f.catalog)
}

// warnOfLogin tells when the game cannot log in to the server on this computer,
// because it knows one port only.
func (p *program) warnOfLogin(ctx context.Context) {
	live, err := p.local(ctx)
	if err != nil {
		return // it could not be asked before either
	}
	s, err := live.Status(ctx)
	if err != nil {
		return
	}
	if _, port, err := net.SplitHostPort(s.Ports["https"]); err == nil && port != "443" {
		fmt.Fprintf(p.err, "The game cannot log in yet: the server has port %s for that, and the game knows only 443. mcos doctor says what to do.\n", port)
	}
}

// offerCatalog gives the server on this computer the game's own cars and parts, when
// it has only the few that come with it.
func (p *program) offerCatalog(ctx context.Context, path string, sure bool) error {
	var now admin.Catalog
	err := p.with(ctx, reads, func(api admin.API) (err error) {
		now, err = api.Catalog(ctx)
		return err
	})
	if err != nil && !sure {
		return nil // this user may not manage the server: there is nothing to offer
	}
	if err != nil || now.Imported {
		return err
	}
	if !sure && p.ask == nil {
		fmt.Fprintf(p.err, "The server knows only a few cars. All cars and parts of the game: mcos catalog import %s\n", quoted(path))
		return nil
	}
	if !sure {
		if sure, err = p.confirm("The server knows only a few cars. Let it have all cars and parts of this game?"); err != nil || !sure {
			return err
		}
	}
	return p.importCatalog(ctx, path)
}

// sameFingerprint compares what a person typed with a thumbprint.
func sameFingerprint(typed, thumbprint string) bool {
	return strings.EqualFold(strings.NewReplacer(" ", "", ":", "").Replace(typed), thumbprint)
}

// plannedChange is a line of the plan.
type plannedChange struct {
	What string `json:"what"`
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why"`
}

func plannedChanges(pending []change.Entry, plan []change.Change) []plannedChange {
	why := map[change.Item]string{}
	for _, c := range plan {
		why[c.Item] = c.Why
	}
	lines := make([]plannedChange, 0, len(pending))
	for _, e := range pending {
		if why[e.Item] == "" {
			why[e.Item] = "not wanted any more: as it was before"
		}
		lines = append(lines, plannedChange{e.Item.String(), e.Item.Describe(e.Before), e.Item.Describe(e.After), why[e.Item]})
	}
	return lines
}

func (p *program) showPlan(pending []change.Entry, plan []change.Change) error {
	lines := plannedChanges(pending, plan)
	if p.json {
		return p.printJSON(lines)
	}
	if len(lines) == 0 {
		fmt.Fprintln(p.out, "Nothing is to be changed.")
		return nil
	}
	fmt.Fprintf(p.out, "This would be changed (%s); nothing was changed now:\n", plural(len(lines), "thing", "things"))
	for _, l := range lines {
		fmt.Fprintf(p.out, "  %s: %s -> %s (%s)\n", l.What, l.From, l.To, l.Why)
	}
	return nil
}

func (p *program) clientUnpatch() *cobra.Command {
	f := &clientFlags{}
	force := false
	cmd := p.partFlag(f.add(&cobra.Command{
		Use: "unpatch", Short: "Put the game's settings back as they were",
		Example: "  mcos client unpatch", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.unpatchGame(cmd.Context(), f, force) },
	}))
	cmd.Flags().BoolVar(&force, "force", false, "also put back what somebody else has changed since")
	return cmd
}

func (p *program) unpatchGame(ctx context.Context, f *clientFlags, force bool) error {
	targets, err := p.undoable(f.prefix, false)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		fmt.Fprintln(p.out, "Nothing is patched here.")
		return nil
	}
	again := []string{"client", "unpatch"}
	if force {
		again = append(again, "--force")
	}
	return p.takeBack(ctx, targets, false, again, force, "is as it was before")
}
