package machine

import (
	"math"
	"strconv"
)

// SlurmCores is how many cores Slurm gives each task of this job by --cpus-per-task; env is os.Getenv. 0: no such job,
// or it does not say. Where Slurm binds tasks to cores the kernel says it too, but not every cluster does.
func SlurmCores(env func(string) string) int {
	n, err := strconv.Atoi(env("SLURM_CPUS_PER_TASK"))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// slurmMemory is how many bytes Slurm gives this job on this machine, by --mem or --mem-per-cpu. 0: it does not say, or
// all of the machine's (--mem=0). A cluster without control groups ends jobs that use more.
func slurmMemory(env func(string) string) int64 {
	megabytes := func(name string) int64 {
		n, err := strconv.ParseInt(env(name), 10, 64)
		if err != nil || n < 1 || n > math.MaxInt64>>41 {
			return 0
		}
		return n << 20
	}
	if n := megabytes("SLURM_MEM_PER_NODE"); n > 0 {
		return n
	}
	cores, err := strconv.ParseInt(env("SLURM_CPUS_ON_NODE"), 10, 20)
	if err != nil || cores < 1 {
		cores = int64(max(SlurmCores(env), 1))
	}
	return megabytes("SLURM_MEM_PER_CPU") * cores
}
