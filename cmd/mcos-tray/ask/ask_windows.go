package ask

import (
	"context"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"mcos/protocol/plain"
)

var (
	user32  = windows.NewLazySystemDLL("user32.dll")
	shell32 = windows.NewLazySystemDLL("shell32.dll")
	ole32   = windows.NewLazySystemDLL("ole32.dll")

	dialogBox       = user32.NewProc("DialogBoxIndirectParamW")
	endDialog       = user32.NewProc("EndDialog")
	getItemText     = user32.NewProc("GetDlgItemTextW")
	setForeground   = user32.NewProc("SetForegroundWindow")
	getDlgItem      = user32.NewProc("GetDlgItem")
	sendMessage     = user32.NewProc("SendMessageW")
	browseForFolder = shell32.NewProc("SHBrowseForFolderW")
	pathFromList    = shell32.NewProc("SHGetPathFromIDListW")
	freeMemory      = ole32.NewProc("CoTaskMemFree")
	initialise      = ole32.NewProc("CoInitializeEx")
	uninitialise    = ole32.NewProc("CoUninitialize")
)

// Values of the Windows programming interface.
const (
	idOK, idCancel, idRetry        = 1, 2, 4
	idYes, idEdit                  = 6, 100
	wmInitDialog, wmCommand        = 0x110, 0x111
	emSetSel                       = 0xB1
	onlyFolders, newDialogStyle    = 0x1, 0x40
	apartmentThreaded              = 2
	maxTyped                       = 300 // characters; longer than any host name
	answeredOK, answeredCancel     = 1, 2
	styleDialog, styleChild        = 0x90C808C0, 0x50000000 // popup, caption, system menu, centred, font, modal frame
	styleEdit, styleButton, styleD = 0x00810080, 0x00010000, 0x00010001
	styleText                      = 0x80 // an ampersand is one, not the mark of a key
	classButton, classEdit         = 0x80, 0x81
	classStatic                    = 0x82
)

// Confirm asks a question that can be answered with yes or no.
func (Desktop) Confirm(_ context.Context, text string) (bool, error) {
	answer, err := box(text, windows.MB_YESNOCANCEL|windows.MB_ICONQUESTION)
	if err == nil && answer == idCancel {
		return false, ErrCancelled
	}
	return answer == idYes, err
}

// Retry shows what is in the way until the player wants another try or gives up.
func (Desktop) Retry(_ context.Context, text string) (bool, error) {
	answer, err := box(text, windows.MB_RETRYCANCEL|windows.MB_ICONWARNING)
	return answer == idRetry, err
}

// Show shows a text until the player has read it.
func (Desktop) Show(_ context.Context, text string) error {
	_, err := box(text, windows.MB_OK|windows.MB_ICONINFORMATION)
	return err
}

func box(text string, kind uint32) (int32, error) {
	text = plain.Text(text, plain.Page)
	words, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return 0, err
	}
	title, err := windows.UTF16PtrFromString(Title)
	if err != nil {
		return 0, err
	}
	return windows.MessageBox(0, words, title, kind|windows.MB_SETFOREGROUND|windows.MB_TOPMOST)
}

// browseInfo is BROWSEINFOW.
type browseInfo struct {
	owner    windows.Handle
	root     uintptr
	display  *uint16
	title    *uint16
	flags    uint32
	callback uintptr
	param    uintptr
	image    int32
}

// Folder asks for a folder of this computer.
func (Desktop) Folder(_ context.Context, text string) (string, error) {
	runtime.LockOSThread() // COM counts by thread
	defer runtime.UnlockOSThread()
	if r, _, _ := initialise.Call(0, apartmentThreaded); int32(r) >= 0 {
		defer uninitialise.Call() //nolint:errcheck // it returns nothing
	}
	title, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return "", err
	}
	var name [windows.MAX_PATH]uint16
	info := browseInfo{display: &name[0], title: title, flags: onlyFolders | newDialogStyle}
	list, _, _ := browseForFolder.Call(uintptr(unsafe.Pointer(&info)))
	if list == 0 {
		return "", ErrCancelled
	}
	defer freeMemory.Call(list) //nolint:errcheck // it returns nothing
	var path [windows.MAX_PATH]uint16
	if ok, _, err := pathFromList.Call(list, uintptr(unsafe.Pointer(&path[0]))); ok == 0 {
		return "", err
	}
	return windows.UTF16ToString(path[:]), nil
}

// Text asks for a line; preset is what stands in it at first.
func (Desktop) Text(_ context.Context, text, preset string) (string, error) {
	runtime.LockOSThread() // a window belongs to its thread
	defer runtime.UnlockOSThread()
	var typed string
	proc := windows.NewCallback(func(window windows.Handle, message uint32, wparam, _ uintptr) uintptr {
		switch {
		case message == wmInitDialog:
			setForeground.Call(uintptr(window)) //nolint:errcheck // it is only a wish
			edit, _, _ := getDlgItem.Call(uintptr(window), idEdit)
			sendMessage.Call(edit, emSetSel, 0, uintptr(1<<31-1)) //nolint:errcheck // it is only a help
			return 1
		case message == wmCommand && wparam&0xffff == idOK:
			var line [maxTyped]uint16
			getItemText.Call(uintptr(window), idEdit, uintptr(unsafe.Pointer(&line[0])), maxTyped) //nolint:errcheck // empty then
			typed = windows.UTF16ToString(line[:])
			endDialog.Call(uintptr(window), answeredOK) //nolint:errcheck // it is open
		case message == wmCommand && wparam&0xffff == idCancel:
			endDialog.Call(uintptr(window), answeredCancel) //nolint:errcheck // it is open
		}
		return 0
	})
	form := template(plain.Text(text, plain.Page), plain.Line(preset, plain.Long))
	answer, _, err := dialogBox.Call(0, uintptr(unsafe.Pointer(&form[0])), 0, proc, 0)
	switch int32(answer) {
	case answeredOK:
		return strings.TrimSpace(typed), nil
	case answeredCancel:
		return "", ErrCancelled
	}
	return "", err
}

// template is a DLGTEMPLATE: the text, a line to type in, OK and Cancel. Measures are
// dialog units.
func template(text, preset string) []uint16 {
	const width, margin, rows = 260, 8, 52
	var t []uint16
	long := func(n uint32) { t = append(t, uint16(n), uint16(n>>16)) }
	words := func(s string) { t = append(t, windows.StringToUTF16(s)...) }
	item := func(style uint32, x, y, w, h, id, class uint16, s string) {
		if len(t)%2 == 1 {
			t = append(t, 0)
		}
		long(styleChild | style)
		long(0)
		t = append(t, x, y, w, h, id, 0xffff, class)
		words(s)
		t = append(t, 0) // no data
	}
	long(styleDialog)
	long(0)
	t = append(t, 4, 0, 0, width, rows+48, 0, 0) // four items; no menu, usual class
	words(Title)
	t = append(t, 9) // points
	words("Segoe UI")
	item(styleText, margin, margin, width-2*margin, rows-4, 0xffff, classStatic, text)
	item(styleEdit, margin, rows+6, width-2*margin, 14, idEdit, classEdit, preset)
	item(styleD, width-2*58, rows+26, 50, 14, idOK, classButton, "OK")
	item(styleButton, width-58, rows+26, 50, 14, idCancel, classButton, "Cancel")
	return t
}
