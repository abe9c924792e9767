package machine

import "golang.org/x/sys/windows"

// FreeDisk is how many bytes a user may still write to the disk of a folder; below 0 where it is not known.
func FreeDisk(folder string) int64 {
	var free uint64
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil || windows.GetDiskFreeSpaceEx(name, &free, nil, nil) != nil {
		return -1
	}
	return int64(min(free, 1<<63-1))
}
