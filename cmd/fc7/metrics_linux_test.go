package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listens are the sockets of a process that wait for others to connect.
func listens(pid int) (n int) {
	own := map[string]bool{}
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(strings.TrimPrefix(to, "socket:"), "[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		for line := range strings.Lines(string(b)) {
			if words := strings.Fields(line); len(words) > 9 && words[3] == "0A" && own[words[9]] {
				n++
			}
		}
	}
	return n
}

// TestListensUnasked: a process listens where --metrics says so, and nowhere else.
func TestListensUnasked(t *testing.T) {
	j := newSmallJob(t, "24")
	for _, c := range []struct {
		out  string
		more []string
		want int
	}{{"a", nil, 0}, {"b", []string{"--metrics", "127.0.0.1:0"}, 1}} {
		cmd := asProgram(j.args(c.out, c.more...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		most, looks := 0, 0
		for running := true; running; {
			select {
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
				running = false
			case <-time.After(time.Millisecond):
				most = max(most, listens(cmd.Process.Pid))
				looks++
			}
		}
		if most != c.want || looks == 0 {
			t.Errorf("%v: %d sockets listen, want %d, at %d looks", c.more, most, c.want, looks)
		}
	}
}
