package tell

import (
	"errors"
	"os"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	findWindowEx = windows.NewLazySystemDLL("user32.dll").NewProc("FindWindowExW")
	notifyIcon   = windows.NewLazySystemDLL("shell32.dll").NewProc("Shell_NotifyIconW")
)

// The icon of this program, as the library fyne.io/systray makes it.
const (
	iconClass = "SystrayClass"
	iconID    = 100
)

// Values of the Windows programming interface.
const (
	nimModify = 1
	nifInfo   = 0x10
	niifUser  = 4 // with the icon of the notification area
)

// iconData is NOTIFYICONDATAW.
type iconData struct {
	size                uint32
	window              windows.HWND
	id, flags, callback uint32
	icon                windows.Handle
	tip                 [128]uint16
	state, mask         uint32
	info                [256]uint16
	version             uint32
	title               [64]uint16
	infoFlags           uint32
	item                windows.GUID
	balloon             windows.Handle
}

// show lets the icon of this program show a balloon, which newer versions of Windows
// make a notification of.
func show(title, text string) error {
	window, err := iconWindow()
	if err != nil {
		return err
	}
	data := iconData{window: window, id: iconID, flags: nifInfo, infoFlags: niifUser}
	data.size = uint32(unsafe.Sizeof(data))
	fill(data.title[:], title)
	fill(data.info[:], text)
	if ok, _, err := notifyIcon.Call(nimModify, uintptr(unsafe.Pointer(&data))); ok == 0 {
		return errors.Join(errNowhere, err)
	}
	return nil
}

// iconWindow is the window that stands behind the icon of this process.
func iconWindow() (windows.HWND, error) {
	class, err := windows.UTF16PtrFromString(iconClass)
	if err != nil {
		return 0, err
	}
	for window := uintptr(0); ; {
		window, _, _ = findWindowEx.Call(0, window, uintptr(unsafe.Pointer(class)), 0)
		if window == 0 {
			return 0, errNowhere
		}
		var process uint32
		if _, err := windows.GetWindowThreadProcessId(windows.HWND(window), &process); err == nil && process == uint32(os.Getpid()) {
			return windows.HWND(window), nil
		}
	}
}

// fill writes a text into a field that ends with a zero, and dots where it is too
// long for it.
func fill(field []uint16, text string) {
	units := utf16.Encode([]rune(text))
	if most := len(field) - 1; len(units) > most {
		units = units[:most-1]
		if last := units[len(units)-1]; utf16.IsSurrogate(rune(last)) && last < 0xdc00 {
			units = units[:len(units)-1] // half a character
		}
		units = append(units, '…')
	}
	copy(field, units)
}
