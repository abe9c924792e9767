package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// script does calls on a disk, as a program would: "write a text", "sync a", "dir d", "sync .", "rename a b", "swap a
// b", "link a b", "unlink a", "cut a".
func script(t *testing.T, lines string) *disk {
	t.Helper()
	d := newDisk(&ids{all: map[uint64]owned{}}, newFolder())
	for l := range strings.Lines(lines) {
		f := strings.Fields(l)
		dir, name := at(d, f[1])
		n := dir.entries[name]
		switch f[0] {
		case "write":
			if n == nil {
				n = d.add(&node{mode: syscall.S_IFREG | 0o644})
				d.set(change{{slot{dir, name}, n}})
			}
			n.change(write{int64(len(n.data)), []byte(f[2])})
		case "cut":
			n.change(write{at: 1})
		case "sync":
			if n == nil {
				n = dir
			}
			if n.isDir() {
				d.syncDir(n)
			} else {
				n.sync()
			}
		case "dir":
			n = d.add(&node{mode: syscall.S_IFDIR | 0o755, entries: map[string]*node{}, safeEntries: map[string]*node{}})
			d.set(change{{slot{dir, name}, n}})
		case "unlink":
			d.set(change{{slot{dir, name}, nil}})
		case "link":
			to, b := at(d, f[2])
			d.set(change{{slot{to, b}, n}})
		case "rename", "swap":
			to, b := at(d, f[2])
			other := to.entries[b]
			if f[0] == "rename" {
				other = nil
			}
			d.set(change{{slot{dir, name}, other}, {slot{to, b}, n}})
		default:
			t.Fatal(l)
		}
	}
	return d
}

func at(d *disk, p string) (*node, string) {
	if dir, name, ok := strings.Cut(p, "/"); ok {
		return d.root.entries[dir], name
	}
	return d.root, p
}

// outcomes are all that can be left of a disk, by many cuts.
func outcomes(d *disk) map[string]bool {
	all := map[string]bool{}
	for seed := range uint64(400) {
		r := chance(seed)
		t := treeOf(d.survivors(r, drawFate(r)))
		var text []string
		for _, p := range sorted(t) {
			text = append(text, fmt.Sprintf("%s=%s", p, strings.ReplaceAll(t[p], "\x00", "0")))
		}
		all[strings.Join(text, " ")] = true
	}
	return all
}

// TestSurvivors: of what was not synced all that may happen does, and nothing else.
func TestSurvivors(t *testing.T) {
	for _, c := range []struct{ what, lines, want string }{
		{"nothing is synced", "write a xy", "|a=|a=00|a=xy"},
		{"the name alone", "write a xy\nsync .", "a=|a=00|a=xy"},
		{"the content alone", "write a xy\nsync a", "|a=xy"},
		{"both", "write a xy\nsync a\nsync .", "a=xy"},
		{"appended", "write a x\nsync a\nsync .\nwrite a y", "a=x|a=x0|a=xy"},
		{"cut short", "write a xy\nsync a\nsync .\ncut a", "a=xy|a=x|a=x0"},
		{"renamed over another", "write a x\nsync a\nwrite b y\nsync b\nsync .\nrename b a", "a=x b=y|a=y"},
		{"renamed and synced", "write a x\nsync a\nwrite b y\nsync b\nsync .\nrename b a\nsync .", "a=y"},
		{"renamed without its content", "write a x\nsync a\nsync .\nwrite b y\nrename b a\nsync .", "a=|a=0|a=y"},
		{"made and renamed", "write b y\nsync b\nrename b a", "|a=y|b=y"},
		{"linked, then the first name removed", "write b y\nsync b\nsync .\nlink b a\nunlink b", "|a=y|b=y|a=y b=y"},
		{"names swapped", "write a x\nsync a\nwrite b y\nsync b\nsync .\nswap a b", "a=x b=y|a=y b=x"},
		{"a file synced in a folder that is not", "dir d\nwrite d/a x\nsync d/a\nsync d", "|d/= d/a=x"},
		{"the folder above synced, it not", "dir d\nwrite d/a x\nsync d/a\nsync .", "d/=|d/= d/a=x"},
		{"out of a folder, which is synced", "dir d\nwrite d/a x\nsync d/a\nsync d\nsync .\nrename d/a b\nsync d", "b=x d/="},
	} {
		want := map[string]bool{}
		for o := range strings.SplitSeq(c.want, "|") {
			want[o] = true
		}
		got := outcomes(script(t, c.lines))
		for o := range got {
			if !want[o] {
				t.Errorf("%s: %q cannot be", c.what, o)
			}
		}
		for o := range want {
			if !got[o] {
				t.Errorf("%s: %q can be, but never was: %q", c.what, o, sorted(got))
			}
		}
	}
}

// TestPages: each page of a file has one of its states, whatever the others have.
func TestPages(t *testing.T) {
	n := &node{mode: syscall.S_IFREG}
	n.change(write{0, []byte(strings.Repeat("a", 3*page))})
	n.sync()
	n.change(write{0, []byte(strings.Repeat("b", 3*page))})
	seen := map[string]bool{}
	for seed := range uint64(200) {
		b := n.survivor(chance(seed), dataPages)
		if len(b) != 3*page {
			t.Fatalf("%d bytes", len(b))
		}
		var pages []byte
		for i := range 3 {
			p := b[i*page : (i+1)*page]
			if s := string(p); strings.Trim(s, s[:1]) != "" {
				t.Fatal("a page is torn")
			}
			pages = append(pages, p[0])
		}
		seen[string(pages)] = true
	}
	if len(seen) != 8 {
		t.Errorf("%q", sorted(seen))
	}
	if string(n.safe) != strings.Repeat("a", 3*page) {
		t.Error("what was synced changed")
	}
}

// TestFaultsAreCounted: the call that the plan names fails, and no other.
func TestFaultsAreCounted(t *testing.T) {
	d := newDisk(&ids{all: map[uint64]owned{}}, newFolder())
	d.plan = plan{what: fail, kind: write_, at: 2, errno: syscall.ENOSPC}
	n := &node{name: "x"}
	for i, want := range []syscall.Errno{0, syscall.ENOSPC, 0} {
		d.do(read, n, "", func() syscall.Errno { return 0 })
		if got := d.do(write_, n, "", func() syscall.Errno { return 0 }); got != want {
			t.Errorf("write %d: %v, want %v", i+1, got, want)
		}
	}
	stopped := false
	d = newDisk(&ids{all: map[uint64]owned{}}, newFolder())
	d.plan, d.stopped = plan{what: stop, at: 2}, func(*disk) { stopped = true }
	for i, want := range []syscall.Errno{0, syscall.EIO, syscall.EIO} {
		if got := d.do(fsync, n, "", func() syscall.Errno { return 0 }); got != want || stopped != (i > 0) {
			t.Errorf("change %d: %v, want %v; stopped: %v", i+1, got, want, stopped)
		}
	}
}

// TestJudge: what is as it was, or as it should become, is right, and nothing else.
func TestJudge(t *testing.T) {
	r := &prepared{
		job: &job{whole: []string{"w"}, grows: []string{"*.part"}}, before: tree{"a": "1", "w/": "", "w/x": "1", "w/y": "1"},
		after: tree{"a": "2", "b": "1", "w/": "", "w/x": "2", "w/y": "2"},
	}
	for _, c := range []struct {
		now  tree
		want string
	}{
		{r.before, ""},
		{r.after, ""},
		{tree{"a": "2", ".b.tmp": "?", "b.part": "?", "w/": "", "w/x": "1", "w/y": "1"}, ""},
		{tree{"a": "3", "w/": "", "w/x": "1", "w/y": "1"}, "a is neither"},
		{tree{"w/": "", "w/x": "1", "w/y": "1"}, "a is gone"},
		{tree{"a": "1", "c": "1", "w/": "", "w/x": "1", "w/y": "1"}, "c is there"},
		{tree{"a": "1", "w/": "", "w/x": "1", "w/y": "2"}, "w is neither"},
	} {
		err := r.within(c.now)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.now, err, c.want)
		}
	}
	if err := r.done(tree{"a": "2", "b": "1", "w/": "", "w/x": "2"}); err == nil || !strings.Contains(err.Error(), "w/y is missing") {
		t.Error(err)
	}
	if !same("m.json", `{"at":"2026-01-02T03:04:05Z","n":1}`, `{"at":"2027-01-02T03:04:05.5Z","n":1}`) || same("m.json", `{"n":1}`, `{"n":2}`) {
		t.Error("times make a difference, or other things none")
	}
	if a, b := "12ab\t7\t9\t-\t0\tx\nsha256\t00ff\n", "12ab\t0\t0\t-\t0\tx\nsha256\t11ee\n"; !same("r/digests/1.tsv", a, b) || same("splits.tsv", a, b) {
		t.Error("the time of an image's file makes a difference, or other numbers none")
	}
	if !names("fc7: writing run/x.json: no space", ".x.json.abc123.tmp") || names("fc7: no space", ".x.json.abc123.tmp") {
		t.Error("names of files in messages")
	}
}
