//go:build unix

package ask

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"strings"
	"unicode/utf8"

	"mcos/protocol/plain"
)

// tool is a program that shows dialogs, with the arguments for each kind. What is in
// a text must reach the screen as it is: every text is written in the way that its
// program reads, and none can be taken for an option.
type tool struct {
	name                        string
	text, confirm, folder, show func(text, preset string) []string
}

// zenityLabel is the label of a line to type in: there zenity reads backslashes as in
// C, and an underscore as the mark of a key. Elsewhere --no-markup keeps it from both.
func zenityLabel(text string) string {
	return strings.NewReplacer(`\`, `\\`, "_", "__").Replace(wrap(text))
}

// kdialog guesses whether a text is rich text, and reads backslashes; so it gets rich
// text, in which every sign stands for itself.
func kdialog(text string) string {
	return "<qt>" + strings.NewReplacer("\n", "<br>", `\`, "&#92;").Replace(html.EscapeString(wrap(text))) + "</qt>"
}

var tools = []tool{
	{
		name: "zenity",
		text: func(text, preset string) []string {
			return []string{"--entry", "--width=420", "--text=" + zenityLabel(text), "--entry-text=" + preset}
		},
		confirm: func(text, _ string) []string {
			return []string{"--question", "--no-markup", "--width=420", "--text=" + wrap(text)}
		},
		folder: func(text, _ string) []string {
			return []string{"--file-selection", "--directory", "--filename=" + home(), "--title=" + text}
		},
		show: func(text, _ string) []string {
			return []string{"--info", "--no-markup", "--width=420", "--text=" + wrap(text)}
		},
	},
	{
		name: "kdialog",
		text: func(text, preset string) []string {
			return []string{"--title", Title, "--inputbox", kdialogLabel(text), "--", preset}
		},
		confirm: func(text, _ string) []string { return []string{"--title", Title, "--yesno", kdialog(text)} },
		folder:  func(text, _ string) []string { return []string{"--title", text, "--getexistingdirectory", home()} },
		show:    func(text, _ string) []string { return []string{"--title", Title, "--msgbox", kdialog(text)} },
	},
}

// kdialogLabel is the label of a line to type in, where an ampersand marks a key unless
// it is doubled.
func kdialogLabel(text string) string { return kdialog(strings.ReplaceAll(text, "&", "&&")) }

// home is the folder where the search for another one starts.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return "/"
	}
	return dir + "/"
}

// Text asks for a line; preset is what stands in it at first.
func (Desktop) Text(ctx context.Context, text, preset string) (string, error) {
	preset = plain.Line(preset, plain.Long)
	return run(ctx, func(t tool) []string { return t.text(text, preset) })
}

// columns is where a text is broken into lines; left to themselves some windows get as
// wide as the screen.
const columns = 64

// wrap breaks a text into lines between words; lines and paragraphs of its own stay.
func wrap(text string) string {
	var out strings.Builder
	for line := range strings.Lines(plain.Text(text, plain.Page)) {
		width := 0
		for i, word := range strings.Fields(line) {
			size := utf8.RuneCountInString(word)
			switch {
			case i > 0 && width+1+size > columns:
				out.WriteByte('\n')
				width = 0
			case i > 0:
				out.WriteByte(' ')
				width++
			}
			out.WriteString(word)
			width += size
		}
		if strings.HasSuffix(line, "\n") {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// Confirm asks a question that can be answered with yes or no.
func (Desktop) Confirm(ctx context.Context, text string) (bool, error) {
	_, err := run(ctx, func(t tool) []string { return t.confirm(text, "") })
	if errors.Is(err, ErrCancelled) {
		return false, nil // these programs do not tell No from a closed window
	}
	return err == nil, err
}

// Folder asks for a folder of this computer.
func (Desktop) Folder(ctx context.Context, text string) (string, error) {
	return run(ctx, func(t tool) []string { return t.folder(text, "") })
}

// Retry is for the Windows installer.
func (Desktop) Retry(context.Context, string) (bool, error) { return false, ErrNoDialogs }

// Show shows a text until the player has read it.
func (Desktop) Show(ctx context.Context, text string) error {
	_, err := run(ctx, func(t tool) []string { return t.show(text, "") })
	if errors.Is(err, ErrCancelled) {
		return nil
	}
	return err
}

// run shows a dialog of the first tool that is there and returns its answer.
func run(ctx context.Context, arguments func(tool) []string) (string, error) {
	for _, t := range tools {
		path, err := exec.LookPath(t.name)
		if err != nil {
			continue
		}
		args := arguments(t)
		if t.name == "zenity" && !strings.HasPrefix(strings.Join(args, " "), "--file") {
			args = append(args, "--title="+Title)
		}
		out, err := exec.CommandContext(ctx, path, args...).Output()
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		var exit *exec.ExitError
		switch {
		case err == nil:
			return strings.TrimRight(string(out), "\r\n"), nil
		case errors.As(err, &exit) && exit.ExitCode() == 1:
			return "", ErrCancelled
		}
		return "", fmt.Errorf("%s could not ask (%w)", t.name, err)
	}
	return "", ErrNoDialogs
}
