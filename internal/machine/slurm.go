package machine

import (
	"fmt"
	"math"
	"strconv"

	"fc7/internal/escape"
)

// count is a variable of the environment that says how many there are of something.
type count struct {
	name        string
	least, most int64
}

// The variables by which a user, or Slurm, tells what this process may take.
var (
	goCores     = count{"GOMAXPROCS", 1, math.MaxInt32} // which Go reads itself, and passes over where it is odd
	cpusPerTask = count{"SLURM_CPUS_PER_TASK", 1, math.MaxInt32}
	cpusOnNode  = count{"SLURM_CPUS_ON_NODE", 1, 1 << 19}
	memPerNode  = count{"SLURM_MEM_PER_NODE", 0, math.MaxInt64 >> 41} // megabytes; 0: all there is
	memPerCPU   = count{"SLURM_MEM_PER_CPU", 0, math.MaxInt64 >> 41}
)

// of is what the variable says; 0: nothing, or what cannot be.
func (c count) of(env func(string) string) int64 {
	n, err := strconv.ParseInt(env(c.name), 10, 64)
	if err != nil || n < c.least || n > c.most {
		return 0
	}
	return n
}

// odd says what is wrong with the variable; "": nothing.
func (c count) odd(env func(string) string) string {
	text := env(c.name)
	if text == "" || c.of(env) > 0 {
		return ""
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n == 0 && c.least == 0 {
		return ""
	}
	return fmt.Sprintf("%s is passed over: want a whole number from %d, found %s", c.name, c.least, escape.Line(escape.Short(text)))
}

// OddVariables says of variables that tell what this process may take, and cannot mean what they say, what was found;
// env is os.Getenv.
func OddVariables(env func(string) string) (all []string) {
	for _, c := range []count{goCores, cpusPerTask, cpusOnNode, memPerNode, memPerCPU} {
		if odd := c.odd(env); odd != "" {
			all = append(all, odd)
		}
	}
	return all
}

// SlurmCores is how many cores Slurm gives each task of this job by --cpus-per-task; env is os.Getenv. 0: no such job,
// or it does not say, or the user does by GOMAXPROCS. Where Slurm binds tasks to cores the kernel says it too, but not
// every cluster does.
func SlurmCores(env func(string) string) int {
	if goCores.of(env) > 0 {
		return 0
	}
	return int(cpusPerTask.of(env))
}

// slurmMemory is how many bytes Slurm gives this job on this machine, by --mem or --mem-per-cpu. 0: it does not say, or
// all of the machine's (--mem=0). A cluster without control groups ends jobs that use more.
func slurmMemory(env func(string) string) int64 {
	if n := memPerNode.of(env); n > 0 {
		return n << 20
	}
	cores := cpusOnNode.of(env)
	if cores == 0 {
		cores = max(cpusPerTask.of(env), 1)
	}
	return memPerCPU.of(env) << 20 * cores
}
