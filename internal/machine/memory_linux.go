package machine

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// PeakMemory is the largest resident size of this process so far, or since ResetPeak, in bytes; 0: not known.
func PeakMemory() uint64 {
	if n := highWater("/proc/self/status"); n > 0 {
		return n
	}
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil || u.Maxrss < 0 {
		return 0
	}
	return uint64(u.Maxrss) << 10
}

// highWater reads VmHWM of a status file, which is in kB; 0: it has none.
func highWater(path string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimSuffix(statusField(path, "VmHWM"), " kB"), 10, 64)
	return n << 10
}

// statusField is what a status file has under a name; "": nothing.
func statusField(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if rest, is := strings.CutPrefix(line, name+":"); is {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// ResetPeak lets PeakMemory begin anew from what is resident now; false: the kernel does not.
func ResetPeak() bool {
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}
