package main

import (
	"fmt"
	"io/fs"
	"reflect"
	"runtime"

	"fyne.io/systray"

	"mcos/assets"
	"mcos/cmd/mcos-tray/menu"
)

// view is the icon and the menu in the notification area.
type view struct {
	icon  string
	line  string
	items []menu.Item
	gone  chan struct{} // closed when the menu's items are replaced
}

// show changes what has changed. It is an error that there is no desktop any more,
// which the library answers with a panic.
func (v *view) show(s menu.State, clicked func(menu.Item)) (err error) {
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
	if reflect.DeepEqual(items, v.items) {
		return nil
	}
	if v.gone != nil {
		close(v.gone)
		systray.ResetMenu()
	}
	v.items, v.gone = items, make(chan struct{})
	for _, i := range items {
		v.add(nil, i, clicked)
	}
	return nil
}

// add makes one item, in a sub menu when parent is not nil.
func (v *view) add(parent *systray.MenuItem, i menu.Item, clicked func(menu.Item)) {
	var item *systray.MenuItem
	switch {
	case i.Label == "" && parent != nil:
		parent.AddSeparator()
		return
	case i.Label == "":
		systray.AddSeparator()
		return
	case parent != nil && i.Check:
		item = parent.AddSubMenuItemCheckbox(i.Label, "", i.Checked)
	case parent != nil:
		item = parent.AddSubMenuItem(i.Label, "")
	case i.Check:
		item = systray.AddMenuItemCheckbox(i.Label, "", i.Checked)
	default:
		item = systray.AddMenuItem(i.Label, "")
	}
	if !i.Enabled {
		item.Disable()
	}
	for _, sub := range i.Items {
		v.add(item, sub, clicked)
	}
	gone := v.gone
	go func() {
		for {
			select {
			case <-item.ClickedCh:
				clicked(i)
			case <-gone:
				return
			}
		}
	}()
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
