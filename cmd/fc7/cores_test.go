package main

import (
	"runtime"
	"strings"
	"testing"
)

// TestCoresOfSlurm: a task of Slurm's works on the cores that it was given, unless GOMAXPROCS says otherwise.
func TestCoresOfSlurm(t *testing.T) {
	has := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(has)
	for _, c := range []struct {
		env  map[string]string
		want int
	}{
		{map[string]string{"SLURM_CPUS_PER_TASK": "2", "GOMAXPROCS": "3"}, 3},
		{map[string]string{"SLURM_CPUS_PER_TASK": "4"}, 3},
		{map[string]string{"SLURM_CPUS_PER_TASK": "abc"}, 3},
		{map[string]string{"SLURM_CPUS_PER_TASK": "2"}, 2},
	} {
		leaveCores(func(name string) string { return c.env[name] })
		if got := runtime.GOMAXPROCS(0); got != c.want {
			t.Errorf("%v: %d cores, expected %d", c.env, got, c.want)
		}
	}
}

// TestOddCores: what a scheduler says and cannot mean is told of by verbs that take cores, and passed over.
func TestOddCores(t *testing.T) {
	t.Setenv("SLURM_CPUS_PER_TASK", "abc")
	t.Chdir(t.TempDir())
	for verb, told := range map[string]bool{"bench": true, "weights": false} {
		args := map[string][]string{"bench": {"bench", "--weights", "none.pth"}, "weights": {"weights", "inspect", "none.pth"}}[verb]
		if _, _, said := fc7(t, args...); strings.Contains(said, "note: SLURM_CPUS_PER_TASK is passed over: want a whole number from 1, found abc") != told {
			t.Errorf("%v: %s", args, said)
		}
	}
}
