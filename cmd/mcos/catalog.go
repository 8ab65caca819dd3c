package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) catalogCommand() *cobra.Command {
	return p.group("catalog", "Catalog: the cars and parts that exist", p.catalogShow(), p.catalogImport())
}

func (p *program) catalogShow() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show", Short: "Show which catalog is in use", Example: "  mcos catalog show", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				c, err := api.Catalog(cmd.Context())
				if err != nil {
					return err
				}
				return p.showCatalog(c)
			})
		},
	})
}

func (p *program) showCatalog(c admin.Catalog) error {
	if p.json {
		return p.printJSON(c)
	}
	source := "the small one that comes with the server"
	if c.Imported {
		source = "imported"
	}
	err := p.facts(
		[2]string{"Catalog", source},
		[2]string{"Cars", fmt.Sprintf("%d, of which dealers may sell %d", c.Counts.Cars, c.Counts.Sellable)},
		[2]string{"Parts", strconv.Itoa(c.Counts.Parts)},
		[2]string{"Skins", strconv.Itoa(c.Counts.Skins)},
	)
	if err == nil && c.Unknown > 0 {
		fmt.Fprintf(p.out, "Players own %s that this catalog does not know; the game may not show them.\n", plural(c.Unknown, "part", "parts"))
	}
	return err
}

// maxLeftShown is how many rows that were left out are listed.
const maxLeftShown = 5

func (p *program) catalogImport() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "import PATH", Short: "Import the full catalog of your own game",
		Long: `Import the full catalog: the file Data/DB/Online.mdb of your own installed game,
or a folder of tab-separated files, one for each table. A running server uses it
at once.`,
		Example: "  mcos catalog import \"C:\\Program Files\\EA Games\\Motor City Online\\Data\\DB\\Online.mdb\"\n  mcos catalog import ./tables",
		Args:    exactly("PATH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.importCatalog(cmd.Context(), args[0])
		},
	})
}

func (p *program) importCatalog(ctx context.Context, path string) error {
	if p.terminal {
		fmt.Fprintln(p.err, "Reading the tables ...")
	}
	blob, left, err := admin.ReadCatalog(path)
	if err != nil {
		return err
	}
	return p.with(ctx, imports, func(api admin.API) error {
		c, err := api.ImportCatalog(ctx, blob)
		if err != nil {
			return err
		}
		p.tellLeft(left)
		return p.showCatalog(c)
	})
}

// tellLeft says what an import has left out.
func (p *program) tellLeft(left []string) {
	if len(left) == 0 {
		return
	}
	fmt.Fprintf(p.err, "%s could not be used and left out:\n", plural(len(left), "row", "rows"))
	for i, text := range left {
		if i == maxLeftShown {
			fmt.Fprintf(p.err, "  and %d more\n", len(left)-i)
			break
		}
		fmt.Fprintf(p.err, "  %s\n", text)
	}
}
