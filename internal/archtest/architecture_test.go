// Package archtest checks the shape of the module: which package may import
// which, and how long a file may be. It reads the source and needs no other
// code of the module.
package archtest

import (
	"bufio"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxLines is the longest file, in lines, that is still read in one go.
const maxLines = 450

// services are the packages under app that answer players and operators. None
// of them knows another one: the consumer declares the small interface that it
// needs, and package app wires it.
var services = []string{
	"app/login", "app/buddy", "app/persona", "app/mail", "app/lobby", "app/room", "app/player", "app/garage", "app/race", "app/web", "app/console",
}

// shared are the packages under app that services build on.
var shared = []string{
	"app/gateway", "app/session", "app/game", "app/keys", "app/admin", "app/record", "app/accounts", "app/limits", "app/netaddr", "app/proxied",
	"app/passwords", "app/portinfo", "app/datadir", "app/buildinfo", "app/config/schema", "app/apptest", "app/announce", "app/backup", "app/pace",
}

// others are the packages under app with a place of their own: the composition
// root, the composed configuration, the client library and what replays with it.
var others = []string{"app", "app/config", "app/bot", "app/replay"}

// rule limits the imports of some packages. Paths are relative to the module
// and cover the packages below them; a path that ends in "$" is one package
// only. Imports from outside the module are named by their full path, "std" is
// the whole standard library and "other" every other module.
type rule struct {
	packages []string
	allow    []string // when set, nothing else may be imported
	deny     []string // must not be imported; a package may always import what is below itself
	tests    bool     // also for the files of tests
	reason   string
}

var rules = []rule{
	{
		packages: []string{"protocol"}, allow: []string{"std", "protocol", "golang.org/x/net/publicsuffix"},
		reason: "protocol is pure bytes and structs: it needs the standard library, itself and the table of public suffixes",
	},
	{
		packages: []string{"protocol"},
		deny: []string{
			"os", "net$", "net/http", "syscall", "time$", "log$", "crypto/rand", "math/rand", "math/rand/v2",
		},
		reason: "protocol does no I/O, reads no clock and no random source; callers hand these in",
	},
	{
		packages: []string{"protocol"}, deny: []string{"app", "cmd", "storage", "installer", "assets"}, tests: true,
		reason: "imports point downwards and protocol is at the bottom",
	},
	{
		packages: []string{"storage$"}, allow: []string{"std", "other"},
		reason: "records and the Store interface know no implementation",
	},
	{
		packages: []string{"storage"}, deny: []string{"app", "cmd", "protocol", "installer"}, tests: true,
		reason: "storage holds records, not messages, and knows nothing above it; it may use assets",
	},
	{
		packages: []string{"assets"}, deny: []string{"app", "cmd", "protocol", "storage", "installer"}, tests: true,
		reason: "assets are embedded files without code that needs ours",
	},
	{
		packages: []string{"installer"}, allow: []string{"std", "other", "installer", "protocol/client", "protocol/plain", "assets"},
		reason: "the installer works without the server: of ours it needs only the texts of protocol/client, the filter for others and the files of assets",
	},
	{
		packages: []string{"app"}, deny: []string{"cmd", "installer"}, tests: true,
		reason: "the running system does not know the programs and tools around it",
	},
	{
		packages: services, deny: slices.Concat(services, []string{"app$", "app/config$", "app/bot"}),
		reason: "services never import each other, nor what composes and configures them",
	},
	{
		packages: shared, deny: slices.Concat(services, []string{"app$", "app/config$"}),
		reason: "what services share knows no service",
	},
	{
		packages: []string{"app/config/schema"}, allow: []string{"std", "other"},
		reason: "the configuration engine knows no setting",
	},
	{
		packages: []string{"app/config$"}, deny: []string{"app$"},
		reason: "the composition root reads the configuration, not the other way round",
	},
	{
		packages: []string{"app/bot"}, allow: []string{"std", "other", "protocol", "app/bot", "app/buildinfo"},
		reason: "the bot is a game client: it knows the protocol and nothing of the server",
	},
	{
		packages: []string{"cmd/mcos$"}, allow: []string{"std", "other", "app", "installer", "protocol/plain"},
		reason: "the command line calls the running system and the installer, nothing below them but the filter for texts of others",
	},
	{
		packages: []string{"cmd/mcos-bot"}, allow: []string{"std", "other", "app/bot", "app/buildinfo", "protocol"},
		reason: "the bot program must work against any server",
	},
	{
		packages: []string{"cmd/mcos-tray"}, allow: []string{
			"std", "other", "installer", "assets", "app/console/client", "app/admin$", "app/portinfo", "app/buildinfo", "protocol/client/trust", "protocol/plain",
			"cmd/mcos-tray",
		},
		reason: "the tray is a small program of its own and talks to the server through the console's client",
	},
	{
		packages: []string{"app", "protocol", "storage", "installer", "assets"}, deny: []string{"internal"}, tests: true,
		reason: "internal holds checks of the module, no code for it",
	},
}

// layers are the folders of the module that hold Go packages.
var layers = []string{"app", "assets", "cmd", "installer", "internal", "packaging", "protocol", "storage"}

// goPackage is what the rules look at: a package of the module, by its path in
// it, with the imports of its files.
type goPackage struct {
	path                 string
	imports, testImports []string
}

// breaks lists what is wrong with the imports of p.
func (r rule) breaks(p goPackage) []string {
	if !covers(r.packages, p.path) {
		return nil
	}
	imports := p.imports
	if r.tests {
		imports = slices.Concat(imports, p.testImports)
	}
	var problems []string
	for _, imported := range imports {
		wrong := r.allow != nil && !covers(r.allow, imported) && !covers(r.allow, origin(imported))
		wrong = wrong || covers(r.deny, imported) && !below(p.path, imported)
		if wrong {
			problems = append(problems, fmt.Sprintf("%s imports %s: %s", p.path, imported, r.reason))
		}
	}
	return problems
}

// covers reports whether name is one of the paths or below one of them.
func covers(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		exact, isExact := strings.CutSuffix(p, "$")
		return name == exact || !isExact && strings.HasPrefix(name, p+"/")
	})
}

// below reports whether imported is part of the unit that pkg belongs to: the
// service or layer folder two names deep, such as app/console.
func below(pkg, imported string) bool {
	names := strings.SplitN(pkg, "/", 3)
	return len(names) > 1 && covers([]string{names[0] + "/" + names[1]}, imported)
}

// origin says whose package an import is: "std", "other", or "" for ours.
func origin(imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case slices.Contains(layers, first):
		return ""
	case strings.Contains(first, "."):
		return "other"
	}
	return "std"
}

// placeProblem says what is wrong with the place of a package, "" if nothing.
func placeProblem(p goPackage) string {
	first, _, _ := strings.Cut(p.path, "/")
	switch {
	case !slices.Contains(layers, first):
		return p.path + " is in no folder of the design"
	case first != "app" || slices.Contains(others, p.path):
		return ""
	case !covers(slices.Concat(services, shared, others[1:]), p.path):
		return p.path + " is neither a service nor shared by services: name it in one of the lists of this test"
	}
	return ""
}

func TestImportsPointDownwards(t *testing.T) {
	packages := modulePackages(t)
	for _, p := range packages {
		for _, r := range rules {
			for _, problem := range r.breaks(p) {
				t.Error(problem)
			}
		}
	}
}

func TestEveryPackageHasItsPlace(t *testing.T) {
	for _, p := range modulePackages(t) {
		if problem := placeProblem(p); problem != "" {
			t.Error(problem)
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	generated := regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$`)
	root := moduleRoot(t)
	eachGoFile(t, root, func(name string) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		lines, isGenerated := 0, false
		file, err := os.Open(filepath.Join(root, name))
		require.NoError(t, err)
		defer file.Close()
		for scan := bufio.NewScanner(file); scan.Scan(); lines++ {
			isGenerated = isGenerated || generated.Match(scan.Bytes())
		}
		if lines > maxLines && !isGenerated {
			t.Errorf("%s has %d lines, more than %d: split it by purpose", name, lines, maxLines)
		}
	})
}

// TestRulesCanFail holds an invented package for every rule that breaks it, and
// neighbours that do not.
func TestRulesCanFail(t *testing.T) {
	broken := map[string]bool{}
	for _, tc := range []struct {
		pkg, imports string
		test         bool
		want         string // part of the reason; empty: all is well
	}{
		{pkg: "protocol/wire", imports: "encoding/binary"},
		{pkg: "protocol/wire", imports: "net/netip"},
		{pkg: "protocol/wire", imports: "go.etcd.io/bbolt", want: "pure bytes"},
		{pkg: "protocol/client/trust", imports: "golang.org/x/net/publicsuffix"},
		{pkg: "protocol/client/trust", imports: "golang.org/x/net/html", want: "pure bytes"},
		{pkg: "protocol/nps", imports: "protocol/wire"},
		{pkg: "protocol/nps", imports: "time", want: "reads no clock"},
		{pkg: "protocol/nps", imports: "net", want: "reads no clock"},
		{pkg: "protocol/nps", imports: "os/exec", want: "reads no clock"},
		{pkg: "protocol/nps", imports: "os", test: true},
		{pkg: "protocol/nps", imports: "github.com/stretchr/testify/require", test: true},
		{pkg: "protocol/nps", imports: "storage", test: true, want: "at the bottom"},
		{pkg: "protocol/nps", imports: "app/gateway", want: "at the bottom"},
		{pkg: "storage", imports: "storage/bolt", want: "know no implementation"},
		{pkg: "storage", imports: "storage/bolt", test: true},
		{pkg: "storage/bolt", imports: "storage"},
		{pkg: "storage/catalog", imports: "assets"},
		{pkg: "storage/catalog", imports: "protocol/wire", want: "records, not messages"},
		{pkg: "storage/bolt", imports: "app/game", test: true, want: "records, not messages"},
		{pkg: "assets", imports: "embed"},
		{pkg: "assets", imports: "storage", want: "embedded files"},
		{pkg: "installer/patch", imports: "protocol/client"},
		{pkg: "installer/patch", imports: "installer/detect"},
		{pkg: "installer/patch", imports: "protocol/wire", want: "works without the server"},
		{pkg: "installer", imports: "app/keys", want: "works without the server"},
		{pkg: "app/console", imports: "installer", want: "programs and tools"},
		{pkg: "app", imports: "cmd/mcos", want: "programs and tools"},
		{pkg: "app", imports: "app/race"},
		{pkg: "app/config", imports: "app/race"},
		{pkg: "app/race", imports: "app/game"},
		{pkg: "app/race", imports: "storage/catalog"},
		{pkg: "app/race", imports: "app/room", want: "never import each other"},
		{pkg: "app/race", imports: "app/room", test: true},
		{pkg: "app/race", imports: "app/config", want: "never import each other"},
		{pkg: "app/race", imports: "app", want: "never import each other"},
		{pkg: "app/console", imports: "app/config/schema"},
		{pkg: "app/console", imports: "app/console/client"},
		{pkg: "app/console/client", imports: "app/console/pages"},
		{pkg: "app/racer", imports: "app/race"},
		{pkg: "app/gateway", imports: "app/session"},
		{pkg: "app/gateway", imports: "app/login", want: "knows no service"},
		{pkg: "app/admin", imports: "app/config", want: "knows no service"},
		{pkg: "app/config/schema", imports: "app/session", want: "knows no setting"},
		{pkg: "app/config", imports: "app", want: "not the other way round"},
		{pkg: "app/bot", imports: "protocol/nps"},
		{pkg: "app/bot", imports: "storage/catalog", want: "nothing of the server"},
		{pkg: "app/bot", imports: "app", test: true},
		{pkg: "cmd/mcos", imports: "app/admin"},
		{pkg: "cmd/mcos", imports: "storage", want: "nothing below them"},
		{pkg: "cmd/mcos-bot", imports: "app/bot"},
		{pkg: "cmd/mcos-bot", imports: "app", want: "any server"},
		{pkg: "cmd/mcos-tray", imports: "app/console/client"},
		{pkg: "cmd/mcos-tray", imports: "protocol/client/trust"},
		{pkg: "cmd/mcos-tray", imports: "app/console", want: "console's client"},
		{pkg: "app/game", imports: "internal/archtest", want: "no code for it"},
	} {
		p := goPackage{path: tc.pkg, imports: []string{tc.imports}}
		if tc.test {
			p = goPackage{path: tc.pkg, testImports: []string{tc.imports}}
		}
		var problems []string
		for _, r := range rules {
			found := r.breaks(p)
			if len(found) > 0 {
				broken[r.reason] = true
			}
			problems = append(problems, found...)
		}
		all := strings.Join(problems, "\n")
		if tc.want == "" {
			assert.Empty(t, all)
		} else {
			assert.Contains(t, all, tc.want, "%s importing %s", tc.pkg, tc.imports)
		}
	}
	for _, r := range rules {
		assert.True(t, broken[r.reason], "no case breaks the rule: %s", r.reason)
	}
}

func TestPlacesCanFail(t *testing.T) {
	assert.Empty(t, placeProblem(goPackage{path: "app/race/purse"}))
	assert.Empty(t, placeProblem(goPackage{path: "app"}))
	assert.Empty(t, placeProblem(goPackage{path: "storage/bolt"}))
	assert.Contains(t, placeProblem(goPackage{path: "app/helpers"}), "neither a service nor shared")
	assert.Contains(t, placeProblem(goPackage{path: "pkg/util"}), "no folder of the design")
}

// TestTreeIsRead makes sure that the other tests look at something.
func TestTreeIsRead(t *testing.T) {
	index := slices.IndexFunc(modulePackages(t), func(p goPackage) bool { return p.path == "internal/archtest" })
	require.GreaterOrEqual(t, index, 0)
	assert.Contains(t, modulePackages(t)[index].testImports, "go/parser")
}

// moduleRoot is the folder that holds go.mod.
func moduleRoot(t *testing.T) string {
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		require.NotEqual(t, filepath.Dir(dir), dir, "no go.mod above the test")
		dir = filepath.Dir(dir)
	}
}

// eachGoFile calls f with the path of every Go file, for all operating systems,
// relative to root.
func eachGoFile(t *testing.T, root string, f func(name string)) {
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin") {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(base, ".go") {
			relative, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			f(relative)
		}
		return nil
	})
	require.NoError(t, err)
}

// modulePackages lists the packages of the module with their imports; those of
// the module itself are shortened to their path in it.
func modulePackages(t *testing.T) []goPackage {
	root := moduleRoot(t)
	byPath := map[string]*goPackage{}
	eachGoFile(t, root, func(name string) {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		require.NoError(t, err)
		dir := path.Dir(filepath.ToSlash(name))
		if byPath[dir] == nil {
			byPath[dir] = &goPackage{path: dir}
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			imported = strings.TrimPrefix(imported, "mcos/")
			if strings.HasSuffix(name, "_test.go") {
				byPath[dir].testImports = append(byPath[dir].testImports, imported)
			} else {
				byPath[dir].imports = append(byPath[dir].imports, imported)
			}
		}
	})
	var packages []goPackage
	for _, p := range byPath {
		packages = append(packages, *p)
	}
	slices.SortFunc(packages, func(a, b goPackage) int { return strings.Compare(a.path, b.path) })
	return packages
}
