//go:build unix && !linux

package machine

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// PeakMemory is the largest resident size of this process so far, in bytes.
func PeakMemory() uint64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil || u.Maxrss < 0 {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return uint64(u.Maxrss)
	}
	return uint64(u.Maxrss) << 10
}
