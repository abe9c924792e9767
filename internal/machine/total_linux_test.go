package machine

import (
	"os"
	"path/filepath"
	"testing"
)

// The limit of memory is the least of the control groups that a process is in, of either version.
func TestGroupLimit(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"none":             {nil, 0},
		"version 2":        {map[string]string{"proc/self/cgroup": "0::/user/app\n", "sys/fs/cgroup/user/app/memory.max": "1000\n", "sys/fs/cgroup/user/memory.max": "2000\n"}, 1000},
		"the one above":    {map[string]string{"proc/self/cgroup": "0::/user/app\n", "sys/fs/cgroup/user/app/memory.max": "max\n", "sys/fs/cgroup/user/memory.max": "2000\n"}, 2000},
		"in a container":   {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "3000\n"}, 3000},
		"the host's path":  {map[string]string{"proc/self/cgroup": "0::/docker/0123\n", "sys/fs/cgroup/memory.max": "3000\n"}, 3000},
		"version 1":        {map[string]string{"proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4000\n"}, 4000},
		"no limit":         {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		"nothing but text": {map[string]string{"proc/self/cgroup": "what\n"}, 0},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := groupLimit(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if n := Memory(); n < 64<<20 {
		t.Errorf("this machine has %d bytes", n)
	}
}

// What may be taken is what is left of the machine's memory and of that of each control group, of either version.
func TestAvailable(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is known":  {nil, 1 << 30},
		"the machine's":     {map[string]string{"proc/meminfo": "MemFree: 1 kB\nMemAvailable:  500 kB\n"}, 500 << 10},
		"less our own":      {map[string]string{"proc/self/status": "RssAnon:\t 24 kB\n"}, 1<<30 - 24<<10},
		"version 1":         {map[string]string{"proc/self/cgroup": "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4000\n", "sys/fs/cgroup/memory/a/memory.stat": "cache 9\nrss 1\ntotal_rss 1500\n"}, 2500},
		"version 2":         {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "4000\n", "sys/fs/cgroup/a/memory.stat": "anon 1000\nfile 2000\n"}, 3000},
		"more than allowed": {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "4000\n", "sys/fs/cgroup/a/memory.stat": "anon 5000\n"}, 1},
	} {
		root := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(root, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := available(root, 1<<30); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
