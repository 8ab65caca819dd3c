package service

import (
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc/eventlog"
)

// Report writes to the event log why a step of the Windows installer failed, where
// the installer's own message sends the reader.
func Report(err error) {
	events, openErr := eventlog.Open(Name)
	if openErr != nil {
		return
	}
	defer events.Close()
	_ = events.Error(eventError, strings.ReplaceAll(err.Error(), "\n", "\r\n")) // a full log stops nothing
}

// EndPrograms ends every process that runs one of the named programs of a folder,
// in every user's session, except the one that asks. The Windows installer uses it
// for the tray, whose file it could not replace otherwise. Processes that are not
// ours to end are left alone.
func EndPrograms(folder string, names ...string) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		name := windows.UTF16ToString(entry.ExeFile[:])
		for _, wanted := range names {
			if strings.EqualFold(name, wanted) && entry.ProcessID != uint32(os.Getpid()) {
				endProcess(entry.ProcessID, filepath.Join(folder, wanted))
			}
		}
	}
	return nil
}

// endProcess ends a process if it runs this very file.
func endProcess(id uint32, path string) {
	const rights = windows.PROCESS_TERMINATE | windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(rights, false, id)
	if err != nil {
		return
	}
	defer func() { _ = windows.CloseHandle(process) }()
	buf := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(buf))
	if windows.QueryFullProcessImageName(process, 0, &buf[0], &size) != nil ||
		!strings.EqualFold(filepath.Clean(windows.UTF16ToString(buf[:size])), filepath.Clean(path)) {
		return
	}
	if windows.TerminateProcess(process, 0) == nil {
		const patience = 5000 // ms
		_, _ = windows.WaitForSingleObject(process, patience)
	}
}
