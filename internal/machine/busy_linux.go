package machine

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of /proc/stat.
const tick = time.Second / 100

// ProcessorTime is how long the processors have worked since the machine was started, all together, and how long for
// this process; not ok: it is not known.
func ProcessorTime() (all, own time.Duration, ok bool) {
	b, err := os.ReadFile("/proc/stat")
	var u unix.Rusage
	if err != nil || unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0, 0, false
	}
	all, ok = worked(b)
	return all, time.Duration(u.Utime.Nano() + u.Stime.Nano()), ok
}

// worked adds up the first line of /proc/stat but for idling and waiting for the disk, and guests, which are in the
// user's time already: user, nice, system, idle, iowait, irq, softirq, steal, …
func worked(stat []byte) (sum time.Duration, ok bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 8 || string(fields[0]) != "cpu" {
		return 0, false
	}
	for i, f := range fields[1:min(9, len(fields))] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, false
		}
		if i != 3 && i != 4 {
			sum += time.Duration(n) * tick
		}
	}
	return sum, true
}

// Load is the number of tasks that ran or wanted to, on average over the last minute; below 0: it is not known.
func Load() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := bytes.Cut(b, []byte(" "))
	n, err := strconv.ParseFloat(string(first), 64)
	if err != nil {
		return -1
	}
	return n
}
