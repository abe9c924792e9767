package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// kernelFiles makes the files that a kernel shows of processors and nodes.
func kernelFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// machineFiles are those of a machine whose nodes have these processors and 1000 kB each.
func machineFiles(cpus, memories, online, hasMemory string, nodes ...string) map[string]string {
	files := map[string]string{
		"proc/self/status":                   "Name:\tfc7\nCpus_allowed:\tff\nCpus_allowed_list:\t" + cpus + "\nMems_allowed_list:\t" + memories,
		"sys/devices/system/cpu/online":      online,
		"sys/devices/system/node/online":     fmt.Sprintf("0-%d", len(nodes)-1),
		"sys/devices/system/node/has_memory": hasMemory,
	}
	for i, list := range nodes {
		files[fmt.Sprintf("sys/devices/system/node/node%d/cpulist", i)] = list
		files[fmt.Sprintf("sys/devices/system/node/node%d/meminfo", i)] = fmt.Sprintf("Node %d MemTotal:       1000 kB\nNode %d MemFree:         10 kB", i, i)
	}
	return files
}

// TestNodes: nodes have the processors that this process may use; where that leaves one, or the kernel tells nothing,
// there are none.
func TestNodes(t *testing.T) {
	const kb = 1000 << 10
	near := machineFiles("0-5", "0-2", "0-5", "0,2", "0-1", "2-3", "4-5")
	near["sys/devices/system/node/node1/distance"] = "31 10 21"
	broken := machineFiles("0-3", "0-1", "0-3", "0-1", "0-1", "2-3")
	broken["sys/devices/system/node/node1/cpulist"] = "2-99999999"
	silent := machineFiles("0-3", "0-1", "0-3", "0-1", "0-1", "2-3")
	delete(silent, "proc/self/status")
	for name, c := range map[string]struct {
		files map[string]string
		want  []Node
	}{
		"nothing":               {nil, nil},
		"one node":              {machineFiles("0-3", "0", "0-3", "0", "0-3"), nil},
		"two":                   {machineFiles("0-7", "0-1", "0-7", "0-1", "0-1,4-5", "2-3,6-7"), []Node{{0, []int{0, 1, 4, 5}, kb}, {1, []int{2, 3, 6, 7}, kb}}},
		"memory without cores":  {machineFiles("0-3", "0-2", "0-3", "0-2", "0-1", "2-3", ""), []Node{{0, []int{0, 1}, kb}, {1, []int{2, 3}, kb}}},
		"cores without memory":  {near, []Node{{0, []int{0, 1}, kb}, {2, []int{2, 3, 4, 5}, kb}}},
		"and no distances":      {machineFiles("0-5", "0-2", "0-5", "1-2", "0-1", "2-3", "4-5"), []Node{{1, []int{0, 1, 2, 3}, kb}, {2, []int{4, 5}, kb}}},
		"cores are offline":     {machineFiles("0-7", "0-1", "0,2,4-6", "0-1", "0-3", "4-7"), []Node{{0, []int{0, 2}, kb}, {1, []int{4, 5, 6}, kb}}},
		"all cores of one are":  {machineFiles("0-7", "0-1", "0-3", "0-1", "0-3", "4-7"), nil},
		"a group leaves one":    {machineFiles("4-7", "0-1", "0-7", "0-1", "0-3", "4-7"), nil},
		"and half of two":       {machineFiles("2-5,8-99", "0-1", "0-7", "0-1", "0-3", "4-7"), []Node{{0, []int{2, 3}, kb}, {1, []int{4, 5}, kb}}},
		"memory of one alone":   {machineFiles("0-7", "1", "0-7", "0-1", "0-3", "4-7"), nil},
		"no word of processors": {silent, nil},
		"a list that is none":   {broken, nil},
	} {
		if got := nodesBelow(kernelFiles(t, c.files)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	lists := make([]string, 8)
	for i := range lists {
		lists[i] = fmt.Sprintf("%d-%d,%d-%d", 8*i, 8*i+7, 64+8*i, 64+8*i+7)
	}
	eight := nodesBelow(kernelFiles(t, machineFiles("0-127", "0-7", "0-127", "0-7", lists...)))
	if len(eight) != 8 || len(eight[7].CPUs) != 16 || eight[7].CPUs[0] != 56 || eight[7].CPUs[15] != 127 {
		t.Errorf("eight nodes: %v", eight)
	}
	if n := Nodes(); len(n) == 1 {
		t.Errorf("one node of this machine: %v", n)
	}
}

// TestCPUList: what is no list is an error, not a shorter one.
func TestCPUList(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "\n": nil, "0\n": {0}, "0-2,5,7-8": {0, 1, 2, 5, 7, 8}} {
		if got, err := cpuList(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "3-1", "-1", "1-", "0-65536", "0;1"} {
		if got, err := cpuList(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
