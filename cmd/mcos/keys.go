package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) keysCommand() *cobra.Command {
	return p.group("keys", "Keys: what players' computers know this server by",
		p.keysShow(), p.keysImport(), p.keysRotate())
}

func (p *program) keysShow() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show", Short: "Show the keys and the certificate", Example: "  mcos keys show", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				k, err := api.Keys(cmd.Context())
				if err != nil {
					return err
				}
				return p.showKeys(k)
			})
		},
	})
}

func (p *program) showKeys(k admin.Keys) error {
	if p.json {
		return p.printJSON(k)
	}
	lines := [][2]string{
		{"Login key", k.Login + " (start of the SHA-256 of pub.key)"},
		{"File for players", k.PubKeyFile},
	}
	for _, c := range k.Certificates {
		form := fmt.Sprintf("%d bits, signed with SHA-256", c.Bits)
		if c.SHA1 {
			form = fmt.Sprintf("%d bits, signed with SHA-1", c.Bits)
		}
		if c.Refused != "" {
			form += "; " + c.Refused
		}
		lines = append(lines,
			[2]string{"Certificate", c.File},
			[2]string{"For", strings.Join(c.Names, ", ")},
			[2]string{"Valid", c.From.In(p.zone).Format(time.DateOnly) + " to " + c.Until.In(p.zone).Format(time.DateOnly)},
			[2]string{"Form", form},
			[2]string{"Fingerprint", c.Thumbprint},
		)
	}
	return p.facts(lines...)
}

// maxKeyFile is more than any private key in PEM form needs, in bytes.
const maxKeyFile = 16 << 10

func (p *program) keysImport() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "import PRIVATE_KEY.pem", Short: "Use another server's login key",
		Long: `Replace the login key by an RSA key of 1024 bits in PEM form, so that games set
up for another server, or recorded traffic, work with this one. The old key is
kept beside it. Games that hold the old pub.key cannot log in any more.`,
		Example: "  mcos keys import private_key.pem", Args: exactly("PRIVATE_KEY.pem"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readSmall(args[0], maxKeyFile)
			if err != nil {
				return err
			}
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				k, err := api.ImportKey(cmd.Context(), admin.LoginKey{PEM: string(text)})
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(k)
				}
				fmt.Fprintln(p.out, "The login key has been imported.")
				return p.showKeys(k)
			})
		},
	})
}

// readSmall reads a file of at most limit bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s has more than %d bytes; that is no key", path, limit)
	}
	return text, err
}

func (p *program) keysRotate() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "rotate", Short: "Make new keys",
		Long: `Make a new login key, new certificates with their key, or both when neither is
named. Afterwards every player has to fetch the new pub.key or install the new
certificate. The old files are kept beside the new ones. Set keys.key_bits and
keys.signature as well when later ones should be like --bits and --signature ask.`,
		Example: "  mcos keys rotate --certificate", Args: exactly(),
	})
	var in admin.Rotation
	cmd.Flags().BoolVar(&in.Login, "login", false, "a new login key (players fetch pub.key again)")
	cmd.Flags().BoolVar(&in.Certificate, "certificate", false, "new certificates (players install them again)")
	cmd.Flags().IntVar(&in.Bits, "bits", 0, "`size` of the certificates' key, 1024 or 2048 (default: as configured)")
	cmd.Flags().StringVar(&in.Signature, "signature", "", "`sha256 or sha1` (for a Windows before XP Service Pack 3; default: as configured)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !in.Login && !in.Certificate && (in.Bits != 0 || in.Signature != "") {
			in.Certificate = true
		}
		if !in.Login && !in.Certificate {
			in.Login, in.Certificate = true, true
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			k, err := api.RotateKeys(cmd.Context(), in)
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(k)
			}
			if in.Login {
				fmt.Fprintln(p.out, "There is a new login key: every player has to fetch pub.key again.")
			}
			if in.Certificate {
				fmt.Fprintln(p.out, "There are new certificates: every player has to install theirs.")
			}
			return p.showKeys(k)
		})
	}
	return cmd
}
