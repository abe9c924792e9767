package machine

import (
	"bufio"
	"bytes"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Memory is how many bytes of memory this process may use: what the machine has, or less where a control group or Slurm
// says so. 0: it is not known.
func Memory() int64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return 0
	}
	total := int64(s.Totalram) * int64(s.Unit)
	if n := groupLimit("/"); n > 0 {
		total = min(total, n)
	}
	if n := slurmMemory(os.Getenv); n > 0 {
		total = min(total, n)
	}
	return total
}

// groupLimit is the least limit of memory of the control groups, of version 1 or 2, that this process is in; 0: there
// is none. root is "/" but in tests.
func groupLimit(root string) (least int64) {
	groups(root, func(_ string, _ int, limit int64) {
		if least == 0 || limit < least {
			least = limit
		}
	})
	return least
}

// groups tells of the control groups of memory that have a limit, of version 1 or 2, that this process is in, and of
// those above them: their folders and limits.
func groups(root string, tell func(folder string, version int, limit int64)) {
	all, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(bytes.NewReader(all)); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), ":", 3) // number, controllers, path
		if len(parts) < 3 {
			continue
		}
		mount, version, file := "sys/fs/cgroup", 2, "memory.max"
		switch {
		case parts[0] == "0" && parts[1] == "":
		case strings.Contains(","+parts[1]+",", ",memory,"):
			mount, version, file = "sys/fs/cgroup/memory", 1, "memory.limit_in_bytes"
		default:
			continue
		}
		// The groups above bound it too; in a container the path may be the host's, and only the top is there.
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			folder := path.Join(root, mount, group)
			b, err := os.ReadFile(path.Join(folder, file))
			if n, e := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && e == nil && n > 0 { // or "max"
				tell(folder, version, n)
			}
			if group == "/" {
				break
			}
		}
	}
}
