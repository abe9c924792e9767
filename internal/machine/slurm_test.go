package machine

import "testing"

func TestSlurm(t *testing.T) {
	for _, c := range []struct {
		env    map[string]string
		cores  int
		memory int64
	}{
		{},
		{map[string]string{"SLURM_CPUS_PER_TASK": "4"}, 4, 0},
		{map[string]string{"SLURM_CPUS_PER_TASK": "0", "SLURM_MEM_PER_NODE": "0"}, 0, 0},
		{map[string]string{"SLURM_CPUS_PER_TASK": "many", "SLURM_MEM_PER_NODE": "-1", "SLURM_MEM_PER_CPU": "9223372036854775807"}, 0, 0},
		{map[string]string{"SLURM_MEM_PER_NODE": "2048", "SLURM_MEM_PER_CPU": "1"}, 0, 2 << 30},
		{map[string]string{"SLURM_MEM_PER_CPU": "512"}, 0, 512 << 20},
		{map[string]string{"SLURM_MEM_PER_CPU": "512", "SLURM_CPUS_PER_TASK": "3"}, 3, 1536 << 20},
		{map[string]string{"SLURM_MEM_PER_CPU": "512", "SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "6"}, 3, 3 << 30},
	} {
		env := func(name string) string { return c.env[name] }
		if cores, memory := SlurmCores(env), slurmMemory(env); cores != c.cores || memory != c.memory {
			t.Errorf("%v: %d cores and %d bytes, expected %d and %d", c.env, cores, memory, c.cores, c.memory)
		}
	}
}
