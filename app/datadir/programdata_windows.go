package datadir

import "golang.org/x/sys/windows"

// programData is the folder for programs' data. Windows itself is asked first: a
// service may have been started with another environment.
func programData(getenv func(string) string) string {
	if dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DONT_VERIFY); err == nil {
		return dir
	}
	return getenv("ProgramData")
}
