//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestEveryStepFails lets each call fail in turn: what stood there stands, or all of the new, and nothing is left
// beside it.
func TestEveryStepFails(t *testing.T) {
	for _, j := range jobs {
		for _, s := range j.on() {
			for n := 1; ; n++ {
				path := filepath.Join(t.TempDir(), "x")
				was := j.before(t, path)
				failed := false
				err := s.on(func(at int) error {
					if at != n {
						return nil
					}
					failed = true
					return errDisk
				}, func() error { return j.run(path, "new", j.replace) })
				if !failed {
					must(t, err)
					if n < 4 {
						t.Fatalf("%s, %s: only %d steps", s.name, j.name, n-1)
					}
					break
				}
				after := j.text(t, path)
				if after != was && after != "new" || err == nil && after != "new" {
					t.Errorf("%s, %s, step %d fails (%v): %q stands", s.name, j.name, n, err, after)
				}
				if err != nil && !errors.Is(err, errDisk) {
					t.Errorf("%s, %s, step %d fails: %v", s.name, j.name, n, err)
				}
				again(t, j, path, fmt.Sprintf("%s, %s, step %d failed", s.name, j.name, n))
			}
		}
	}
}

// again does the job once more, undisturbed: it must succeed, and leave nothing else.
func again(t *testing.T, j job, path, after string) {
	t.Helper()
	if err := j.run(path, "newer", true); err != nil {
		t.Errorf("%s: again: %v", after, err)
	}
	if got := j.text(t, path); got != "newer" {
		t.Errorf("%s: again: %q stands", after, got)
	}
	if left := names(t, filepath.Dir(path)); left != filepath.Base(path) {
		t.Errorf("%s: again: there is %s", after, left)
	}
}

// TestDiskFailsForGood lets every call from one on fail, also those that would put things right: then Restore does,
// when the disk serves again.
func TestDiskFailsForGood(t *testing.T) {
	for _, j := range jobs {
		for _, s := range j.on() {
			for n := 1; ; n++ {
				path := filepath.Join(t.TempDir(), "x")
				was := j.before(t, path)
				failed := false
				err := s.on(func(at int) error {
					if at < n {
						return nil
					}
					failed = true
					return errDisk
				}, func() error { return j.run(path, "new", j.replace) })
				if !failed {
					must(t, err)
					break
				}
				must(t, Restore(path))
				if after := j.text(t, path); err == nil || after != was && after != "new" {
					t.Errorf("%s, %s, the steps from %d on fail (%v): %q stands", s.name, j.name, n, err, after)
				}
				again(t, j, path, fmt.Sprintf("%s, %s, steps from %d on failed", s.name, j.name, n))
			}
		}
	}
}

// killVariable tells this program, started again by a test, what to do and where to die.
const killVariable = "ATOMICFILE_TEST_KILL"

// TestKilledAtEveryStep kills a process before each of its steps in turn.
func TestKilledAtEveryStep(t *testing.T) {
	if what := strings.Split(os.Getenv(killVariable), "|"); len(what) == 4 {
		number := func(i int) int { n, err := strconv.Atoi(what[i]); must(t, err); return n }
		j := jobs[number(1)]
		must(t, systems[number(0)].on(func(at int) error {
			if at == number(2) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			return nil
		}, func() error { return j.run(what[3], "new", j.replace) }))
		return
	}
	for ji, j := range jobs {
		for _, si := range j.systems {
			s := systems[si]
			for n := 1; ; n++ {
				path := filepath.Join(t.TempDir(), "x")
				was := j.before(t, path)
				cmd := exec.Command(os.Args[0], "-test.run=^TestKilledAtEveryStep$")
				cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d|%d|%d|%s", killVariable, si, ji, n, path))
				err := cmd.Run()
				if err == nil {
					break
				}
				if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
					t.Fatalf("%s, %s, step %d: %v", s.name, j.name, n, err)
				}
				must(t, Restore(path))
				if after := j.text(t, path); after != was && after != "new" {
					t.Errorf("%s, %s, killed before step %d: %q stands", s.name, j.name, n, after)
				}
				again(t, j, path, fmt.Sprintf("%s, %s, killed before step %d", s.name, j.name, n))
			}
		}
	}
}
