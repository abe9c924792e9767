package main

import (
	"runtime"
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
		{map[string]string{"SLURM_CPUS_PER_TASK": "2"}, 2},
	} {
		leaveCores(func(name string) string { return c.env[name] })
		if got := runtime.GOMAXPROCS(0); got != c.want {
			t.Errorf("%v: %d cores, expected %d", c.env, got, c.want)
		}
	}
}
