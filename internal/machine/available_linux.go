package machine

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// Available is how many bytes of memory this process may take beside what is taken now, where pages of files, which can
// be read again, count as free: what the machine has left, or less where a control group or Slurm says so. 0: it is not
// known.
func Available() int64 { return available("/", Memory()) }

// available has root "/" but in tests; total is Memory.
func available(root string, total int64) int64 {
	if total == 0 {
		return 0
	}
	left := total
	if n := field(path.Join(root, "proc/meminfo"), "MemAvailable:"); n > 0 {
		left = min(left, n<<10) // it is in kB
	}
	if n := field(path.Join(root, "proc/self/status"), "RssAnon:"); n > 0 {
		left = min(left, total-n<<10)
	}
	groups(root, func(folder string, version int, limit int64) {
		taken := "anon"
		if version == 1 {
			taken = "total_rss"
		}
		left = min(left, limit-field(path.Join(folder, "memory.stat"), taken))
	})
	return max(left, 1)
}

// field is the number behind a name in a file of lines; 0: there is none.
func field(file, name string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}
