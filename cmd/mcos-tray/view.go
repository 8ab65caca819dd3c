package main

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	"fyne.io/systray"

	"mcos/assets"
	"mcos/cmd/mcos-tray/menu"
	"mcos/protocol/plain"
)

// view is the icon and the menu in the notification area.
type view struct {
	icon    string
	line    string
	entries []*entry
	gone    chan struct{} // closed when the menu's lines are replaced
}

// entry is a line of the menu as it is shown now.
type entry struct {
	menu.Item
	shown *systray.MenuItem // nil for a separator
	subs  []*entry
}

// show changes what has changed; clicked gets the line that was clicked, which by then
// may say something else. It is an error that there is no desktop any more, which the
// library answers with a panic.
func (v *view) show(s menu.State, clicked func(*entry)) (err error) {
	defer func() {
		if gone := recover(); gone != nil {
			err = fmt.Errorf("the desktop takes no icon: %v", gone)
		}
	}()
	if icon := s.Icon(); icon != v.icon {
		v.icon = icon
		systray.SetIcon(picture(icon))
	}
	if line := s.Line(); line != v.line {
		v.line = line
		systray.SetTooltip("MCOS: " + line)
	}
	items := s.Build()
	if fits(v.entries, items) { // a menu that is open stays open
		change(v.entries, items)
		return nil
	}
	if v.gone != nil {
		close(v.gone)
		systray.ResetMenu()
	}
	v.entries, v.gone = nil, make(chan struct{})
	for _, i := range items {
		v.entries = append(v.entries, v.add(nil, i, clicked))
	}
	return nil
}

// fits tells whether the lines that are there can show these items.
func fits(entries []*entry, items []menu.Item) bool {
	if len(entries) != len(items) {
		return false
	}
	for n, e := range entries {
		i := items[n]
		if (e.Label == "") != (i.Label == "") || e.Check != i.Check || !fits(e.subs, i.Items) {
			return false
		}
	}
	return true
}

// change shows items in the lines that are there.
func change(entries []*entry, items []menu.Item) {
	for n, e := range entries {
		i := items[n]
		if e.shown != nil {
			e.update(i)
		}
		change(e.subs, i.Items)
		e.Item = i
	}
}

func (e *entry) update(i menu.Item) {
	if i.Label != e.Label {
		e.shown.SetTitle(label(i.Label))
	}
	switch {
	case i.Checked && !e.Checked:
		e.shown.Check()
	case !i.Checked && e.Checked:
		e.shown.Uncheck()
	}
	switch {
	case i.Enabled && !e.Enabled:
		e.shown.Enable()
	case !i.Enabled && e.Enabled:
		e.shown.Disable()
	}
}

// label is a text for a menu: one short line of it, in which no letter is taken for a
// key.
func label(text string) string {
	return strings.ReplaceAll(plain.Line(text, maxLabel), mnemonic, mnemonic+mnemonic)
}

// maxLabel is the longest line of the menu, in characters.
const maxLabel = 160

// add makes one line, in a sub menu when parent is not nil.
func (v *view) add(parent *systray.MenuItem, i menu.Item, clicked func(*entry)) *entry {
	e := &entry{Item: i}
	switch {
	case i.Label == "" && parent != nil:
		parent.AddSeparator()
		return e
	case i.Label == "":
		systray.AddSeparator()
		return e
	case parent != nil && i.Check:
		e.shown = parent.AddSubMenuItemCheckbox(label(i.Label), "", i.Checked)
	case parent != nil:
		e.shown = parent.AddSubMenuItem(label(i.Label), "")
	case i.Check:
		e.shown = systray.AddMenuItemCheckbox(label(i.Label), "", i.Checked)
	default:
		e.shown = systray.AddMenuItem(label(i.Label), "")
	}
	if !i.Enabled {
		e.shown.Disable()
	}
	for _, sub := range i.Items {
		e.subs = append(e.subs, v.add(e.shown, sub, clicked))
	}
	gone := v.gone
	go func() {
		for {
			select {
			case <-e.shown.ClickedCh:
				clicked(e)
			case <-gone:
				return
			}
		}
	}()
	return e
}

// picture is an icon in the form that this desktop wants.
func picture(name string) []byte {
	kind := ".png"
	if runtime.GOOS == "windows" {
		kind = ".ico"
	}
	data, err := fs.ReadFile(assets.Icons(), name+kind)
	if err != nil {
		panic(err) // embedded; a test looks for every one
	}
	return data
}
