package doctor

import "golang.org/x/sys/windows"

// diskFree tells how many bytes this user may still write.
func diskFree(path string) (free uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return free, windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
}
