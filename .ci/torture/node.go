package main

import (
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
)

// node is a file, a folder or a symbolic link of a disk: as programs see it, and as much of it as is on the disk
// whatever happens.
type node struct {
	id    uint64
	mode  uint32 // syscall.S_IF… and permissions
	links uint32
	mtime int64  // nanoseconds
	name  string // that it had first or last, for messages

	data   []byte
	shared bool // data belongs to other nodes too, and is copied before it changes
	safe   []byte
	writes []write // since safe

	written bool // on this disk

	entries     map[string]*node
	safeEntries map[string]*node

	target string
}

// write is a change of a file that is not synced yet: data at an offset, or, where data is nil, a new size.
type write struct {
	at   int64
	data []byte
}

func (n *node) isDir() bool { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }

func (n *node) isFile() bool { return n.mode&syscall.S_IFMT == syscall.S_IFREG }

// bare is a node of no disk with the properties of n, empty.
func (n *node) bare() *node {
	return &node{mode: n.mode, mtime: n.mtime, name: n.name, target: n.target}
}

// apply returns content after the write.
func (w write) apply(content []byte) []byte {
	if w.data == nil {
		return resized(content, w.at)
	}
	content = resized(content, max(int64(len(content)), w.at+int64(len(w.data))))
	copy(content[w.at:], w.data)
	return content
}

// size is that of a file of so many bytes after the write.
func (w write) size(before int64) int64 {
	if w.data == nil {
		return w.at
	}
	return max(before, w.at+int64(len(w.data)))
}

func resized(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// change does a write, which is kept until the file is synced.
func (n *node) change(w write) {
	if n.shared {
		n.data, n.shared = slices.Clone(n.data), false
	}
	n.data, n.written = w.apply(n.data), true
	n.writes = append(n.writes, w)
}

// sync brings the content to the disk.
func (n *node) sync() {
	if len(n.writes) > 0 {
		n.safe, n.writes, n.shared = n.data, nil, true
	}
}

// copyOf copies a tree; all of the copy is on the disk. fresh makes a node with the properties of another, empty.
func copyOf(n *node, fresh func(like *node) *node) *node {
	made := map[*node]*node{}
	var tree func(*node) *node
	tree = func(n *node) *node {
		if c := made[n]; c != nil {
			return c
		}
		c := fresh(n)
		made[n] = c
		if n.isDir() {
			c.entries = map[string]*node{}
			for name, e := range n.entries {
				c.entries[name] = tree(e)
			}
			c.safeEntries = maps.Clone(c.entries)
			return c
		}
		n.shared = true
		c.data, c.safe, c.shared = n.data, n.data, true
		return c
	}
	return tree(n)
}

// tree is all below a folder: the content of files by their paths, with a slash and nothing for a folder, and what a
// link leads to.
type tree map[string]string

func treeOf(n *node) tree {
	t := tree{}
	t.add("", n)
	return t
}

func (t tree) add(at string, n *node) {
	for name, e := range n.entries {
		p := path.Join(at, name)
		switch {
		case e.isDir():
			t[p+"/"] = ""
			t.add(p, e)
		case e.isFile():
			t[p] = string(e.data)
		default:
			t[p] = "-> " + e.target
		}
	}
}

// find returns what is at a path below a folder, or nil.
func find(n *node, p string) *node {
	for _, name := range strings.Split(path.Clean(p), "/") {
		if name == "." {
			continue
		}
		if n == nil || !n.isDir() {
			return nil
		}
		n = n.entries[name]
	}
	return n
}
