package machine

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Nodes are the parts of the machine that have memory of their own, of which this process may use processors and
// memory, by its control group and whoever started it; none, unless there are two or more. A processor of a node
// without such memory counts to the nearest that has some. They are looked at once: threads that are bound later change
// what the kernel says.
var Nodes = sync.OnceValue(func() []Node { return nodesBelow("/") })

// nodesBelow is Nodes of a kernel whose files stand below root: "/" but in tests.
func nodesBelow(root string) (all []Node) {
	sys := path.Join(root, "sys/devices/system")
	read := func(name string) []int {
		b, err := os.ReadFile(path.Join(sys, name))
		if err != nil {
			return nil
		}
		list, err := cpuList(string(b))
		if err != nil {
			return nil
		}
		return list
	}
	cpus, memories := allowed(path.Join(root, "proc/self/status"))
	if online := read("cpu/online"); online != nil {
		cpus = slices.DeleteFunc(cpus, func(c int) bool { return !slices.Contains(online, c) })
	}
	online := read("node/online")
	for _, id := range read("node/has_memory") {
		if slices.Contains(memories, id) && slices.Contains(online, id) {
			all = append(all, Node{id: id, Memory: nodeMemory(path.Join(sys, "node", fmt.Sprintf("node%d", id), "meminfo"))})
		}
	}
	if len(all) < 2 {
		return nil
	}
	for _, id := range online {
		to := nearest(all, id, online, path.Join(sys, "node", fmt.Sprintf("node%d", id), "distance"))
		for _, c := range read(fmt.Sprintf("node/node%d/cpulist", id)) {
			if slices.Contains(cpus, c) {
				to.CPUs = append(to.CPUs, c)
			}
		}
	}
	all = slices.DeleteFunc(all, func(n Node) bool { return len(n.CPUs) == 0 })
	if len(all) < 2 {
		return nil
	}
	for _, n := range all {
		slices.Sort(n.CPUs)
	}
	return all
}

// allowed are the processors and the nodes' memory that a process may use, by its status.
func allowed(status string) (cpus, memories []int) {
	cpus, err := cpuList(statusField(status, "Cpus_allowed_list"))
	if err != nil {
		return nil, nil
	}
	if memories, err = cpuList(statusField(status, "Mems_allowed_list")); err != nil {
		return nil, nil
	}
	return cpus, memories
}

// nodeMemory reads MemTotal of a node's meminfo, which is in kB; 0: it has none.
func nodeMemory(file string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line)) // Node 0 MemTotal: 123 kB
		if len(f) == 5 && f[2] == "MemTotal:" {
			n, _ := strconv.ParseInt(f[3], 10, 64)
			return n << 10
		}
	}
	return 0
}

// nearest is the node with memory that is nearest to a node, by its distances to all that are online: itself, where it
// is one.
func nearest(all []Node, id int, online []int, distance string) *Node {
	if i := slices.IndexFunc(all, func(n Node) bool { return n.id == id }); i >= 0 {
		return &all[i]
	}
	best, least := 0, mostCPUs
	b, _ := os.ReadFile(distance) // without it the first
	for k, text := range strings.Fields(string(b)) {
		n, err := strconv.Atoi(text)
		if err != nil || k >= len(online) || n >= least {
			continue
		}
		if i := slices.IndexFunc(all, func(n Node) bool { return n.id == online[k] }); i >= 0 {
			best, least = i, n
		}
	}
	return &all[best]
}

// mostCPUs bounds the numbers in a list: no kernel has more.
const mostCPUs = 1 << 16

// cpuList reads a list of Linux, such as "0-3,8": ascending numbers.
func cpuList(text string) (all []int, err error) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		if part == "" {
			continue
		}
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && isRange {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < 0 || b < a || b >= mostCPUs {
			return nil, fmt.Errorf("a list of processors has %q, want numbers and ranges below %d, as in 0-3,8", part, mostCPUs)
		}
		for n := a; n <= b; n++ {
			all = append(all, n)
		}
	}
	return all, nil
}
