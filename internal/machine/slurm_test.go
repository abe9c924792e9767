package machine

import (
	"strings"
	"testing"
)

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
		{map[string]string{"SLURM_CPUS_PER_TASK": "3", "GOMAXPROCS": "2"}, 0, 0},
		{map[string]string{"SLURM_CPUS_PER_TASK": "3", "GOMAXPROCS": "0"}, 3, 0},
		{map[string]string{"SLURM_CPUS_PER_TASK": "99999999999"}, 0, 0},
		{map[string]string{"SLURM_MEM_PER_CPU": "512", "SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "6"}, 3, 3 << 30},
	} {
		env := func(name string) string { return c.env[name] }
		if cores, memory := SlurmCores(env), slurmMemory(env); cores != c.cores || memory != c.memory {
			t.Errorf("%v: %d cores and %d bytes, expected %d and %d", c.env, cores, memory, c.cores, c.memory)
		}
	}
}

// TestOddVariables: what cannot be meant is told, by the variable and what it holds, and what can be is not.
func TestOddVariables(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"SLURM_CPUS_PER_TASK", "abc", "from 1, found abc"},
		{"SLURM_CPUS_PER_TASK", "0", "from 1, found 0"},
		{"SLURM_CPUS_PER_TASK", "-4", "from 1, found -4"},
		{"SLURM_CPUS_PER_TASK", "4\n", "from 1, found 4"},
		{"SLURM_CPUS_ON_NODE", "2(x3)", "from 1, found 2(x3)"},
		{"SLURM_MEM_PER_NODE", "4G", "from 0, found 4G"},
		{"SLURM_MEM_PER_CPU", "99999999999999999999", "from 0, found 9999"},
		{"GOMAXPROCS", "all", "from 1, found all"},
		{"SLURM_CPUS_PER_TASK", "4", ""},
		{"SLURM_CPUS_PER_TASK", "", ""},
		{"SLURM_MEM_PER_NODE", "0", ""},
		{"OTHER", "abc", ""},
	} {
		got := strings.Join(OddVariables(func(name string) string {
			if name == c.name {
				return c.text
			}
			return ""
		}), ";")
		if want := c.name + " is passed over: want a whole number " + c.want; got != want && (c.want == "" || !strings.HasPrefix(got, want)) && (got != "" || c.want != "") {
			t.Errorf("%s=%q: %q, expected %q", c.name, c.text, got, want)
		}
	}
}
