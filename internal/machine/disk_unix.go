//go:build linux || darwin

package machine

import "golang.org/x/sys/unix"

// FreeDisk is how many bytes a user may still write to the disk of a folder; below 0 where it is not known.
func FreeDisk(folder string) int64 {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
