package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fc7/scale/scene"
)

// processes are those of the cluster's jobs whose environment has all of some variables, NAME=VALUE.
func (c *cluster) processes(variables ...string) (all []int) {
	variables = append(variables, "SLURM_CLUSTER_NAME="+c.name)
	found, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		env := strings.Split(string(b), "\x00")
		if !slices.ContainsFunc(variables, func(v string) bool { return !slices.Contains(env, v) }) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// fc7 are the processes of fc7 that a task has, of all its starts.
func (c *cluster) fc7(task int) (all []int) {
	for _, p := range c.processes(fmt.Sprintf("SLURM_ARRAY_TASK_ID=%d", task)) {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p)); exe == c.s.FC7 {
			all = append(all, p)
		}
	}
	return all
}

// slow lets a process run for 15 ms between pauses, as a machine would that is busy otherwise, until it ends or the
// returned function is called.
func slow(pid int, pause time.Duration) (end func()) {
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if syscall.Kill(pid, syscall.SIGSTOP) != nil {
				return
			}
			select {
			case <-stop:
				_ = syscall.Kill(pid, syscall.SIGCONT)
				return
			case <-time.After(pause):
			}
			if syscall.Kill(pid, syscall.SIGCONT) != nil {
				return
			}
			time.Sleep(15 * time.Millisecond)
		}
	}()
	return func() { close(stop); <-ended }
}

// alive tells whether a process runs; one that waits for its parent to look does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := bytes.Cut(b, []byte(") "))
	return err == nil && !bytes.HasPrefix(after, []byte("Z"))
}

func parent(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(b), ") ")
	if words := strings.Fields(after); len(words) > 1 {
		up, _ := strconv.Atoi(words[1])
		return up
	}
	return 0
}

func arguments(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(b)
}

// freePorts is the first of n ports in a row that nobody listens at.
func freePorts(s *scene.Scene, n int) int {
	for base := 20000 + os.Getpid()%10000; base < 32000; base += n {
		free := 0
		for ; free < n; free++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+free))
			if err != nil {
				break
			}
			s.Must(l.Close())
		}
		if free == n {
			return base
		}
	}
	s.Fail("there are no free ports")
	return 0
}
