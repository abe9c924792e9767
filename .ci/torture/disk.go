package main

import (
	"maps"
	"math/rand/v2"
	"sync"
	"syscall"
)

// slot is a place in a folder that can hold a name.
type slot struct {
	dir  *node
	name string
}

// change is a change of names that is not on the disk yet: what each slot holds afterwards, nil for nothing. A rename
// has two slots, of which a disk takes both or none.
type change []struct {
	slot
	to *node
}

// disk is a file system in memory that can lose what was not synced. All of it is under one lock.
type disk struct {
	sync.Mutex
	ids     *ids
	root    *node
	nodes   []uint64 // the numbers of all that ever were on it
	pending []change
	now     int64 // the time of what is written next; it is counted, so that equal jobs leave equal times

	calls   [kinds]int // so far, of each kind
	changes int        // so far, calls that change the disk
	plan    plan
	dead    bool        // the power is off
	stopped func(*disk) // told once, under the lock, when it goes off
	hit     string      // what the plan was about
}

// epoch is the time of what stands on a new disk, long ago, so that no program takes it for just written.
const epoch = 1_600_000_000_000_000_000

// newDisk makes a disk that holds a copy of a tree, all of it safe.
func newDisk(ids *ids, root *node) *disk {
	d := &disk{ids: ids, now: epoch}
	d.root = copyOf(root, func(n *node) *node { return d.add(n.bare()) })
	d.count(d.root)
	return d
}

// add gives a node of the disk its number.
func (d *disk) add(n *node) *node {
	n.id = d.ids.add(d, n)
	d.nodes = append(d.nodes, n.id)
	return n
}

// count sets the number of links of each node.
func (d *disk) count(n *node) {
	n.links++
	for _, e := range n.entries {
		d.count(e)
	}
}

// drop forgets the nodes of the disk.
func (d *disk) drop() {
	d.Lock()
	defer d.Unlock()
	d.dead = true
	d.ids.remove(d.nodes)
}

// set changes names, at once for programs, and on the disk when a folder of it is synced, or by chance.
func (d *disk) set(c change) {
	for _, s := range c {
		if old := s.dir.entries[s.name]; old != nil {
			old.links--
		}
	}
	for _, s := range c {
		if s.to == nil {
			delete(s.dir.entries, s.name)
		} else {
			s.dir.entries[s.name] = s.to
			s.to.name = s.name
			s.to.links++
		}
		s.dir.mtime = d.tick()
	}
	d.pending = append(d.pending, c)
}

// tick is the time of a change, a millisecond after the last one.
func (d *disk) tick() int64 {
	d.now += 1e6
	return d.now
}

// syncDir brings the names of a folder to the disk, and with them what they follow from: all earlier changes of the
// same slots.
func (d *disk) syncDir(dir *node) {
	needed, chosen := map[slot]bool{}, make([]bool, len(d.pending))
	for i := len(d.pending) - 1; i >= 0; i-- {
		for _, s := range d.pending[i] {
			chosen[i] = chosen[i] || s.dir == dir || needed[s.slot]
		}
		if chosen[i] {
			for _, s := range d.pending[i] {
				needed[s.slot] = true
			}
		}
	}
	var left []change
	for i, c := range d.pending {
		if chosen[i] {
			c.onto(func(dir *node) map[string]*node { return dir.safeEntries })
		} else {
			left = append(left, c)
		}
	}
	d.pending = left
}

// onto does the change in the entries that of returns for a folder.
func (c change) onto(of func(dir *node) map[string]*node) {
	for _, s := range c {
		if s.to == nil {
			delete(of(s.dir), s.name)
		} else {
			of(s.dir)[s.name] = s.to
		}
	}
}

// fate is what becomes of what was not synced: the share of the changes of names that survives, and how file contents
// do.
type fate struct {
	names float64
	data  int
}

const (
	dataLost   = iota // as it was synced last
	dataKept          // all of it
	dataZero          // the new size, and nothing but zeros where it was written
	dataPages         // of each page any of its states, and any of the sizes
	dataStates        // the number of them, of which mixed draws one a file
)

// drawFate draws that of a power cut, the plain ones as often as those by chance.
func drawFate(r *rand.Rand) fate {
	names := []float64{0, 1, 0.5, 0.1, 0.9}
	return fate{names[r.IntN(len(names))], r.IntN(dataStates + 1)}
}

// survivors is the tree that a disk holds after the power was cut, one of those that are legal: everything synced, of
// the changes of names any that do not build on one that was lost, of files what the fate says.
func (d *disk) survivors(r *rand.Rand, f fate) *node {
	entries := map[*node]map[string]*node{}
	of := func(dir *node) map[string]*node {
		if entries[dir] == nil {
			entries[dir] = maps.Clone(dir.safeEntries)
		}
		return entries[dir]
	}
	lost := map[slot]bool{}
	for _, c := range d.pending {
		keep := r.Float64() < f.names
		for _, s := range c {
			keep = keep && !lost[s.slot]
		}
		if keep {
			c.onto(of)
			continue
		}
		for _, s := range c {
			lost[s.slot] = true
		}
	}
	after := map[*node]*node{}
	var tree func(*node) *node
	tree = func(n *node) *node {
		if a := after[n]; a != nil {
			return a
		}
		a := n.bare()
		after[n] = a
		if n.isDir() {
			a.entries = map[string]*node{}
			for _, name := range sorted(of(n)) {
				a.entries[name] = tree(of(n)[name])
			}
			return a
		}
		a.data, a.shared = n.survivor(r, f.data), true
		return a
	}
	return tree(d.root)
}

// asItIs is the tree that programs see, which is what a killed process leaves.
func (d *disk) asItIs() *node {
	return copyOf(d.root, (*node).bare)
}

// page is the piece of a file that is written to the disk at once.
const page = 4096

// survivor is the content of a file after a power cut.
func (n *node) survivor(r *rand.Rand, how int) []byte {
	if len(n.writes) == 0 {
		return n.data
	}
	if how == dataStates {
		how = r.IntN(dataStates)
	}
	switch how {
	case dataLost:
		return n.safe
	case dataKept:
		return n.data
	case dataZero:
		b := make([]byte, len(n.data))
		copy(b, n.safe)
		return b
	}
	size := int64(len(n.safe))
	for _, w := range n.writes[:r.IntN(len(n.writes)+1)] {
		size = w.size(size)
	}
	b := make([]byte, size)
	for at := int64(0); at < size; at += page {
		end := min(at+page, size)
		copy(b[at:end], n.pageAfter(at, end, r.IntN(len(n.writes)+1)))
	}
	return b
}

// pageAfter is the content between two offsets after the first writes alone.
func (n *node) pageAfter(at, end int64, writes int) []byte {
	b := make([]byte, end-at)
	if at < int64(len(n.safe)) {
		copy(b, n.safe[at:])
	}
	for _, w := range n.writes[:writes] {
		if w.data == nil {
			if w.at < end {
				clear(b[max(w.at-at, 0):])
			}
			continue
		}
		if from, to := max(w.at, at), min(w.at+int64(len(w.data)), end); from < to {
			copy(b[from-at:to-at], w.data[from-w.at:])
		}
	}
	return b
}

// newFolder makes an empty folder that belongs to no disk yet.
func newFolder() *node {
	return &node{mode: syscall.S_IFDIR | 0o755, mtime: epoch, entries: map[string]*node{}}
}
