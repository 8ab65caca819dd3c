//go:build unix

package ask

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"unicode/utf8"
)

// tool is a program that shows dialogs, with the arguments for each kind.
type tool struct {
	name                        string
	text, confirm, folder, show func(text, preset string) []string
}

var tools = []tool{
	{
		name: "zenity",
		text: func(text, preset string) []string {
			return []string{"--entry", "--width=420", "--text=" + wrap(text), "--entry-text=" + preset}
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
		name:    "kdialog",
		text:    func(text, preset string) []string { return []string{"--inputbox", wrap(text), preset} },
		confirm: func(text, _ string) []string { return []string{"--yesno", wrap(text)} },
		folder:  func(text, _ string) []string { return []string{"--title", text, "--getexistingdirectory", home()} },
		show:    func(text, _ string) []string { return []string{"--msgbox", wrap(text)} },
	},
}

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
	return run(ctx, func(t tool) []string { return t.text(text, preset) })
}

// columns is where a text is broken into lines; left to themselves some windows get as
// wide as the screen.
const columns = 64

// wrap breaks a text into lines between words; lines and paragraphs of its own stay.
func wrap(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
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
